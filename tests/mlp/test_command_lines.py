"""Hundreds of command lines, right and wrong: both programs do and say the same."""

import contextlib
import random
import re
from itertools import product
from pathlib import Path

import pytest
import typer.main
from cases import Result, corpus, run_c, run_python, succeed
from typer.core import TyperOption

from mlp import cli
from mlp.options import HYPERPARAMETERS

COMMANDS = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]
ONLY_PYTHON = {"--backend", "--device", "--bf16", "--compile"}

NUMBERS = [
    *("1", "2", "05", "0", "00", "-0", "-1", "+5", "1.5", ".5", "1.", "1e3", "1e-3", "1E0", "1e"),
    *("0x10", "1_000", "1,000", " 5", "5 ", "5\n", "nan", "inf", "-inf", "1e999", "9" * 30),
    *(str(2**63), str(2**64), "٣", "５", "²", "½", "many", "", "-", "--", "-h", "--help", "="),
]
NAMES = ["deep", "Deep", "gelu", "textbook", "auto", "names", "m", "nowhere/m", "zo", "zoë"]
NO_OPTIONS = [
    "--nonsense",
    "--hid",
    "--Hidden",
    "-x",
    "-",
    "--",
    "---",
    "nonsense",
    "",
    "--=",
    "=5",
]
NO_OPTIONS += [
    "--fold=1",
    "--force=",
    "--padded=0",
    "—hidden",
    "--help=1",
    "-hh",
    "-h=1",
    "\x1b[1m",
]
NO_COMMANDS = ["", "nonsense", "Train", "trai", "-x", "--", "-", "-hh", "--versio", "--version=1"]
FIRST = [*NO_COMMANDS, "-h", "--help", "--version", "\n"]

TINY = ("--context", "1", "--embedding", "1", "--hidden", "1", "--batch", "2", "--steps", "1")
BASE = {
    "train": ("--corpus", "names", *TINY, "--out", "m", "--force"),
    "eval": ("--checkpoint", "trained", "--corpus", "names"),
    "sample": ("--checkpoint", "trained", "--n", "1"),
}


def options_of(command: str) -> dict[str, TyperOption]:
    """The options of a command of Python that the C program should have, by name."""
    found = [p for p in COMMANDS[command].params if isinstance(p, TyperOption)]
    return {p.opts[0]: p for p in found if p.opts[0] not in ONLY_PYTHON}


def lines() -> list[tuple[str, ...]]:
    """Command lines: each option with each value, and some mixed at random, always the same."""
    made: list[tuple[str, ...]] = [(), *((first,) for first in FIRST)]
    made += [(first, "--hidden", "0") for first in FIRST]
    for command, words in product(BASE, (*NO_OPTIONS, "-h", "--help")):
        made.append((command, *BASE[command], words))
        made.append((command, words, *BASE[command]))
    for command in BASE:
        for option, what in options_of(command).items():
            values = [] if what.is_flag else [*NUMBERS, *NAMES]
            made += [(command, *BASE[command], name) for name in (*what.opts, *what.secondary_opts)]
            for i, value in enumerate(values):
                words = (f"{option}={value}",) if i % 2 else (option, value)
                made.append((command, *BASE[command], *words))
    for option, what in options_of("train").items():
        value = () if what.is_flag else ("2",)
        more = (option, *value, "--out", "resumed", "--force")
        made.append(("train", "--corpus", "names", "--resume", "trained", *more))
        made.append(("train", "--resume", "trained", *more))
    for more in (("--warmup", "1"), ("--warmup", "2"), ("--warmup", "2", "--hidden", "0")):
        made.append(("train", *BASE["train"], *more))
    for share in ("0", "1e-9", "0.5", "0.99999999", "1"):
        for option in ("--dropout", "--input-dropout"):
            made.append(("train", *BASE["train"], option, share))
            made.append(("train", *BASE["train"], "--fold", option, share))
    made.append(("train", "--resume", "dropped", "--until", "1", "--out", "resumed", "--fold"))
    dice = random.Random(1)
    for _ in range(300):
        command = dice.choice(list(BASE))
        more: list[str] = []
        for _ in range(dice.randint(1, 4)):
            option, what = dice.choice(list(options_of(command).items()))
            value = dice.choice([*NUMBERS[:4], *NAMES, dice.choice(NUMBERS)])
            if dice.random() < 0.1:
                more.append(dice.choice(NO_OPTIONS))
            elif what.is_flag:
                more.append(dice.choice([*what.opts, *what.secondary_opts]))
            else:
                more += [f"{option}={value}"] if dice.random() < 0.5 else [option, value]
        base = list(BASE[command])
        made.append((command, *(base + more if dice.random() < 0.5 else more + base)))
    return made


def normal(result: Result, folder: Path) -> Result:
    """What has to be the same: not how long a step took, nor where it ran, nor the help's text."""
    out = re.sub(r" \| [\d.]+ ms/step", "", result.out).replace(str(folder), "")
    err = result.err.replace(str(folder), "")
    helps = ("mlp: a neural n-gram", "Usage: ")
    out, err = ("(help)" if text.startswith(helps) else text for text in (out, err))
    return Result(result.code, out, err)


def test_both_programs_answer_each_line_alike(tmp_path: Path) -> None:
    folders = tmp_path / "c", tmp_path / "python"
    for folder in folders:
        corpus(folder / "names")
        with contextlib.chdir(folder):
            succeed(run_c("train", *BASE["train"], "--out", "trained"))
            succeed(run_c("train", *BASE["train"], "--input-dropout", "0.5", "--out", "dropped"))
    codes = []
    for line in lines():
        results = []
        for mlp, folder in zip((run_c, run_python), folders):
            with contextlib.chdir(folder):
                results.append(normal(mlp(*line), folder))
        assert results[0] == results[1], line
        codes.append(results[0].code)
        assert results[0].err or results[0].code == 0, line
    assert {code: codes.count(code) > 50 for code in codes} == {0: True, 1: True, 2: True}


@pytest.mark.parametrize("command", BASE)
def test_the_options_have_the_same_words_and_defaults_in_both_helps(command: str) -> None:
    usage, _, _ = succeed(run_c("--help")).partition("\npresets:")
    sections = re.split(r"\n\n(?=[a-z ]+:\n)", usage)
    mine = [s for s in sections if re.match(rf"(all|.*\b{command}\b.*):\n", s)]
    c = re.findall(r"^  (--[a-z-]+(?: [A-Z]+|, --[a-z-]+)?) +(.+)$", "\n".join(mine), re.MULTILINE)
    python = []
    for name, option in options_of(command).items():
        names = ", ".join((*option.opts, *option.secondary_opts))
        python.append((names if option.is_flag else f"{name} {option.metavar}", option.help))
    # Python does not load the library, which has the names of the kernels, for its help.
    c, python = ([(o, "" if "kernels" in o else help) for o, help in each] for each in (c, python))
    assert sorted(c) == sorted(python)
    assert any("(" in help for _, help in c)


def test_the_table_of_presets_is_the_same_in_both_helps() -> None:
    tables = [
        re.findall(r"^presets:\s.*\n(?:  --.*\n)+", succeed(mlp(*words)), re.MULTILINE)
        for mlp, words in ((run_c, ["--help"]), (run_python, ["train", "--help"]))
    ]
    assert tables[0] == tables[1]
    assert [table.count("\n") for table in tables[0]] == [1 + len(HYPERPARAMETERS)]
