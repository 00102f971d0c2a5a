"""Numbers in a text are found, in digits and in words; names, code and markup are left alone."""

import pytest

from litdocs import prose


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("a loss of 2.0591, within 4.8e-7", ["2.0591", "4.8e-7"]),
        ("some 250,000 of 76 million, at 12 ms", ["250,000", "76", "million", "12"]),
        ("60 % of it, 3× faster", ["60", "3"]),
        ("Seven times as fast, twice, half, a third", ["Seven", "twice", "half", "third"]),
        ("four fifths of the twenty-one", ["four", "fifths", "twenty"]),
        ("thousands of them, doubling each time", ["thousands", "doubling"]),
        ("nineteen percent", ["nineteen", "percent"]),
        ("at\n−2 and 1/27", ["2", "1", "27"]),
        ("costs $\\ln 27 \\approx 3.30$ nats", ["$\\ln 27 \\approx 3.30$"]),
        ("they are $p_v - y_v$, and ${1 -\nx}$", ["$p_v - y_v$", "${1 - x}$"]),
        ("AVX-512, AVX2, float32, L2, someone, often, weight $W_1$ of $(B,T)$", []),
        ("{{ one: val.0 as .4f }}, `0.125`, [x](a/7.html#12), <br id='3'>, <!-- 4 -->", []),
        ("1. First\n    2. second", []),
        ("one and zero and first", []),
    ],
)
def test_numbers_and_formulas_are_found(text: str, numbers: list[str]) -> None:
    assert [claim.text for claim in prose.claims(text)] == numbers


def test_a_phrase_covers_its_number_over_the_end_of_a_line_and_nothing_else() -> None:
    text = "reads three\n   letters, not four letters, three words or twenty-three letters, "
    text += "three lettersets"
    left = [line.split(" in ")[0] for line in prose.unsaid(text, ["three letters"])]
    assert left == ["2: 'four'", "2: 'three'", "2: 'twenty'", "2: 'three'", "2: 'three'"]


def test_of_a_page_the_text_stays_and_the_comments_in_its_fences() -> None:
    page = "a 1\n\n```python\nx = 2  # 3\n```\n\n```output\n4\n```\n\n"
    page += "    ```c\n    i = 5; /* 6 */\n    ```\nb 7\n\n```sh\nls 8  # 9\n```"
    text = prose.of_page(page)
    assert [claim.text for claim in prose.claims(text)] == ["1", "3", "6", "7", "9"]
    assert text.count("\n") == page.count("\n")


@pytest.mark.parametrize(
    ("source", "numbers"),
    [
        ('def f():\n    """Two of them."""\n    return "3"  # four', ["Two", "four"]),
        ("#define X 5\n/* six\n * 7 */\nint i = 8; // nine\n#if 0\n#endif", ["six", "7", "nine"]),
        ('s = "# 1"', []),
    ],
)
def test_comments_and_docstrings_are_read(source: str, numbers: list[str]) -> None:
    said = prose.comments(source)
    assert [claim.text for claim in prose.claims(said)] == numbers
    assert said.count("\n") == source.count("\n")
