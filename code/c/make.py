"""Build the C library: with make, or without make or a compiler on the machine.

    python code/c/make.py [FOLDER [VARIABLE=VALUE ...]]

writes libmlp.so, libmlp.a and the program mlp to FOLDER (`build/` by default), with
variables of the Makefile changed: FAST=-ffp-contract=off rounds alike on all processors.
The Makefile has the recipe. This script finds a compiler ($CC, cc, gcc, clang,
or the one of the Python package ziglang), and where there is no make, it gives
the Makefile's flags to the compiler itself.

    python code/c/make.py --wasm [FOLDER]

writes mlp.wasm for a browser, with the compiler of ziglang.

    python code/c/make.py --compiler
    python code/c/make.py --flags VARIABLE ...

print, for others who compile, the command of that compiler and flags of the Makefile.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

SOURCES = Path(__file__).resolve().parent
BUILD = SOURCES.parents[1] / "build"


def find_compiler() -> list[str]:
    """Return the command of a C compiler on this machine; SystemExit with one line if none is."""
    if os.environ.get("CC"):
        command = shlex.split(os.environ["CC"])
        if shutil.which(command[0]) is None:
            sys.exit(f"build: there is no compiler {command[0]!r}, which $CC names")
        return command
    for name in ("cc", "gcc", "clang"):
        if _works(name):
            return [name]
    if find_spec("ziglang"):
        return [sys.executable, "-m", "ziglang", "cc"]
    sys.exit("build: no C compiler: install gcc, clang or the Python package ziglang")


def _works(name: str) -> bool:
    """Say whether a command is there and runs: macOS has some that only offer to be installed."""
    return (
        shutil.which(name) is not None
        and subprocess.run([name, "--version"], capture_output=True).returncode == 0
    )


def build(folder: Path, changed: Sequence[str] = ()) -> None:
    """Build everything into `folder`; SystemExit with one line if that is not possible."""
    if any("=" not in word for word in changed):
        sys.exit("build: after the folder come words VARIABLE=VALUE")
    compiler = find_compiler()
    zig = compiler[1:3] == ["-m", "ziglang"]
    archiver = [sys.executable, "-m", "ziglang", "ar"] if zig else ["ar"]
    _make_folder(folder)
    if _works("make") and " " not in str(folder.resolve()):  # make splits names at spaces
        tools = [f"CC={shlex.join(compiler)}", f"AR={shlex.join(archiver)}"]
        command = ["make", "-s", "-C", str(SOURCES), *tools, f"BUILD={folder.resolve()}", *changed]
        _run(*command)
    else:
        _build_without_make(compiler, archiver, folder, changed)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        sys.exit(f"build: {folder}: {error.strerror}")


def _run(*command: str) -> None:
    """Run a command where the sources are; SystemExit with it if it fails."""
    if subprocess.run(command, cwd=SOURCES).returncode != 0:
        sys.exit(f"build: failed: {shlex.join(command)}")


def _build_without_make(
    compiler: list[str], archiver: list[str], folder: Path, changed: Sequence[str]
) -> None:
    """Do what the Makefile says, from scratch each time."""
    variables = makefile_variables() | dict(word.split("=", 1) for word in changed)

    def flags(name: str) -> list[str]:
        return variables[name].split()

    folder = folder.resolve()
    (folder / "c").mkdir(exist_ok=True)
    asked = subprocess.run([*compiler, "-dumpmachine"], capture_output=True, text=True)
    target = asked.stdout.strip()
    kernels = [*variables.get(target.split("-")[0], "").split(), "base"]
    define = {"kernels": [f"-DKERNEL_SETS={' '.join(f'SET({name})' for name in kernels)}"]}
    jobs = [
        (name, f"{name}.c", define.get(name, [])) for name in [*flags("SOURCES"), *flags("PROGRAM")]
    ]
    for name in kernels:
        jobs += [
            (f"fast_{name}", "fast.c", [*flags("FAST"), *flags(name), f"-DKERNELS={name}"]),
            (f"adamw_{name}", "adamw.c", [*flags(name), f"-Dadamw_update=adamw_update_{name}"]),
        ]
    objects = {}
    for name, source, extra in jobs:
        objects[name] = str(folder / "c" / f"{name}.o")
        words = [*flags("CFLAGS"), *flags("WARNINGS"), *flags("EXTRA"), *extra]
        _run(*compiler, *words, "-c", "-o", objects[name], source)
    program = [objects.pop(name) for name in flags("PROGRAM")]
    darwin = "darwin" in target or "macos" in target
    library = folder / ("libmlp.dylib" if darwin else "libmlp.so")
    link = [*compiler, *flags("CFLAGS"), *flags("EXTRA")]
    _run(*link, "-shared", "-o", str(library), *objects.values(), *flags("LIBS"))
    (folder / "libmlp.a").unlink(missing_ok=True)
    _run(*archiver, "rc", str(folder / "libmlp.a"), *objects.values())
    _run(*link, "-o", str(folder / "mlp"), *program, *objects.values(), *flags("LIBS"))


# What a page calls: web.h, the operations one by one, and room for what these work on.
FOR_PAGES = (
    *("embedding_forward", "embedding_backward", "linear_forward", "linear_backward"),
    *("tanh_forward", "tanh_backward", "gelu_forward", "gelu_backward", "softmax_forward"),
    *("cross_entropy_forward", "cross_entropy_backward", "adamw_update", "cosine_schedule"),
    *("rng_u32", "malloc", "free"),
)
COMPUTES = {"adamw_base", "fast"}  # for speed; the rest for few bytes
STACK = 1 << 20  # bytes; what fast.c needs is more than the linker's choice


def build_wasm(folder: Path) -> None:
    """Build mlp.wasm into `folder`; SystemExit with one line if that is not possible.

    It asks nothing of the page: no file, no clock, no memory but its own.
    """
    if not find_spec("ziglang"):
        sys.exit("build: mlp.wasm needs the Python package ziglang")
    variables = makefile_variables()
    compiler = [sys.executable, "-m", "ziglang", "cc", "--target=wasm32-wasi", "-msimd128", "-I."]
    compiler += [*variables["CFLAGS"].split(), "-DKERNELS=base", "-DKERNEL_SETS=SET(base)"]
    names = {*variables["SOURCES"].split()} - {"corpus", "files"}  # a page has no folders
    jobs = [(name, [f"{name}.c"]) for name in sorted(names)]
    jobs += [("web", ["web/web.c"]), ("fast", ["fast.c"])]
    jobs += [("adamw_base", ["-Dadamw_update=adamw_update_base", "adamw.c"])]
    exported = re.findall(r"^[\w ]+ \*?(web_\w+)\(", (SOURCES / "web/web.h").read_text(), re.M)
    link = [f"-Wl,--export={name}" for name in (*exported, *FOR_PAGES)]
    link += [f"-Wl,-z,stack-size={STACK}", "-Wl,--strip-all", "-mexec-model=reactor"]
    folder = folder.resolve()
    _make_folder(folder)
    with tempfile.TemporaryDirectory(dir=folder) as draft:
        for name, words in jobs:
            small = [] if name in COMPUTES else ["-Oz"]
            _run(*compiler, *small, "-c", "-o", f"{draft}/{name}.o", *words)
        objects = [f"{draft}/{name}.o" for name, _ in jobs]
        _run(*compiler, *link, "-o", f"{draft}/mlp.wasm", *objects)
        os.replace(f"{draft}/mlp.wasm", folder / "mlp.wasm")


def makefile_variables() -> dict[str, str]:
    """Return the variables of the Makefile, as they stand there."""
    text = (SOURCES / "Makefile").read_text().replace("\\\n", " ")
    return dict(re.findall(r"^(\w+)\s*\??=[ \t]*(.*)$", text, re.MULTILINE))


def main(words: Sequence[str]) -> None:
    """Build, or print what `words` ask for."""
    if words[:1] == ["--wasm"]:
        build_wasm(Path(words[1]) if len(words) > 1 else BUILD)
    elif words[:1] == ["--compiler"]:
        print(shlex.join(find_compiler()))
    elif words[:1] == ["--flags"]:
        variables = makefile_variables()
        for name in words[1:]:
            if name not in variables:
                sys.exit(f"build: the Makefile has no {name}")
        print(" ".join(variables[name] for name in words[1:]))
    else:
        build(Path(words[0]) if words else BUILD, words[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
