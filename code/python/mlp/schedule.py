"""The learning rate, step by step."""

import math


def cosine_schedule(
    learning_rate: float,
    step: int,
    steps: int,
    warmup: int = 0,
) -> float:
    """Return the rate of step 0 … steps-1: half a cosine, from
    `learning_rate` down to 0.

    In the first `warmup` steps, a line leads up to it.
    """
    if step < warmup:
        return learning_rate * ((step + 1) / warmup)
    rest = max(steps - warmup, 1)  # or none
    progress = (step - warmup) / rest
    return learning_rate * 0.5 * (1 + math.cos(math.pi * progress))
