"""The figures of the chapter "The ladder"."""

from typing import Any

from book.figures.common import EDGE, bench, kernel_set
from litdocs.diagram import Box, Drawing

PARTS = {  # of a training step: the kernels of each, as the record names them
    "hidden layer": ("linear 1",),
    "output layer": ("linear 2",),
    "tanh": ("tanh",),
    "AdamW": ("adamw",),
    "embedding, loss": ("embedding", "cross-entropy"),
}
LATENCY, UNITS = 4, 2  # cycles until an FMA's result is there; how many start in a cycle


def where_time_goes() -> Drawing:
    """The parts of a step, with the loops of the chapters and with the library's fast ones."""
    result = bench("kernels")
    chosen = result["kernels_chosen"]
    d = Drawing("Where the time of a training step goes, before and after")
    x, y = 112, 0.0
    for title, kernels in (("as in the chapters", "textbook"), ("as in fast.c", chosen)):
        times = {part: microseconds(result, names, kernels) for part, names in PARTS.items()}
        whole = sum(times.values())
        d.text(1, y + 7, title, "strong", "start", 12)
        d.text(EDGE, y + 7, f"{whole:,.0f} µs", "strong", "end", 12)
        y += 20
        for part, time in times.items():
            width = time / max(times.values()) * (EDGE - x - 116)
            d.text(x - 8, y + 8, part, "note", "end")
            d.bar(Box(x, y + 1, width, 14), "c")
            d.text(EDGE - 52, y + 8, f"{time:,.0f} µs", anchor="end")
            d.text(EDGE, y + 8, f"{time / whole:.1%}", "strong", "end")
            y += 19
        y += 16
        said = ", ".join(f"{part} {time / whole:.1%}" for part, time in times.items())
        d.say(f"{title}, {whole:,.0f} µs: {said}.".capitalize())
    d.caption = (
        "Each operation of a step timed by itself, forward and backward together: medians of "
        f"{result['rounds']} rounds, with {kernel_set(chosen)} below. The bars above and below "
        "have each their own scale."
    )
    return d


def microseconds(result: dict[str, Any], names: tuple[str, ...], kernels: str) -> float:
    """Return the time of both passes. What a set has no version of, the textbook's is used for."""
    return sum(
        (kernel["by"].get(kernels) or kernel["by"]["textbook"])["us"]["median"]
        for name, kernel in result["kernels"].items()
        if name.removesuffix(" forward").removesuffix(" backward") in names
    )


def chains() -> Drawing:
    """Which starting slots for an FMA are used: by one chain, and by as many as fit."""
    cycles, size, left = 16, 18, 60
    d = Drawing("Slots in which a fused multiply-add can start: one chain, and eight")
    used = {}
    y = 0.0
    for chains in (1, LATENCY * UNITS):
        name = "one chain" if chains == 1 else f"{chains} chains"
        d.text(1, y + 7, name, "strong", "start", 12)
        ready = [0] * chains  # when each chain may go on
        used[chains] = 0
        for unit in range(UNITS):
            d.text(left - 6, y + 30 + unit * 22, f"unit {unit}", "index", "end")
        for cycle in range(cycles):
            free = [chain for chain in range(chains) if ready[chain] <= cycle]
            for unit in range(UNITS):
                box = Box(left + cycle * size, y + 21 + unit * 22, size - 2, 18)
                if unit < len(free):
                    d.box(box, str(free[unit]), "forward")
                    ready[free[unit]] = cycle + LATENCY
                    used[chains] += 1
                else:
                    d.box(box, "", "light")
        y += 76
    d.arrow((left, y - 2), (left + 60, y - 2), "ink")
    d.text(left + 66, y - 2, "cycles", "note", "start")
    slots = cycles * UNITS
    d.say(
        f"Two units, {cycles} cycles: {slots} slots.",
        f"One chain uses {used[1]} of them: each addition waits {LATENCY} cycles for the one "
        "before.",
        f"{LATENCY * UNITS} chains use {used[LATENCY * UNITS]}.",
    )
    d.caption = (
        f"A processor with two multiply-add units, each result ready after {LATENCY} cycles. One "
        f"sum fills {used[1]} of {slots} slots; eight independent sums fill them all."
    )
    return d


def loop_orders() -> Drawing:
    """The weights that the innermost loop reads one after another, for three loop orders."""
    inputs, outputs, lines = 6, 4, 3  # a small layer, and how many numbers a cache line holds
    cell = 26
    d = Drawing("What the innermost loop reads: along a row, down a column, along a row again")
    walks = [
        ("i inside", "weight (O,I)", [(0, i) for i in range(inputs)], (outputs, inputs)),
        ("o inside", "weight (O,I)", [(o, 0) for o in range(outputs)], (outputs, inputs)),
        ("transposed", "panel (I,O)", [(0, o) for o in range(outputs)], (inputs, outputs)),
    ]
    y = 0.0
    for title, what, visited, (rows, columns) in walks:
        x = 170
        d.text(1, y + 20, title, "strong", "start", 12)
        d.text(1, y + 38, what, "index", "start")
        addresses = [row * columns + column for row, column in visited]
        apart = addresses[1] - addresses[0]
        d.text(1, y + 56, f"{apart} number{'s' * (apart > 1)} apart", "note", "start")
        kind = "one sum" if title == "i inside" else f"{outputs} sums"
        d.text(1, y + 74, kind, "note", "start")
        for row in range(rows):
            for column in range(columns):
                box = Box(x + column * cell, y + row * 22, cell - 2, 20)
                at = (row, column)
                tone = "weight" if at in visited else "light"
                d.box(box, str(visited.index(at) + 1) if at in visited else "", tone)
        touched = len({address // lines for address in addresses})
        d.say(
            f"{title}: the addresses {', '.join(map(str, addresses))}, {apart} apart, for {kind}; "
            f"with {lines} numbers a line, {touched} lines."
        )
        y += rows * 22 + 20
    d.caption = (
        "A layer of 6 inputs and 4 outputs. Numbered: the weights that the innermost loop reads, "
        "in order. Only the last order has both many sums and neighbours."
    )
    return d


def register_tile() -> Drawing:
    """The register tile at the AVX-512 size: what is loaded for one i, and what that feeds."""
    rows, vectors, lanes = 8, 2, 16
    d = Drawing("The register tile: 2 vectors and 8 numbers make 16 vectors of products")
    x, y, wide, high = 96, 62, 118, 22
    d.text(1, 8, "for one i:", "note", "start")
    d.text(EDGE, 8, "2 vectors of the panel", "toned weight", "end")
    for vector in range(vectors):
        box = Box(x + vector * (wide + 8), 20, wide, high)
        d.box(box, f"{lanes} weights", "weight")
        d.arrow((box.cx, box.bottom + 3), (box.cx, y - 3), "forward")
    for row in range(rows):
        top = y + row * (high + 4)
        d.box(Box(1, top, 72, high), f"inp[{row},i]", "value")
        d.arrow((76, top + high / 2), (x - 3, top + high / 2), "forward")
        for vector in range(vectors):
            d.box(Box(x + vector * (wide + 8), top, wide, high), f"{lanes} sums", "forward")
    y += rows * (high + 4) + 12
    products, loads = rows * vectors, rows + vectors
    d.text(1, y, f"{loads} loads, {products} fused multiply-adds", "strong", "start", 12)
    d.text(1, y + 18, "the sums never leave their registers", "note", "start")
    d.say(
        f"{rows} rows by {vectors} vectors of {lanes} sums stay in {products} registers.",
        f"For each i, {vectors} vectors of weights and {rows} numbers are loaded: {loads} loads "
        f"for {products} fused multiply-adds.",
    )
    d.caption = (
        f"The tile with AVX-512: {rows} windows by {vectors * lanes} outputs. Each weight "
        f"loaded serves {rows} windows, each input {vectors * lanes} outputs."
    )
    return d


def panels() -> Drawing:
    """Where a tile's weights lie: rows of a wide panel, and of one as wide as the tile."""
    wide, tile, depth = 8, 2, 4
    cell = 22
    d = Drawing("A wide panel, and a packed one: where the weights of a tile lie")
    sequences = []
    for x, columns, title in ((1, wide, "wide"), (250, tile, "packed")):
        d.text(x, 8, title, "strong", "start", 12)
        visited = []
        for i in range(depth):
            for o in range(columns):
                address = i * columns + o
                box = Box(x + o * (cell + 2), 20 + i * 24, cell, 20)
                d.box(box, str(address), "weight" if o < tile else "light")
                if o < tile:
                    visited.append(address)
        sequences.append(visited)
        d.text(x, 20 + depth * 24 + 12, "the tile reads", "note", "start")
        d.text(x, 20 + depth * 24 + 29, " ".join(map(str, visited)), "toned weight", "start")
    d.say(
        "Numbers are addresses. From a panel of 8 outputs, a tile 2 wide reads "
        f"{', '.join(map(str, sequences[0]))}.",
        f"From one that is as wide as the tile it reads {', '.join(map(str, sequences[1]))}.",
    )
    d.caption = (
        "Numbers are addresses; a tile two outputs wide reads the coloured ones, row by row. In "
        "the packed panel it reads everything, in order."
    )
    return d


FIGURES = (where_time_goes, chains, loop_orders, register_tile, panels)
