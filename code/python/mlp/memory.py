"""Whether a model fits into this machine: asked before a weight is drawn, as in `sizes.c`."""

import math
import os
import resource

from mlp.config import ModelConfig, TrainingConfig, activations
from mlp.errors import MLPError


def check_memory(config: ModelConfig, training: TrainingConfig) -> None:
    """Raise MLPError if a model in training takes more memory than there is."""
    # Parameters, gradients and AdamW's two moments are floats.
    needs, has = 4 * (4 * config.size + activations(config, training)), memory()
    if needs > has:
        raise MLPError(
            f"{config.size} parameters need {needs / 1e9:.3g} GB of memory;"
            f" there are {has / 1e9:.3g} GB"
        )


def memory() -> float:
    """Return the bytes of memory that this process can have at most.

    That is what the machine has, or what `ulimit -v` leaves; infinity if the system does not say.
    """
    most = math.inf
    if "SC_PHYS_PAGES" in os.sysconf_names and (pages := os.sysconf("SC_PHYS_PAGES")) > 0:
        most = pages * os.sysconf("SC_PAGE_SIZE")
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return most if limit == resource.RLIM_INFINITY else min(most, limit)
