"""Pictures of real arrays, as inline SVG: a small vocabulary of drawing.

A figure is a function that computes something and draws what it has computed on a `Drawing`:
grids of numbers, bars, curves, boxes, arrows. The shape in a label is read off the array, and
its letters are checked against the sizes that the drawing was given. The drawing is 350 wide, for
a phone; what it means in words goes into `say`, for those who cannot see it. Colours and fonts are
in docs/assets/figures.css.

The tones say what a thing is: "value" (flows forward), "weight" (is learned), "gradient" (flows
back), "forward" (an operation or its arrow), "c", "numpy", "torch" (what a program is written in),
"faint" (lines to read a scale by), "ink" (anything else).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import groupby

import numpy as np
import numpy.typing as npt

from litdocs.sources import LitdocsError

WIDTH = 350
CELL_WIDTH, CELL_HEIGHT = 38, 22
TEXT, SMALL = 12, 11  # px; figures.css has them too
SHADES = 16  # of a heat map
HEAT = 0.45  # opacity of the largest number's cell: its text must stay readable

Array = npt.NDArray[np.floating]
Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle of a drawing, in px."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        return self.x + self.w

    @property
    def bottom(self) -> float:
        return self.y + self.h

    @property
    def cx(self) -> float:
        return self.x + self.w / 2

    @property
    def cy(self) -> float:
        return self.y + self.h / 2


@dataclass(frozen=True)
class Grid(Box):
    """A drawn matrix. `tops` has the top of each row that is drawn, by the row's number."""

    tops: Mapping[int, float]
    cell_w: float
    cell_h: float

    def cell(self, row: int, column: int) -> Box:
        return Box(self.x + column * self.cell_w, self.tops[row], self.cell_w, self.cell_h)

    def row(self, row: int) -> Box:
        return Box(self.x, self.tops[row], self.w, self.cell_h)

    def column(self, column: int) -> Box:
        return Box(self.x + column * self.cell_w, self.y, self.cell_w, self.h)


@dataclass(frozen=True)
class Plot(Box):
    """A drawn pair of axes."""

    xs: tuple[float, float]
    ys: tuple[float, float]

    def at(self, x: float, y: float) -> Point:
        """Return where (x, y) is in the drawing."""
        (x0, x1), (y0, y1) = self.xs, self.ys
        return self.x + (x - x0) / (x1 - x0) * self.w, self.bottom - (y - y0) / (y1 - y0) * self.h


@dataclass(frozen=True)
class Label:
    """What a drawing says about one array."""

    name: str
    dims: str
    shape: tuple[int, ...]


@dataclass
class Drawing:
    """A picture in the making. `sizes` gives each letter of a shape its number."""

    title: str
    sizes: Mapping[str, int] = field(default_factory=dict)
    width: float = WIDTH
    height: float = 0
    labels: list[Label] = field(default_factory=list)
    texts: list[tuple[str, Box]] = field(default_factory=list)
    caption: str = ""
    _parts: list[str] = field(default_factory=list)
    _words: list[str] = field(default_factory=list)

    # --- words ---------------------------------------------------------------

    def say(self, *sentences: str) -> None:
        """Add to the description, for those who hear the picture rather than see it."""
        self._words += sentences

    def text(
        self, x: float, y: float, text: str, css: str = "", anchor: str = "middle",
        size: int = SMALL, markup: str = "",
    ) -> None:  # fmt: skip
        """Write at (x, y), which is the middle of the line's height."""
        width = len(text) * size * (0.5 if "note" in css.split() else 0.6)
        left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
        box = Box(left, y - size / 2, width, size)
        self.texts.append((text, box))
        classes = " ".join(filter(None, [css, "" if size == SMALL else f"s{size}"]))
        attributes = f' class="{classes}"' if classes else ""
        attributes += "" if anchor == "middle" else f' text-anchor="{anchor}"'
        markup = markup or escape(text, quote=False)
        self._add(f'<text x="{px(x)}" y="{px(y)}"{attributes}>{markup}</text>', box.bottom)

    def label(
        self, x: float, y: float, name: str, dims: str, shape: tuple[int, ...], tone: str,
        anchor: str = "start", stacked: bool = False,
    ) -> None:  # fmt: skip
        """Name an array and its shape, in letters and in numbers.

        Raises LitdocsError if the letters stand for another shape.
        """
        sizes = [
            math.prod(self.sizes[letter] for letter in dim.split("·")) for dim in dims.split(",")
        ]
        if tuple(sizes) != shape:
            raise LitdocsError(
                f"{self.title}: {name} ({dims}) = {tuple(sizes)}, but it has {shape}"
            )
        self.labels.append(Label(name, dims, shape))
        numbers = f"({dims}) = ({','.join(map(str, shape))})"
        if stacked:
            self.text(x, y, name, f"name {tone}", anchor, TEXT)
            self.text(x, y + 14, numbers, "shape", anchor)
        else:
            markup = f'<tspan class="name {tone}">{escape(name)}</tspan> '
            markup += f'<tspan class="shape">{escape(numbers)}</tspan>'
            self.text(x, y, f"{name} {numbers}", "", anchor, TEXT, markup)

    # --- numbers -------------------------------------------------------------

    def tensor(
        self, x: float, y: float, name: str, dims: str, array: Array, tone: str, *,
        rows: Sequence[str] = (), columns: Sequence[str] = (),
    ) -> Grid:  # fmt: skip
        """Draw an array, (N,) or (M,N), with its label above it."""
        self.label(x, y + 7, name, dims, array.shape, tone)
        return self.grid(x, y + 18, np.atleast_2d(array), tone, rows=rows, columns=columns)

    def grid(
        self, x: float, y: float, cells: Array, tone: str, *,
        rows: Sequence[str] = (), columns: Sequence[str] = (), shown: Sequence[int] = (),
        cell: Point = (CELL_WIDTH, CELL_HEIGHT),
    ) -> Grid:  # fmt: skip
        """Draw a matrix: a number in each cell, and its sign and size as a colour behind it.

        Row labels stand to the left of x, column labels below. Of the rows, only those in `shown`
        are drawn, if there are any.
        """
        largest = float(np.abs(cells).max()) or 1
        tops, top, dots = {}, y, []
        shown = shown or range(len(cells))
        for i, row in enumerate(shown):
            if i and row != shown[i - 1] + 1:
                dots.append(top + 6)
                top += 12
            tops[row], top = top, top + cell[1]
        grid = Grid(x, y, cells.shape[1] * cell[0], top - y, tops, *cell)
        heat, numbers = [], []
        for i in shown:
            for j, number in enumerate(cells[i]):
                at = grid.cell(i, j)
                opacity = f"{abs(number) / largest * HEAT:.2f}".lstrip("0")
                if opacity > ".02":
                    sign = "p" if number > 0 else "n"
                    edge = f"M{px(at.x)} {px(at.y)}h{px(at.w)}v{px(at.h)}H{px(at.x)}"
                    heat.append(f'<path class="heat {sign}" opacity="{opacity}" d="{edge}"/>')
                numbers.append((at, number))
        self._add("".join(heat), grid.bottom)
        lines = "".join(f"M{px(x)} {px(y_)}h{px(grid.w)}" for y_ in _between(tops, cell[1]))
        for j in range(1, cells.shape[1]):
            for first, last in _runs(shown):
                lines += f"M{px(x + j * cell[0])} {px(tops[first])}V{px(tops[last] + cell[1])}"
        if lines:
            self._add(f'<path class="rule" d="{lines}"/>')
        self._add(f'<rect class="frame {tone}" {_at(grid)}/>')
        for at, number in numbers:
            self.text(at.cx, at.cy, decimals(number, 2))
        for y_ in dots:
            self._add(f'<path class="dots" d="M{px(grid.cx - 5)} {px(y_)}h0m5 0h0m5 0h0"/>')
        for i in shown if rows else ():
            self.text(x - 5, tops[i] + cell[1] / 2, rows[i], "index", "end")
        for j, column in enumerate(columns):
            self.text(x + (j + 0.5) * cell[0], grid.bottom + 9, column, "index")
        return grid

    def heat_map(self, x: float, y: float, cells: Array, labels: str, side: float) -> Grid:
        """Draw a matrix (N,N) of numbers from 0 as colours alone, a letter for each row and column.

        Neighbours of about the same colour are one box, and all boxes of that colour one path.
        """
        tops = {i: y + i * side for i in range(len(cells))}
        grid = Grid(x, y, len(cells) * side, len(cells) * side, tops, side, side)
        paths = [""] * (SHADES + 1)
        shades = np.ceil(cells / cells.max() * SHADES).astype(int)
        for i, row in enumerate(shades):
            for shade, run in groupby(range(len(row)), key=lambda j: int(row[j])):
                first, *more = run
                at, w = grid.cell(i, first), px(side * (1 + len(more)))
                paths[shade] += f"M{px(at.x)} {px(at.y)}h{w}v{px(side)}h-{w}"
        for shade, path in enumerate(paths[1:], 1):
            if path:
                self._add(f'<path class="heat p" opacity="{shade / SHADES:.2f}" d="{path}"/>')
        self._add(f'<rect class="frame value" {_at(grid)}/>', grid.bottom)
        middles = [(i + 0.5) * side for i in range(len(labels))]
        for xs, ys, bottom in (
            ([x - 8] * len(labels), [y + middle for middle in middles], grid.bottom),
            ([x + middle for middle in middles], [grid.bottom + 9], grid.bottom + 15),
        ):
            places = f'x="{" ".join(map(px, xs))}" y="{" ".join(map(px, ys))}"'
            self._add(f'<text class="index" {places}>{escape(labels)}</text>', bottom)
        return grid

    def ring(self, box: Box, tone: str = "ink") -> None:
        """Draw attention to a cell, a row or a column."""
        self._add(f'<rect class="ring {tone}" {_at(box)} rx="1.5"/>')

    def bars(
        self, box: Box, values: Array, labels: str, tone: str, marked: Sequence[int] = (),
        scale: tuple[float, float] | None = None,
    ) -> list[Box]:  # fmt: skip
        """Draw numbers (N,) as bars from zero, a letter below each. `marked` bars stand out."""
        low, high = scale or (min(0.0, float(values.min())), max(0.0, float(values.max())))
        zero = box.bottom + low / (high - low) * box.h
        pitch = box.w / len(values)
        found, paths = [], {False: "", True: ""}
        for i, value in enumerate(values):
            height = float(value) / (high - low) * box.h
            x = box.x + i * pitch + pitch * 0.15
            found.append(Box(x, zero - max(height, 0), pitch * 0.7, abs(height)))
            paths[i in marked] += (
                f"M{px(x)} {px(zero)}v{px(-height)}h{px(pitch * 0.7)}v{px(height)}z"
            )
        for is_marked, path in paths.items():
            if path:
                self._add(f'<path class="bar {tone}{" marked" * is_marked}" d="{path}"/>')
        self._add(f'<path class="axis" d="M{px(box.x)} {px(zero)}h{px(box.w)}"/>', box.bottom)
        if labels:
            # One text element: SVG takes an x for each of its characters.
            xs = " ".join(px(box.x + (i + 0.5) * pitch) for i in range(len(labels)))
            letters = "".join(
                f'<tspan class="marked">{letter}</tspan>' if i in marked else letter
                for i, letter in enumerate(labels)
            )
            y = box.bottom + 9
            self._add(f'<text class="index" x="{xs}" y="{px(y)}">{letters}</text>', y + 6)
        return found

    def bar(self, box: Box, tone: str) -> None:
        """Draw one bar by itself, such as one that lies."""
        edge = f"M{px(box.x)} {px(box.y)}h{px(box.w)}v{px(box.h)}h{px(-box.w)}z"
        self._add(f'<path class="bar {tone}" d="{edge}"/>', box.bottom)

    def plot(
        self, box: Box, xs: tuple[float, float], ys: tuple[float, float],
        x_ticks: Sequence[float] = (), y_ticks: Sequence[float] = (),
    ) -> Plot:  # fmt: skip
        """Draw axes that cross at zero, or at the left and bottom where zero is not in sight."""
        plot = Plot(box.x, box.y, box.w, box.h, xs, ys)
        left, bottom = plot.at(max(xs[0], 0), max(ys[0], 0))
        path = f"M{px(box.x)} {px(bottom)}h{px(box.w)}M{px(left)} {px(box.y)}v{px(box.h)}"
        rules = ""
        for tick in x_ticks:
            x, _ = plot.at(tick, 0)
            path += f"M{px(x)} {px(bottom - 3)}v6"
            self.text(x, box.bottom + 11, decimals(tick), "index")
        for tick in y_ticks:
            _, y = plot.at(0, tick)
            rules += f"M{px(box.x)} {px(y)}h{px(box.w)}"
            self.text(box.x - 4, y, decimals(tick), "index", "end")
        self._add(f'<path class="rule" d="{rules}"/>' if rules else "")
        self._add(f'<path class="axis" d="{path}"/>', box.bottom)
        return plot

    def curve(self, plot: Plot, xs: Array, ys: Array, tone: str) -> None:
        """Draw a line through the points (xs (N,), ys (N,))."""
        path = " ".join(",".join(map(px, plot.at(x, y))) for x, y in zip(xs, ys))
        self._add(f'<polyline class="curve {tone}" points="{path}"/>')

    def dot(self, at: Point, tone: str) -> None:
        self._add(f'<circle class="dot {tone}" cx="{px(at[0])}" cy="{px(at[1])}" r="3.5"/>')

    def scatter(self, plot: Plot, xs: Array, ys: Array, tone: str) -> None:
        """Draw many small dots (xs (N,), ys (N,)), as one path."""
        path = "".join(f"M{px(a)} {px(b)}h0" for a, b in (plot.at(x, y) for x, y in zip(xs, ys)))
        self._add(f'<path class="scatter {tone}" d="{path}"/>')

    # --- lines and boxes -----------------------------------------------------

    def box(self, box: Box, text: str, tone: str, css: str = "") -> None:
        """Draw an operation, or a thing with a name; or leave room for more than one line."""
        self._add(f'<rect class="box {tone} {css}" {_at(box)} rx="3"/>', box.bottom)
        if text:
            self.text(box.cx, box.cy, text, css, size=TEXT)

    def line(self, *points: Point, tone: str = "ink", css: str = "") -> None:
        path = "L".join(f"{px(x)} {px(y)}" for x, y in points)
        self._add(f'<path class="line {tone} {css}" d="M{path}"/>', max(y for _, y in points))

    def arrow(self, start: Point, end: Point, tone: str, bend: str = "") -> None:
        """Draw an arrow: straight, or leaving and arriving "across" or "down" the page."""
        (x1, y1), (x2, y2) = start, end
        if bend == "across":
            angle = 0.0 if x2 > x1 else 180.0
            tail = (x2 - math.copysign(5, x2 - x1), y2)
            middle = f"C{px((x1 + x2) / 2)} {px(y1)} {px((x1 + x2) / 2)} {px(y2)}"
        elif bend == "down":
            angle = 90.0 if y2 > y1 else -90.0
            tail = (x2, y2 - math.copysign(5, y2 - y1))
            middle = f"C{px(x1)} {px((y1 + y2) / 2)} {px(x2)} {px((y1 + y2) / 2)}"
        else:
            angle = math.degrees(math.atan2(y2 - y1, x2 - x1))
            length = math.hypot(x2 - x1, y2 - y1) or 1
            tail = (x2 - 5 * (x2 - x1) / length, y2 - 5 * (y2 - y1) / length)
            middle = "L"
        path = f"M{px(x1)} {px(y1)}{middle} {px(tail[0])} {px(tail[1])}"
        self._add(
            f'<path class="line {tone}" d="{path}"/>'
            f'<path class="head {tone}" d="M0 0l-7 -3.5v7z" '
            f'transform="translate({px(x2)} {px(y2)})rotate({px(angle)})"/>',
            max(y1, y2),
        )

    # --- the result ----------------------------------------------------------

    def _add(self, svg: str, bottom: float = 0) -> None:
        self._parts.append(svg)
        self.height = max(self.height, bottom)

    def svg(self, name: str) -> str:
        """Return the picture; `name` makes its ids unique on a page."""
        height = math.ceil(self.height + 5)  # 3 above and 2 below, for strokes and accents
        return (
            f'<svg class="figure" viewBox="0 -3 {px(self.width)} {height}" '
            f'style="--natural:{px(self.width)}px;aspect-ratio:{px(self.width)}/{height}" '
            f'role="img" aria-labelledby="{name}-title" aria-describedby="{name}-desc" '
            'data-search-exclude="">'  # without their places, the words of a picture are no text
            f'<title id="{name}-title">{escape(self.title, quote=False)}</title>'
            f'<desc id="{name}-desc">{escape(" ".join(self._words), quote=False)}</desc>'
            f"{''.join(self._parts)}</svg>"
        )


def decimals(number: float, digits: int | None = None) -> str:
    """Return a number as it is set in a book: with a minus sign, and no minus before zero."""
    text = f"{number:g}" if digits is None else f"{number:.{digits}f}"
    return text.replace("-", "" if float(text) == 0 else "−")


def px(number: float, digits: int = 1) -> str:
    """Return a coordinate, in as few characters as a tenth of a pixel takes."""
    text = f"{number:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _at(box: Box) -> str:
    return f'x="{px(box.x)}" y="{px(box.y)}" width="{px(box.w)}" height="{px(box.h)}"'


def _runs(shown: Sequence[int]) -> list[tuple[int, int]]:
    """Return the first and last of each run of consecutive numbers."""
    runs: list[tuple[int, int]] = []
    for i in shown:
        runs = [*runs[:-1], (runs[-1][0], i)] if runs and runs[-1][1] == i - 1 else [*runs, (i, i)]
    return runs


def _between(tops: Mapping[int, float], height: float) -> list[float]:
    """Return where the lines between rows go, and those beside rows that are left out."""
    ys = sorted({*tops.values(), *(top + height for top in tops.values())})
    return ys[1:-1]
