"""Record everything, or in part:

    python -m records [NAME …]

writes docs/results/. A name is that of a preset, ngram, agree,
parting, learned, rungs, ensemble, sweeps or since.
Every file says with which command, versions and commit it was made, and when. `nox -s results`
runs it. All of it takes hours, for the long presets; a part takes minutes.
"""

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from mlp import corpora
from mlp.backends import one_thread
from mlp.config import PRESETS, choice
from mlp.corpora import Corpus
from mlp.errors import MLPError
from records.agreement import record_agreement, record_parting
from records.ensemble import record_ensemble
from records.learned import record_learned
from records.ngram import record_ngram
from records.rungs import record_rungs
from records.since import record_since
from records.store import RESULTS, origin, write
from records.sweeps import record_sweeps
from records.training import record_training

PARTS: dict[str, Callable[[Corpus], dict[str, Any]]] = {
    "ngram": record_ngram,
    "agree": record_agreement,
    "parting": record_parting,
    **{name: partial(record_training, name=name) for name in PRESETS},
    "learned": record_learned,
    "rungs": record_rungs,
    "ensemble": record_ensemble,
    "sweeps": record_sweeps,
    "since": record_since,
}
ONLY = {
    "parting": corpora.GIVEN_NAMES,
    "learned": corpora.GIVEN_NAMES,
    "rungs": corpora.SSA_NAMES,
    "ensemble": corpora.SSA_NAMES,
    "sweeps": corpora.GIVEN_NAMES,
    "since": corpora.GIVEN_NAMES,
}


def main() -> None:
    """Record what the command line names."""
    names = [choice(name, PARTS) for name in sys.argv[1:]] or [*PARTS]
    RESULTS.mkdir(exist_ok=True)
    with one_thread():
        for name in names:
            for corpus in [ONLY[name]] if name in ONLY else corpora.CORPORA:
                made = origin(f"nox -s results -- {name}")
                write(f"{name}-{corpus}", made | PARTS[name](corpora.load(corpus)))


if __name__ == "__main__":
    try:
        main()
    except MLPError as error:
        sys.exit(str(error))
