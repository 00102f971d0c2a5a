"""The first layer without multiplying the same rows again: embedding
and linear in one.

A batch of 128 windows of 3 letters holds 384 embedding vectors, but the
alphabet has only 27. So multiply those 27 with the weights of each
position first, and look the products up:

    concat(wte[a], wte[b], wte[c]) @ weight^T
      = (wte @ weight_0^T)[a] + (wte @ weight_1^T)[b]
                              + (wte @ weight_2^T)[c]

weight_t (O,E) are the columns of weight (O,T*E) that meet position t.
It is the same sum in another order. The twin is `fold.c`.

Multiplications, both passes: V rows instead of B in three products,
V T E O each, and T V B O in the one product that only NumPy has, with
the one-hot matrix.
"""

import numpy as np

from mlp.arrays import Array
from mlp.tokens import Tokens


def fold_forward(
    tokens: Tokens, wte: Array, weight: Array, bias: Array
) -> tuple[Array, tuple[Tokens, Array, Array]]:
    """out (B,O) = concatenated wte (V,E) [tokens (B,T)]
    @ weight (O,T*E)^T + bias (O)."""
    weights = _at_positions(weight, tokens)  # (T,O,E)
    tables = wte @ weights.transpose(0, 2, 1)  # (T,V,O)
    tables[0] += bias  # each window reads one row of it
    read = tables[np.arange(len(tables)), tokens]  # (B,T,O)
    return read.sum(axis=1), (tokens, wte, weight)


def fold_backward(
    dout: Array,
    cache: tuple[Tokens, Array, Array],
    out: tuple[Array | None, ...] = (None, None, None),
) -> tuple[Array, Array, Array]:
    """A row of a table that was read n times collects n gradients;
    they go both ways from there."""
    tokens, wte, weight = cache
    ids = np.arange(len(wte), dtype=tokens.dtype)[:, None]
    onehot = (tokens.T[:, None] == ids).astype(dout.dtype)  # (T,V,B)
    dtables = onehot.reshape(-1, len(dout)) @ dout  # (T*V,O)
    dtables = dtables.reshape(*onehot.shape[:2], -1)  # (T,V,O)

    # dwte (V,E) = the sum of dtable_t @ weight_t
    weights = _at_positions(weight, tokens)
    dwte = np.sum(dtables @ weights, axis=0, out=out[0])
    # dweight_t (O,E) = dtable_t^T @ wte
    dweight = np.empty_like(weight) if out[1] is None else out[1]
    dweights = _at_positions(dweight, tokens)
    np.matmul(dtables.transpose(0, 2, 1), wte, out=dweights)
    dbias = np.sum(dtables[0], axis=0, out=out[2])  # (O,)
    return dwte, dweight, dbias


def _at_positions(weight: Array, tokens: Tokens) -> Array:
    """See weight (O,T*E) as one matrix a position: (T,O,E), no copy."""
    positions = weight.reshape(len(weight), tokens.shape[1], -1)
    return positions.transpose(1, 0, 2)
