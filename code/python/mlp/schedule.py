"""The learning rate, step by step."""

import math


def cosine_schedule(learning_rate: float, step: int, steps: int) -> float:
    """Return the rate of step 0 … steps-1: half a cosine, from `learning_rate` down to 0."""
    return learning_rate * 0.5 * (1 + math.cos(math.pi * (step / steps)))
