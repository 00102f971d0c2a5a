"""The running example of the book: one window of one name, from letters to new weights.

The name is "emma". The window is "emm", and the letter that follows it is "a". The model is real
but tiny, so that all its numbers fit on a page. `ONE` follows that window; `ALL` follows all
five windows of the name, for what only a batch can show.
"""

from dataclasses import dataclass

import numpy as np

from mlp import ops_numpy as ops
from mlp.adamw_numpy import AdamW
from mlp.arrays import Array, views
from mlp.config import ModelConfig, TrainingConfig
from mlp.model_numpy import MLP
from mlp.rng import RNG
from mlp.tokens import END, LATIN, Tokens, tokenize
from mlp.weights import initial_weights
from mlp.windows import Windows

NAME = "emma"
BEFORE = "ava"  # the name before it in the stream, which a sliding window reaches back into
CONFIG = ModelConfig(context=3, embedding=2, hidden=4)

# Of the first seeds, one whose numbers teach. The four hidden units lie on both sides of 0, apart
# from each other and where tanh bends; no number that a figure writes out is near 0; p("a") starts
# out below one in 27. (With 1337, three of the four units are near 0, where tanh is a line.)
SEED = 8980

# Large, so that one step shows in two decimals.
LEARNING_RATE = 0.1
WEIGHT_DECAY = TrainingConfig.weight_decay


@dataclass(frozen=True, eq=False)
class Example:
    """Every array of one training step, all float32. A letter is a size, as in `ops_numpy`."""

    tokens: Tokens  # (B,T)
    targets: Tokens  # (B,)
    weights: dict[str, Array]  # by the names of ModelConfig.shapes, as drawn

    # forward
    embedded: Array  # (B,T,E)
    x: Array  # (B,T*E): the same numbers, concatenated
    pre: Array  # (B,H)
    hidden: Array  # (B,H)
    logits: Array  # (B,V)
    probs: Array  # (B,V)
    losses: Array  # (B,)
    loss: float

    # backward
    dlogits: Array  # (B,V)
    dhidden: Array  # (B,H)
    dpre: Array  # (B,H)
    dx: Array  # (B,T*E)
    dembedded: Array  # (B,T,E)
    grads: dict[str, Array]  # by the same names as weights

    # after one step of AdamW
    updated: dict[str, Array]
    probs_after: Array  # (B,V)
    loss_after: float

    @property
    def dwte(self) -> Array:
        """The gradient of the embedding table, (V,E)."""
        return self.grads["wte.weight"]


def follow(tokens: Tokens, targets: Tokens) -> Example:
    """Take one training step of the tiny model on tokens (B,T) and targets (B,)."""
    w = initial_weights(CONFIG, RNG(SEED))

    embedded, wte_cache = ops.embedding_forward(tokens, w["wte.weight"])
    x = embedded.reshape(len(tokens), -1)
    pre, hidden_cache = ops.linear_forward(x, w["hidden.0.weight"], w["hidden.0.bias"])
    hidden, tanh_cache = ops.tanh_forward(pre)
    logits, output_cache = ops.linear_forward(hidden, w["output.weight"], w["output.bias"])
    losses, loss_cache = ops.cross_entropy_forward(logits, targets)

    grads: dict[str, Array] = {}
    dlogits = ops.cross_entropy_backward(loss_cache)
    dhidden, grads["output.weight"], grads["output.bias"] = ops.linear_backward(
        dlogits, output_cache
    )
    dpre = ops.tanh_backward(dhidden, tanh_cache)
    dx, grads["hidden.0.weight"], grads["hidden.0.bias"] = ops.linear_backward(dpre, hidden_cache)
    dembedded = dx.reshape(embedded.shape)
    grads["wte.weight"] = ops.embedding_backward(dembedded, wte_cache)

    flat = np.concatenate([w[name].ravel() for name in CONFIG.shapes])
    flat_grads = np.concatenate([grads[name].ravel() for name in CONFIG.shapes])
    AdamW(flat, WEIGHT_DECAY).update(flat_grads, LEARNING_RATE)
    updated = views(flat, CONFIG.shapes)

    after = MLP(CONFIG, updated)
    loss_after = after.forward(tokens, targets)
    return Example(
        tokens, targets, w,
        embedded, x, pre, hidden, logits, ops.softmax_forward(logits), losses, float(losses.mean()),
        dlogits, dhidden, dpre, dx, dembedded, grads,
        updated, ops.softmax_forward(after.logits(tokens)), loss_after,
    )  # fmt: skip


def letter(token: int) -> str:
    """Return a token as the figures write it: its letter, or a dot for the end of a name."""
    return "." if token == END else LATIN.decode([token])


STREAM = tokenize(f"{BEFORE}\n{NAME}\n".encode(), "the example")
PADDED = Windows(STREAM[len(BEFORE) + 1 :], CONFIG.context, padded=True)  # ...→e  …  mma→.
SLIDING = Windows(STREAM, CONFIG.context)  # ava→.  va.→e  …  mma→.

ALL = follow(*PADDED.batch(0, len(PADDED)))
ONE = follow(*PADDED.batch(3, 1))  # emm→a
