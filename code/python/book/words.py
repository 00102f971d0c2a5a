"""How the book says numbers and windows, in its figures and in their descriptions."""

from collections.abc import Iterable

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


def seconds(value: float) -> str:
    return f"{value:.0f} s" if value >= 10 else f"{value:.1f} s"


def spoken(windows: Windows, row: int) -> str:
    """Return a window as one speaks of it: emm→a."""
    return "".join(map(letter, windows.inputs[row])) + "→" + letter(windows.targets[row])
