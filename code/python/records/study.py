"""A study of `mlp tune`: what was searched, every trial, and what mattered.

    python -m records.study FILE NAME

writes docs/results/study-NAME.json.
"""

import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mlp.errors import MLPError
from mlp.tune import RUNNING, STOPPED, read_study
from records.store import origin, write


def record_study(path: Path) -> dict[str, Any]:
    """A study with the trials that count: those that were stopped on the way were tried again."""
    study = read_study(path)
    trials = [trial for trial in study.trials if trial.state not in (STOPPED, RUNNING)]
    return {
        "setup": study.setup,
        "best": study.best.number,
        "train": study.command(study.best),
        "importances": study.importances,
        "trials": [asdict(trial) | {"loss": trial.loss if trial.val else None} for trial in trials],
    }


def main(words: list[str]) -> None:
    """Record."""
    if len(words) != 2:
        sys.exit("usage: python -m records.study FILE NAME")
    file, name = words
    made = origin(f"python -m records.study {Path(file).name} {name}")
    made["versions"]["optuna"] = version("optuna")
    write(f"study-{name}", made | record_study(Path(file)))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except MLPError as error:
        sys.exit(str(error))
