"""What a text says in numbers, and in formulas: where they stand, and who vouches for them.

A number is one in digits or in words: 27, three, half, twice. Code, fences, links and numbers in
markup (`{{ record: entry }}`) do not count: others check those. "One" and "first" do not count
either, since they are seldom numbers.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from litdocs.fences import fences

_WORDS = r"""two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen
    |twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|dozen|hundred|thousand|million|billion
    |half|halves|third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\w+(?:redth|sandth|lionth)
    |twice|thrice|doubl(?:e|ed|ing)|tripl(?:e|ed|ing)|percent"""
NUMBER = re.compile(  # the digits of AVX-512 and float32 are part of a name
    rf"""(?<!\w)(?<![a-z]-)\d(?:[\d.,]*\d)?(?:e[-+]?\d+)?|\b(?:{_WORDS})s?\b""",
    re.IGNORECASE | re.VERBOSE,
)
_FORMULA = re.compile(r"\$[^$\n]+(?:\n[^$\n]+)?\$")
_SAYS = re.compile(r"\d|[-+=<>/^]|\\(?:approx|le|ge|sum|times)(?![a-z])")
_SUBSCRIPT = re.compile(r"_\{(?:[^{}]|\{[^{}]*\})*\}|_.")

_NO_PROSE = re.compile(
    r"\{\{.*?\}\}|(`+)(?!`).*?(?<!`)\1(?!`)|\$\$.*?\$\$|<!--.*?-->|<[a-z/][^>]*>|\]\([^)]*\)"
    r"|^ *\d+\. |^---$|^  boost: .*$",
    re.DOTALL | re.MULTILINE,
)
_SAID_OR_STRING = re.compile(  # in C, a # begins no comment
    r'(?P<said>/\*.*?\*/|//[^\n]*|\#(?! *(?:include|define|if|el|endif)\b)[^\n]*|"{3}.*?"{3})'
    r'|"(?:\\.|[^"\\\n])*"',
    re.DOTALL,
)


class Claim(NamedTuple):
    """A number or a formula in a text: its place, and what it is."""

    start: int
    end: int
    text: str


def blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def of_page(page: str) -> str:
    """Return a page whose fences are blank but for comments, each line in its place."""
    lines = page.splitlines()
    for fence in fences(lines):
        inside = "\n".join(lines[fence.first : fence.last - 1])
        said = comments(inside) if fence.language in ("python", "c", "sh") else blank(inside)
        lines[fence.first - 1 : fence.last] = ["", *said.split("\n"), ""]
    return "\n".join(lines)


def comments(source: str) -> str:
    """Return the comments and docstrings of Python or C, each character in its place."""
    said, end = "", 0
    for match in _SAID_OR_STRING.finditer(source):
        said += blank(source[end : match.start()])
        said += match[0] if match["said"] else blank(match[0])
        end = match.end()
    said += blank(source[end:])
    return re.sub(r'^ *(?:/\*|\*/|\*|//|#|""")', blank_match, said, flags=re.MULTILINE)


def blank_match(match: re.Match[str]) -> str:
    return blank(match[0])


def claims(text: str) -> list[Claim]:
    """Find the numbers and formulas in Markdown without its fences, or in comments."""
    prose = _NO_PROSE.sub(blank_match, text)
    found = [m for m in _FORMULA.finditer(prose) if _SAYS.search(_SUBSCRIPT.sub("", m[0]))]
    prose = _FORMULA.sub(blank_match, prose)
    found += NUMBER.finditer(prose)
    return sorted(Claim(*m.span(), " ".join(m[0].split())) for m in found)


def spans(text: str, phrase: str) -> list[tuple[int, int]]:
    """Return where a phrase stands, whatever white space is between its words."""
    pattern = r"\s+".join(map(re.escape, phrase.split()))
    return [m.span() for m in re.finditer(rf"(?<![\w.,-]){pattern}(?!\w)", text)]


def unsaid(text: str, phrases: Iterable[str]) -> list[str]:
    """Return the numbers and formulas that stand in none of these phrases, with their lines."""
    covered = [span for phrase in phrases for span in spans(text, phrase)]
    return [
        f"{text.count(chr(10), 0, claim.start) + 1}: {claim.text!r} in "
        f"'…{' '.join(text[max(0, claim.start - 30) : claim.end + 30].split())}…'"
        for claim in claims(text)
        if not any(start <= claim.start and claim.end <= end for start, end in covered)
    ]
