"""How much memory a corpus takes: a few bytes a character, in all three.

`tests/attack/memory.py` measures the programs with 100 MB.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cases import corpus, environment

from mlp.tokens import LATIN

CHARACTERS = 5_000_000
BYTES = 5  # a character takes at most

# Trains on a corpus of some names, so that all is loaded that a training needs; then on the large
# one, and prints how much more memory than before it took at the peak.
PROBE = """
import re, sys
from pathlib import Path

from mlp import corpora
from mlp.clib import check, ffi, library, struct
from mlp.config import ModelConfig, TrainingConfig
from mlp.run import Run
from mlp.windows import Windows

name, small, large, padded = sys.argv[1:]
training = TrainingConfig(batch=20, padded=padded == "padded", shuffled=True)

def with_python(folder):
    corpus = corpora.load(Path(folder))
    config = ModelConfig(corpus.alphabet.vocab, hidden=9)
    run = Run.start(config, training, name)
    parts = corpus.train, corpus.val
    windows = [Windows(tokens, config.context, training.padded) for tokens in parts]
    for _ in range(20):
        run.train_step(windows[0])
    run.evaluate(windows[1], 20)

def with_c(folder):
    lib, why = library(), ffi.new("char[]", 4608)
    corpus, run, loss = ffi.new("mlp_corpus **"), ffi.new("mlp_run **"), ffi.new("float *")
    check(lib.mlp_corpus_load(corpus, folder.encode(), why), "corpus")
    config = ModelConfig(corpus[0].alphabet.V, hidden=9)
    code = lib.mlp_run_create(run, corpus[0].alphabet, struct(config), struct(training))
    check(code, "run")
    windows = []
    for split in (lib.MLP_TRAIN, lib.MLP_VAL):
        tokens, n = ffi.new("uint16_t **"), ffi.new("size_t *")
        check(lib.mlp_corpus_tokens(tokens, n, ffi.new("char[65]"), corpus[0], split, why), "split")
        windows.append(ffi.new("mlp_windows *"))
        code = lib.mlp_windows_init(windows[-1], tokens[0], n[0], config.context, training.padded)
        check(code, "windows")
    for _ in range(20):
        check(lib.mlp_run_step(run[0], windows[0], loss), "step")

def kilobytes(what):
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"^{what}:\\s+(\\d+) kB$", status, re.MULTILINE)[1])

train = with_c if name == "program" else with_python
train(small)
Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
before = kilobytes("VmRSS")
train(large)
print(1024 * (kilobytes("VmHWM") - before))
"""


def names(letters: str, characters: int) -> bytes:
    """Names of seven letters each, so many characters in all or somewhat more."""
    lines = "".join(f"{(2 * letters)[i : i + 7]}\n" for i in range(len(letters)))
    return (lines * (characters // len(lines) + 1)).encode()


@pytest.mark.skipif(
    not os.path.exists("/proc/self/clear_refs"), reason="no /proc that says how much"
)
@pytest.mark.parametrize(
    ("padded", "letters"),
    [("sliding", LATIN.letters), ("padded", "абвгдежзиклмнопрстуфхцчшыэюя")],
    ids=["sliding", "padded"],
)
@pytest.mark.parametrize("name", ["program", "numpy", "torch"])
def test_a_character_takes_a_few_bytes_at_the_peak(
    name: str, padded: str, letters: str, tmp_path: Path
) -> None:
    """Measured: 2.7 to 4.5, with the 1 or 2 of the file itself."""
    some = {split: names(letters, 1000) for split in ("train", "val")}
    tenth = CHARACTERS // 10
    many = {"train": names(letters, 9 * tenth), "val": names(letters, tenth)}
    folders = [corpus(tmp_path / which, **parts) for which, parts in (("s", some), ("m", many))]
    for folder in folders:
        (folder / "alphabet.txt").write_text("\n".join(letters), "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PROBE, name, *map(str, folders), padded],
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert 1 < int(done.stdout) / CHARACTERS < BYTES
