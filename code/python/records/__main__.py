"""Record everything for both corpora.

    python -m records

writes docs/results/. Every file says with which command, versions and commit it
was made, and when. `nox -s results` runs it; it takes about ten minutes.
"""

import sys

from mlp import corpora
from mlp.backends import one_thread
from mlp.config import PRESETS
from mlp.errors import MLPError
from records.agreement import record_agreement
from records.ngram import record_ngram
from records.store import RESULTS, origin, write
from records.training import record_training


def main() -> None:
    """Record, in order of how long it takes."""
    RESULTS.mkdir(exist_ok=True)
    made = origin("nox -s results")
    with one_thread():
        for corpus in corpora.CORPORA:
            splits = corpora.load(corpus)
            write(f"ngram-{corpus}", made | record_ngram(splits))
            write(f"agree-{corpus}", made | record_agreement(splits))
            for name in PRESETS:
                write(f"{name}-{corpus}", made | record_training(splits, name))


if __name__ == "__main__":
    try:
        main()
    except MLPError as error:
        sys.exit(str(error))
