"""From `code/c/ops.c:linear_forward` to the lines of the real file: the one resolver.

The page shows these lines, links to them and runs them, so the three cannot differ. Sources
need no markers: Python is read with `ast`; C by its layout, where a definition starts at the
first column and ends at a `}` or `;` that closes it.
"""

import ast
import difflib
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from click import ClickException


class LitdocsError(ClickException):
    """A mistake in a page, as one line: MkDocs prints it and stops, without a traceback.

    `line` is the line of the page (from 1), where it is known.
    """

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Source:
    """Lines `first` to `last` (from 1, inclusive) of `path`, a path from the repository's root.

    `text` is those lines, dedented. `copy` compiles on its own: the imports or includes of the
    file and whatever else of it the symbol uses come before the symbol, which is always whole.
    """

    path: str
    symbol: str
    first: int
    last: int
    text: str
    copy: str
    is_part: bool

    @property
    def name(self) -> str:
        return self.symbol or self.path


@dataclass(frozen=True)
class Item:
    """One definition of a file, with the comment that touches it, or one import or include."""

    names: tuple[str, ...]
    first: int
    last: int
    uses: frozenset[str]
    is_import: bool = False
    is_declaration: bool = False
    around: tuple[int, int] | None = None

    @property
    def block(self) -> tuple[int, int]:
        """The lines to copy when another symbol needs this one: all of its `#if … #endif`."""
        return self.around or (self.first, self.last)


def resolve(root: Path, target: str) -> Source:
    """Find `path:symbol`, `path:symbol[first words … last words]`, or with no symbol the file.

    LitdocsError unless there is exactly one.
    """
    name, bracket, words = target.partition("[")
    path, _, symbol = name.partition(":")
    try:
        text = (root / path).read_text("utf-8")
    except OSError as error:
        raise LitdocsError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise LitdocsError(f"{path}: is not UTF-8 text") from None
    lines = text.splitlines()
    if symbol:
        first, last, copy = _symbol(path, symbol, text)
    else:
        first, last, copy = 1, len(lines), text
    if bracket:
        first, last = _part(lines, first, last, name, words)
    return Source(path, symbol, first, last, _cut(lines, first, last), copy, bool(bracket))


def _symbol(path: str, symbol: str, text: str) -> tuple[int, int, str]:
    """Return the first and the last line of a symbol, and what its copy contains."""
    try:
        items = list(definitions(Path(path).suffix, text))
    except SyntaxError as error:
        raise LitdocsError(f"{path}: is not Python (line {error.lineno}: {error.msg})") from None
    found = [item for item in items if symbol in item.names]
    found = [item for item in found if not item.is_declaration] or found
    if len(found) != 1:
        hint = did_you_mean(symbol, (name for item in items for name in item.names))
        lines_found = " and ".join(str(item.first) for item in found)
        raise LitdocsError(
            f"{path}: symbol '{symbol}' is defined at lines {lines_found}: which one?"
            if found
            else f"{path}: no symbol '{symbol}'{hint}"
        )
    shown = found[0]
    blocks = {item.block for item in _needed(items, shown)}
    if shown.block not in blocks:
        blocks.add((shown.first, shown.last))
    copy, end = "", 0
    for first, last in sorted(blocks):
        copy += "\n" * (0 < end < first - 1) + _cut(text.splitlines(), first, last)
        end = last
    return shown.first, shown.last, copy


def _part(lines: list[str], first: int, last: int, name: str, words: str) -> tuple[int, int]:
    """Return the lines of the passage that starts and ends with these words, as one quotes a text.

    The first words start a line and the last words end one; both may run over several lines.
    """
    quoted = words.removesuffix("]").partition("…")
    start, ellipsis, end = (" ".join(side.split()) for side in quoted)
    if not words.endswith("]") or not ellipsis or start == end == "":
        raise LitdocsError(f"'{name}[{words}': expected '{name}[first words … last words]'")
    text = "\n".join(lines[first - 1 : last])

    def only(verb: str, said: str, pattern: str, since: int) -> re.Match[str]:
        # A lookahead finds the matches that overlap, too.
        found = list(re.compile(f"(?=({pattern}))", re.MULTILINE).finditer(text, since))
        if len(found) != 1:
            at = " and ".join(str(first + text.count("\n", 0, match.end(1))) for match in found)
            raise LitdocsError(
                f"{name}: '{said}' {verb} lines {at}: quote more words"
                if found
                else f"{name}: '{said}' {verb} no line" + " from there on" * (since > 0)
            )
        return found[0]

    def pattern(said: str) -> str:
        return r"\s+".join(map(re.escape, said.split()))

    begin = only("starts", start, rf"^[ \t]*{pattern(start)}", 0).start() if start else 0
    until = only("ends", end, rf"{pattern(end)}[ \t]*$", begin).end(1) if end else len(text)
    return first + text.count("\n", 0, begin), first + text.count("\n", 0, until)


def _cut(lines: list[str], first: int, last: int) -> str:
    return textwrap.dedent("\n".join(lines[first - 1 : last]) + "\n")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of a message about a name that is not there."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def _needed(items: list[Item], shown: Item) -> set[Item]:
    """Return the imports and, through any number of steps, the definitions that `shown` uses."""
    needed = {item for item in items if item.is_import}
    todo = [shown]
    while todo:
        uses = todo.pop().uses
        new = {item for item in items if uses & set(item.names)} - needed - {shown}
        needed |= new
        todo += new
    return needed


def definitions(suffix: str, text: str) -> Iterator[Item]:
    """Yield the definitions of a `.py`, `.c` or `.h` file in the order of the file."""
    if suffix == ".py":
        yield from _python(text.splitlines(), ast.parse(text).body, "")
    elif suffix in (".c", ".h"):
        yield from _c(text)
    else:
        raise LitdocsError(f"symbols of '{suffix}' files are unknown: show the whole file")


def _with_comment(first: int, is_comment: Callable[[int], bool]) -> int:
    """Move the line `first` up over the comment lines that touch it."""
    while first > 1 and is_comment(first - 1):
        first -= 1
    return first


# ---- Python --------------------------------------------------------------------------------


def _python(lines: list[str], body: list[ast.stmt], prefix: str) -> Iterator[Item]:
    for node in body:
        names: list[str] = []
        is_declaration = False
        first = node.lineno
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names = [node.name]
            first = min([first, *(decorator.lineno for decorator in node.decorator_list)])
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            stored = [n for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]
            names = [n.id for n in stored]
            # `table[key] = value` fills a table that is defined elsewhere.
            is_declaration = any(isinstance(n.ctx, ast.Load) for n in stored)
        is_import = not prefix and any(
            isinstance(n, ast.Import | ast.ImportFrom)
            for n in (ast.walk(node) if isinstance(node, ast.If | ast.Try) else [node])
        )
        if names or is_import:
            first = _with_comment(first, lambda n: lines[n - 1].lstrip().startswith("#"))
            uses = frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name))
            qualified = tuple(prefix + name for name in names)
            yield Item(qualified, first, node.end_lineno or first, uses, is_import, is_declaration)
        if isinstance(node, ast.ClassDef):
            yield from _python(lines, node.body, f"{prefix}{node.name}.")


# ---- C -------------------------------------------------------------------------------------

_COMMENT_OR_LITERAL = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL
)
_ATTRIBUTE = re.compile(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)")


def _c(text: str) -> Iterator[Item]:
    lines = text.splitlines()
    blanked = _COMMENT_OR_LITERAL.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
    code = [line.rstrip() for line in blanked.splitlines()]
    groups = list(_conditionals(code))

    def is_comment(line: int) -> bool:
        return lines[line - 1].strip() != "" and code[line - 1] == ""

    line = 0
    while line < len(code):
        first = last = line
        line += 1
        if re.match(r'#|[A-Za-z_](?!xtern\s+"C")', code[first]) is None:
            continue
        while not _ends(code[first : last + 1]) and last + 1 < len(code):
            last += 1
        line = last + 1
        body = "\n".join(code[first : last + 1])
        # A feature macro (_POSIX_C_SOURCE) works only above the includes, and goes with them.
        names = _names(body)
        is_import = re.match(r"#\s*(include|define\s+_)", body) is not None
        if names or is_import:
            around = next(((a, b) for a, b in groups if a <= first + 1 <= b), None)
            if around:
                body = "\n".join(code[around[0] - 1 : around[1]])
                around = (_with_comment(around[0], is_comment), around[1])
            start = first + 1 if is_import else _with_comment(first + 1, is_comment)
            uses = frozenset(re.findall(r"\w+", body))
            is_declaration = not is_import and not re.search(r"[{=]|^#", body)
            yield Item(names, start, last + 1, uses, is_import, is_declaration, around)


def _conditionals(code: list[str]) -> Iterator[tuple[int, int]]:
    """Yield the lines of each outermost `#if … #endif`, the guard of a header left out."""
    stack: list[int] = []
    used = [number for number, line in enumerate(code, 1) if line]
    for number in used:
        if re.match(r"#\s*if", code[number - 1]):
            stack.append(number)
        elif re.match(r"#\s*endif", code[number - 1]) and stack:
            first = stack.pop()
            guard = 1 if stack[:1] == used[:1] else 0
            if len(stack) == guard and first != used[0]:
                yield first, number


def _ends(code: list[str]) -> bool:
    """Say whether these lines, comments and literals blanked, are one whole definition."""
    if code[0].startswith("#"):
        return not code[-1].endswith("\\")
    text = "".join(code)
    closed = text.count("{") == text.count("}") or code[-1].startswith("}")
    return closed and code[-1].endswith((";", "}"))


def _names(code: str) -> tuple[str, ...]:
    """Return the names that one definition or directive gives to the rest of the file."""
    if code.startswith("#"):
        return tuple(re.findall(r"^#\s*define\s+(\w+)", code))
    code = _ATTRIBUTE.sub("", code)
    names = re.findall(r"^(?:typedef\s+)?(?:struct|union|enum)\s+(\w+)\s*[{;]", code)
    if constants := re.match(r"(?:typedef\s+)?enum\b[^{]*\{([^}]*)", code):
        names += re.findall(r"(?:^|,)\s*(\w+)", constants[1])
    flat, count = code, 1
    while count:
        flat, count = re.subn(r"\{[^{}]*\}", " ", flat)
    flat = flat.split("=")[0].rstrip(" \n;")
    if function := re.match(r"[^(]*?(?:(\w+)\s*)?\((?:\s*\*\s*(\w+))?", flat):
        names.append(function[2] or function[1])
    else:
        names += re.findall(r"(\w+)\s*(?:\[[^\]]*\]\s*)*(?:,|$)", flat)
    return tuple(dict.fromkeys(name for name in names if name not in ("struct", "union", "enum")))
