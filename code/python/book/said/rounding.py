"""Tanh, AdamW and rounding."""

import numpy as np

from book.figures.common import bench
from book.said import TRAINING
from book.said.ladder import LANES, LANES_2, LANES_BASE
from book.words import part, times, word

EPS = float(np.finfo(np.float32).epsneg)  # the gap below 1
BITS = -round(np.log2(EPS))
DIGITS = round(np.log10(2) * BITS)
FROM = np.arctanh(1 - EPS / 2)  # exercise 1
TWO, TEN, CUT = 2, 10, 10
assert np.tanh(np.float32(CUT)) == 1
SETS = [name for name in bench("ladder")["peak"]]
SIZES = bench("adamw")["sizes"]
NS = {size: SIZES[size]["apart"]["ns"]["median"] for size in SIZES}
assert NS["small"] < NS["model"] < NS["large"], "further away is slower"
BYTES = 4 * (4 + 3)  # reads and writes
AT_BEST = BYTES / bench("kernels")["bandwidth"]["L2"]["triad"]["median"]
assert NS["small"] / AT_BEST < 1.1, "nearly"
ADAMW = bench("ladder")["adamw"]["adamw"]
SLOWER = ADAMW["base"]["us"]["median"] / ADAMW["avx512"]["us"]["median"]
MODEL = [SIZES["model"][where]["ns"]["median"] for where in ("apart", "together")]
assert abs(MODEL[0] / MODEL[1] - 1) < 0.02, "no difference"
ARRAYS = round(SIZES["model"]["kilobytes"] * 1024 / 4 / SIZES["model"]["parameters"])
PAGE = 4096
RATE, DECAY = TRAINING.learning_rate, TRAINING.weight_decay
WEIGHT = np.float32(1.1)
SHRINKS = (WEIGHT - WEIGHT * np.float32(1 - RATE * DECAY)) / (float(WEIGHT) * RATE * DECAY)
STEPS = np.arange(TRAINING.steps)
DIGIT = -int(np.floor(np.log10(RATE)))
DECAYS = RATE * (1 + np.cos(np.pi * STEPS / TRAINING.steps)) / 2  # half a cosine
STILL = np.float32(1) - np.float32(1) * (1 - DECAYS * DECAY).astype(np.float32) == 0
D = np.expm1(np.float32(0))

SAYS = [
    f"{word(LANES)} floats with AVX-512, {word(LANES_2)} with AVX2 and {word(LANES_BASE)} with",
    f"about {word(DIGITS)} digits",
    f"on arrays of {word(len(SIZES))} sizes",
    f"{BYTES} bytes, and does little",
    f"So {BYTES} bytes take {AT_BEST:.2f} ns, nearly",
    f"With the baseline it takes {times(round(SLOWER))} as long",
    f"their {word(ARRAYS)} arrays",
    f"If all {word(ARRAYS)} begin with a page",
    f"a page of {PAGE:,} bytes",
    f"{part(1 / ARRAYS)} of a page",
    f"by almost {times(round(float(SHRINKS)))} what the exact product says",
    f"compiled {times(len(SETS))}",
    f"vectors of {LANES} and vectors of {LANES_BASE} have",
    f"off at {CUT}. Why",
    f"Cutting off at {CUT} changes no result",
    f"$1 - {TWO}^{{-{BITS}}}$",
    f"${TWO}^{{-{BITS + 1}}}$",
    f"$x = {(BITS + 2) // 2} \\ln {TWO} \\approx {FROM:.0f}$",
    f"Then `d` is {D:g}",
    f"a learning rate of ${RATE * TEN**DIGIT:.0f} \\cdot {TEN}^{{-{DIGIT}}}$",
    f"a weight decay of ${TEN}^{{-{round(-np.log10(DECAY))}}}$",
    f"in nearly {part(round(2 * float(STILL.mean())) / 2)} of its steps",
]
READ = [
    "the flags of the three instruction sets",
    "with `*power` 1",
    r"$a \cdot b + c$",
    r"a whole number $n$ of $\ln 2$",
    "$2^n$ costs nothing",
    "For $e^f$",
    r"$\pm\tfrac{1}{2}\ln 2$",
    "a polynomial of degree six",
    "$e^f - 1$",
    "instead of $e^f$. Near 0, $e^{2x}$ is 1 and a little",
    "taking the 1 off",
    "between two floats",
    "serves two more operations",
    "keeps two running means",
    "reads four numbers and writes three",
    "come from the third",
    "the two nearest caches",
    "1 - learning rate × weight decay",
    "in 64 bits",
    "`keep` rounds to 1",
    "train 500 steps",
    "two compilers no longer agree",
    "the smallest numbers for 0",
    "is tanh 1 in a float",
    "`split_exp` give for 0",
    "is tanh of 0 exactly 0",
    "tanh of $10^{-4}$",
    "$d / (d + 2)$",
    "The largest float below 1 is",
    "rounds to 1 once",
    r"$1 - \tanh x$",
    "less than half of that gap",
    "`n` and `f` are 0",
    "times $f^2$ is 0 and `split_exp` returns 0",
    "`keep` is 1 as soon as",
    "at most half of the gap below 1",
    "fall to 0 along half a cosine",
    "2009.",
    "1991: why",
    "2018: how",
]
FORMULAS = {
    "d = e^{2x} - 1": {"x": 0.1, "d": np.expm1(0.2)},
    r"1 - \tanh x \approx 2e^{-2x}": {"x": 9.0},
}
