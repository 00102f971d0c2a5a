"""Windows: every T tokens of a split and the token that follows them."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mlp.corpus import END, Tokens
from mlp.errors import MLPError


class Windows:
    """All windows of a split, in order; batches of them wrap around at the end.

    They slide over the stream of names, so that a context may reach back into
    the name before. If `padded`, each name starts anew: whatever lies before
    its first letter reads as token 0.
    """

    def __init__(self, tokens: Tokens, context: int, padded: bool = False, what: str = "") -> None:
        """Prepare the windows of `tokens` (n,); `what` names the split in the MLPError."""
        needed = 1 if padded else context + 1
        if len(tokens) < needed:
            raise MLPError(f"{what}: {len(tokens)} characters are too few for context {context}")
        self.n_tokens = len(tokens)
        stream = np.concatenate([np.full(context, END, np.int32), tokens]) if padded else tokens
        self.inputs = sliding_window_view(stream, context)[:-1].copy()  # (N,T)
        self.targets = stream[context:]  # (N,)
        if padded:
            self.inputs[_before_this_name(self.inputs)] = END

    def __len__(self) -> int:
        return len(self.targets)

    def batch(self, step: int, size: int) -> tuple[Tokens, Tokens]:
        """Return inputs (B,T) and targets (B,) of batch number `step`, copied only if it wraps."""
        start = step * size % len(self)
        if start + size <= len(self):
            return self.inputs[start : start + size], self.targets[start : start + size]
        rows = np.arange(start, start + size) % len(self)
        return self.inputs[rows], self.targets[rows]


def _before_this_name(inputs: Tokens) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Mark, in each context (N,T), the last END and all that lies before it."""
    ends = inputs == END
    return np.logical_or.accumulate(ends[:, ::-1], axis=1)[:, ::-1]
