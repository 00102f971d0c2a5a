"""The figures of the chapter "Randomness you can carry"."""

import numpy as np

from book.example import SEED
from book.figures.common import EDGE
from litdocs.diagram import Box, Drawing
from mlp.rng import RNG, coins, streams
from mlp.shuffle import shuffled_windows

BITS = 64
POINTS = 350
ROWS, COLUMNS = 6, 8


def xorshift() -> Drawing:
    """The state of the generator, bit by bit: the seed, and after one to six calls."""
    d = Drawing("The bits of the generator's state, from call to call")
    rng, y = RNG(SEED), 4.0
    for call in range(7):
        name = "seed" if call == 0 else f"call {call}"
        bits = np.array([rng.state >> place & 1 for place in reversed(range(BITS))], float)
        d.text(1, y + 6, name, "note", "start")
        d.bars(Box(56, y, EDGE - 57, 12), bits, "", "value", scale=(0, 1))
        d.say(f"{name}: {bits.sum():.0f} of {BITS} bits are 1.")
        rng.u32()
        y += 20
    d.caption = (
        f"The state after each call, its largest bit on the left. The seed {SEED} has few ones. "
        "After a few calls half of the bits are."
    )
    return d


def box_muller() -> Drawing:
    """Pairs of uniform numbers, and the normal numbers that Box and Muller make of them."""
    states = streams(1, np.arange(POINTS))
    u1, u2 = np.maximum(coins(states), 2.0**-24), coins(states)
    radius = np.sqrt(-2 * np.log(u1))
    n1, n2 = radius * np.cos(2 * np.pi * u2), radius * np.sin(2 * np.pi * u2)
    d = Drawing("Uniform numbers become normal ones")
    size = 150.0
    left = d.plot(Box(22, 22, size, size), (0, 1), (0, 1), [0, 1], [0, 1])
    right = d.plot(Box(EDGE - size, 22, size, size), (-3.6, 3.6), (-3.6, 3.6), [-3, 3])
    d.text(22, 8, "u1 across, u2 up", "note", "start")
    d.text(EDGE - size, 8, "n1 across, n2 up", "note", "start")
    bands = (0, 0.1), (0.1, 0.5), (0.5, 1)
    for (low, high), tone in zip(bands, ("gradient", "weight", "value")):
        here = (low <= u1) & (u1 < high)
        d.scatter(left, u1[here], u2[here], tone)
        d.scatter(right, n1[here], n2[here], tone)
        d.say(
            f"Of u1 from {low} to {high} come points from "
            f"{radius[here].min():.1f} to {radius[here].max():.1f} away from the middle."
        )
    d.caption = (
        f"{POINTS} pairs. Points of one colour on the left are those of that colour on the right."
    )
    return d


def turned() -> Drawing:
    """Where the windows of a small list land in two epochs."""
    n = ROWS * COLUMNS
    d = Drawing("The order of two epochs of 48 windows")
    side = (EDGE - 1 - 14) / (2 * COLUMNS)
    for epoch in range(2):
        order = shuffled_windows(n, 1337, epoch * n, n).astype(int)
        x = 1 + epoch * (COLUMNS * side + 14)
        d.text(x, 8, f"epoch {epoch}", "name value", "start", 12)
        for place, window in enumerate(order):
            row, column = divmod(place, COLUMNS)
            at = Box(x + column * side, 20 + row * 20, side, 20)
            first = window < COLUMNS
            d.box(at, str(window), "value" if first else "light")
        d.say(f"Epoch {epoch} begins with windows {', '.join(map(str, order[:8]))}.")
    d.caption = (
        "Which window comes at each place, row by row. Marked are the first eight windows of the "
        "list: neighbours are far apart, and differently in each epoch."
    )
    return d


FIGURES = (xorshift, box_muller, turned)
