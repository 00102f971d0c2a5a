"""Beyond one machine."""

from bench.workers import WORKERS
from book.figures.common import bench
from book.said import ORIGINAL, B
from book.words import word

CELLS = bench("workers")["cells"]
(SMALL_H, SMALL_B), (LARGE_H, LARGE_B) = (
    (cell["hidden"], cell["batch"]) for cell in (CELLS["512-128"], CELLS["2048-1024"])
)
SIZES = [(h, b) for h in (SMALL_H, LARGE_H) for b in (SMALL_B, LARGE_B)]
TWO = word(WORKERS)
FORWARD, BACKWARD = 2, 4  # operations for a weight and a window
BYTES = 4  # of a float
MANY = 64  # workers of the exercise
SHARES = [43, 43, 42]  # of three workers
FASTER = {f"{h}-{b}": CELLS[f"{h}-{b}"]["faster"]["median"] for h, b in SIZES}

assert sum(SHARES) == B
assert FASTER[f"{SMALL_H}-{SMALL_B}"] < 1 < FASTER[f"{LARGE_H}-{LARGE_B}"]
assert ORIGINAL.hidden == SMALL_H
assert B == SMALL_B

SAYS = [
    f"{TWO.capitalize()} threads, {TWO} processes",
    f"as one with {LARGE_H} units and {LARGE_B} windows",
    f"times with {SMALL_H} and {SMALL_B}",
    f"`original` with {B} windows on {TWO} workers",
    " | ".join(f"{h} × {b}" for h, b in SIZES),
    f"as there are parameters, {word(BYTES)} bytes each",
    f"one process and {TWO} workers, with PyTorch",
    f"| {TWO} workers, ms |",
    f"what a step of {TWO} workers takes beyond",
    f"With {LARGE_H} units and {LARGE_B} windows there is more",
    f"in {word(FORWARD + BACKWARD)} operations for each window",
    f"With {TWO} workers there are {word(2 * (WORKERS - 1))} turns",
    f"in a ring of {WORKERS} and in one of {MANY}",
    f"{word(len(SHARES)).capitalize()} workers cannot share {B} windows evenly",
    f"Let {word(SHARES.count(SHARES[0]))} of them have {SHARES[0]} windows and one {SHARES[-1]}",
    f"A gradient is {word(BYTES)} bytes",
]
READ = [
    "$g / b$",
    "$2 (n - 1)$ parts",
    "$c/n + 2 l n - 2 g / (b n)$",
    "Two cores of one machine",
    "each product in two",
    "two threads are",
    "Between two machines",
    "The two dashes",
    "one conversation, and not two",
    "and two workers go on",
    "none sends more than twice its gradients",
    "as near as two processes can be",
    "each worker has half of it",
    "a step with half of the batch",
    "the two never finish at the same moment",
    "is below 1",
    "a product and a sum forward, and twice that backward",
    "Twice the units are twice the work, and about twice the gradients",
    "is half of what the sum of one number takes",
    "thousands of machines",
    "ours fit into one or two",
    "Worker 0",
    "worker 0",
    "Its slope is 0",
    "2017: what",
    "2020: how",
]
C, L, G, RATE = 0.1, 1e-4, 4e6, 1e8  # made up, so that the best number is a whole one
BEST = min(range(1, 1000), key=lambda n: C / n + 2 * (n - 1) * (L + G / (n * RATE)))
FORMULAS = {
    r"n^2 = \frac{c - 2 g / b}{2 l}": {"n": BEST, "c": C, "g": G, "b": RATE, "l": L},
}
