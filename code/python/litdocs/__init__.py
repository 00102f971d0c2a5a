"""The literate machinery: what makes the text unable to disagree with the code.

    sources.py         code/c/ops.c:linear_forward  ->  the lines of the real file
    fences.py          the fences of a page, and what their directives show
    embed.py           the Markdown extension that renders them
    pytest_plugin.py   the pytest plugin that runs them
    equations.py       formulas computed: they hold, or the tests are red
    prose.py           the numbers and formulas in a text, and the phrases that vouch for them
    npm.py             the packages of package-lock.json, and the files of them that a site needs
    math.py, a11y.py, results.py: formulas, accessible tables, measured numbers

What a fence on a page can be, and what the tests do with it:

    ```python           runs; all Python of a page shares one namespace, in order
    ```c                is compiled with warnings as errors; with a `main` it is linked and run
    ```sh, ```bash      runs with `-euo pipefail` from the root of the repository
    ```output           directly below one of these: what it prints, compared exactly;
                        `pytest --update-output` rewrites those that differ
    ```equation         directly below a formula: what its symbols are, in Python; the formula is
                        computed with that and must hold (equations.py), and nobody sees the fence
    any other language  is an error

A fence that must not run says why, to the reader too:

    ```sh {.norun reason="installs packages"}

One line shows a symbol of a real file, with its line numbers and a link to them:

    ```c
    --8<-- "code/c/ops.c:linear_forward"
    ```

A symbol is a Python function, Class, Class.method or module constant; or a C function,
prototype, struct, union, enum or one of its constants, typedef, #define or variable. The comment
that touches it comes along. Without a symbol the whole file is shown. The copy button adds what
the symbol needs to compile. Tests compile the C file with warnings as errors, and import the
Python file.

A long symbol can be shown in part: quote the words that its first line starts with and the words
that its last line ends with, with an ellipsis between. Each must fit exactly one place (words may
run on into the next line to make them so), else the build fails. One side can be left out, for the
start or the end of the symbol. Copied and tested is the whole symbol all the same:

    ```c
    --8<-- "code/c/fast.c:fast_matmul[if (nr > WIDTH) { … more); }]"
    ```

The three languages side by side; one that is missing needs a reason, which is shown:

    ```sources
    c: code/c/ops.c:linear_backward
    numpy: code/python/mlp/ops_numpy.py:linear_backward
    torch: none "autograd writes this pass"
    ```

A figure is drawn from real arrays by an entry of `FIGURES` in the book's module of figures:

    ```figure
    linear_forward
    ```

An aside stands in the margin, where there is one, beside the paragraph that follows:

    !!! aside ""

        AdamW refuses such gradients.

A file, symbol, language or figure that is missing fails the build, and the tests, with its line.
Fences in lists, tabs, admonitions and HTML comments count too: one in a comment is a preamble
that runs and is not shown.
"""
