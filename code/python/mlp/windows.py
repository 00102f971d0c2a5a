"""Windows: every T tokens of a split and the one that follows them."""

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from mlp.errors import MLPError
from mlp.shuffle import shuffled_windows
from mlp.tokens import END, Stream, Tokens


class Windows:
    """All windows of a split; batches of them wrap around at the end.

    They slide over the stream of names, so that a context may reach
    back into the name before. If `padded`, each name starts anew:
    whatever lies before its first letter reads as token 0.
    """

    def __init__(
        self,
        tokens: Stream,
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
        self.padded = padded
        stream = tokens
        if padded:
            ends = np.full(context, END, tokens.dtype)
            stream = np.concatenate([ends, tokens])
        # (N,T), a view in which no window is copied.
        self.contexts = sliding_window_view(stream, context)[:-1]
        self.targets = stream[context:]  # (N,)

    def __len__(self) -> int:
        return len(self.targets)

    def batch(self, step: int, size: int) -> tuple[Tokens, Tokens]:
        """Return batch number `step`: inputs (B,T), targets (B,)."""
        rows = step * size % len(self) + np.arange(size)
        return self.take(rows % len(self))

    def shuffled_batch(
        self, step: int, size: int, seed: int
    ) -> tuple[Tokens, Tokens]:
        """Return the same if each time through the windows, an epoch,
        has an order of its own."""
        n = len(self)
        return self.take(shuffled_windows(n, seed, step * size, size))

    def take(
        self, rows: npt.NDArray[np.integer]
    ) -> tuple[Tokens, Tokens]:
        """Return inputs (B,T) and targets (B,) of windows by number."""
        inputs = self.contexts[rows].astype(np.int32)
        if self.padded:
            inputs[_before_this_name(inputs)] = END
        return inputs, self.targets[rows].astype(np.int32)


def _before_this_name(inputs: Tokens) -> npt.NDArray[np.bool_]:
    """Mark, in each context (N,T), the last END and all before it."""
    ends = inputs == END
    return np.logical_or.accumulate(ends[:, ::-1], axis=1)[:, ::-1]
