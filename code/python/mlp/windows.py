"""Windows: every T tokens of a split and the one that follows them."""

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from mlp.errors import MLPError
from mlp.tokens import END, Tokens


class Windows:
    """All windows of a split, in order; batches of them wrap around at
    the end.

    They slide over the stream of names, so that a context may reach
    back into the name before. If `padded`, each name starts anew:
    whatever lies before its first letter reads as token 0.
    """

    def __init__(
        self,
        tokens: Tokens,
        context: int,
        padded: bool = False,
        what: str = "",
    ) -> None:
        """Prepare the windows of `tokens` (n,); `what` names the split
        in the MLPError."""
        needed = 1 if padded else context + 1
        if len(tokens) < needed:
            raise MLPError(
                f"{what}: {len(tokens)} characters are too few"
                f" for context {context}"
            )
        self.n_tokens = len(tokens)
        stream = tokens
        if padded:
            ends = np.full(context, END, np.int32)
            stream = np.concatenate([ends, tokens])
        inputs = sliding_window_view(stream, context)[:-1]
        self.inputs = inputs.copy()  # (N,T)
        self.targets = stream[context:]  # (N,)
        if padded:
            self.inputs[_before_this_name(self.inputs)] = END

    def __len__(self) -> int:
        return len(self.targets)

    def batch(self, step: int, size: int) -> tuple[Tokens, Tokens]:
        """Return inputs (B,T) and targets (B,) of batch number `step`,
        copied only if it wraps."""
        start = step * size % len(self)
        if start + size <= len(self):
            end = start + size
            return self.inputs[start:end], self.targets[start:end]
        rows = np.arange(start, start + size) % len(self)
        return self.inputs[rows], self.targets[rows]


def _before_this_name(inputs: Tokens) -> npt.NDArray[np.bool_]:
    """Mark, in each context (N,T), the last END and all before it."""
    ends = inputs == END
    return np.logical_or.accumulate(ends[:, ::-1], axis=1)[:, ::-1]
