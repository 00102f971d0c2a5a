"""How the book says numbers and windows, in its figures and in their descriptions."""

from collections.abc import Iterable
from fractions import Fraction

from book.example import letter
from litdocs.diagram import decimals
from mlp.windows import Windows


def two(number: float) -> str:
    return decimals(number, 2)


def listed(numbers: Iterable[float]) -> str:
    """Return numbers as a description says them."""
    return ", ".join(two(number) for number in numbers)


def added(numbers: Iterable[float]) -> str:
    """Return numbers as a sum is written: 0.02 + 0.09 − 0.01."""
    first, *rest = numbers
    return two(first) + "".join(f" {'+' if n >= 0 else '−'} {two(abs(n))}" for n in rest)


_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_PARTS = {2: "half", 3: "third", 4: "quarter", 5: "fifth"}


def word(number: int) -> str:
    """Return a number below 100 in words: three, thirty."""
    tens, units = divmod(int(number), 10)
    if number < 20:
        return _UNITS[number]
    return _TENS[tens] + (f"-{_UNITS[units]}" if units else "")


def times(number: int) -> str:
    """Return how often: once, twice, three times."""
    return {1: "once", 2: "twice"}.get(number) or f"{word(number)} times"


def part(share: float) -> str:
    """Return the nearest fraction with one digit: half, a third, three quarters, four fifths."""
    nearest = Fraction(share).limit_denominator(5)
    name, many = _PARTS[nearest.denominator], nearest.numerator
    if many == 1:
        return name if name == "half" else f"a {name}"
    return f"{word(many)} {name}s"


def seconds(value: float) -> str:
    return f"{value:.0f} s" if value >= 10 else f"{value:.1f} s"


def spoken(windows: Windows, row: int) -> str:
    """Return a window as one speaks of it: emm→a."""
    [context], [target] = windows.batch(row, 1)
    return "".join(map(letter, context)) + "→" + letter(target)
