"""Train on a corpus of 100 MB and say how much memory each of its characters took at the peak.

    python tests/attack/memory.py [--megabytes 100] [OPTION ...]

The corpus is made up and always the same. Each of the four programs takes some steps on it, with
OPTIONs of `train`, such as --padded; what a corpus of three names takes is taken off. It takes
minutes: run it after a change of what reads or holds a corpus. `tests/mlp/test_memory.py` has a
small one.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "code" / "python"), str(ROOT / "tests" / "support")]

from cases import environment  # noqa: E402
from training import PROGRAMS, command_of  # noqa: E402

STEPS = ("--steps", "20", "--eval-every", "20", "--force", "--out")
TINY = b"emma\nolivia\nava\n"

# Runs a command and prints its peak in kB. A process of its own: what it is when it starts one
# counts for that too.
LAUNCHER = """
import os, sys
process = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(process, 0)
print("peak", usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def made_up(characters: int, seed: int) -> bytes:
    """Return names of 2 to 12 letters, one a line: so many characters in all."""
    random = np.random.default_rng(seed)
    text = random.integers(ord("a"), ord("z"), characters, np.uint8, endpoint=True)
    ends = np.cumsum(random.integers(3, 13, characters // 3, endpoint=True))
    text[ends[ends < characters - 3]] = ord("\n")
    text[-1] = ord("\n")
    return text.tobytes()


def write(folder: Path, train: bytes, val: bytes) -> Path:
    """Write a corpus."""
    folder.mkdir()
    for split, names in (("train", train), ("val", val), ("test", TINY)):
        (folder / f"{split}.txt").write_bytes(names)
    return folder


def peak(program: str, corpus: Path, out: Path, words: list[str]) -> tuple[int, float]:
    """Return the bytes of memory that a training took at most, and its seconds."""
    command = [*command_of(program), "--corpus", str(corpus), *words, *STEPS, str(out)]
    before = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-S", "-c", LAUNCHER, *command],
        env=environment(),
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        sys.exit(f"{program}: {done.stderr}")
    unit = 1 if sys.platform == "darwin" else 1024
    return int(done.stdout.split()[-1]) * unit, time.monotonic() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=100)
    options, words = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as name:
        characters = options.megabytes * 10**6
        parts = made_up(characters * 99 // 100, 1), made_up(characters // 100, 2)
        names = sum(part.count(b"\n") for part in parts)
        large = write(Path(name) / "large", *parts)
        tiny = write(Path(name) / "tiny", TINY, TINY)
        print(f"{characters:,} characters, {names:,} names; train {' '.join(words)}")
        for program in PROGRAMS:
            base, _ = peak(program, tiny, Path(name) / "m", ["--batch", "10", *words])
            most, seconds = peak(program, large, Path(name) / "m", words)
            print(
                f"{program:8} {most / 1e6:6.0f} MB, of them {(most - base) / characters:5.2f} bytes"
                f" a character; {seconds:.0f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
