"""Every operation of the model with arrays, forward and backward.

Forward returns its output and a cache: what backward needs. Backward
takes the gradient of the output and that cache, and returns the
gradient of every input that has one; the loss starts the way back, so
its backward takes the cache alone. The gradient of `x` is `dx` and has
its shape. As everywhere in NumPy, `out` names the array that a result
is written to, and None makes a new one.

Shapes: B batch, T context, E embedding, V vocabulary, I inputs,
O outputs. The names are those of `ops.c`; the loops have become
products of arrays.
"""

import math

import numpy as np

from mlp import rng
from mlp.arrays import Array
from mlp.tokens import Tokens

# --- embedding --------------------------------------------------------


def embedding_forward(
    inp: Tokens, weight: Array
) -> tuple[Array, tuple[Tokens, Array]]:
    """out (B,T,E) = weight (V,E) [inp (B,T)]."""
    return weight[inp], (inp, weight)


def embedding_backward(
    dout: Array, cache: tuple[Tokens, Array], out: Array | None = None
) -> Array:
    """A row that was read n times collects n gradients:
    dweight (V,E) = onehot^T @ dout."""
    inp, weight = cache
    vocab, embedding = weight.shape
    tokens = np.arange(vocab, dtype=inp.dtype)[:, None]
    onehot_t = (tokens == inp.ravel()).astype(dout.dtype)  # (V, B*T)
    return np.matmul(onehot_t, dout.reshape(-1, embedding), out=out)


# --- linear -----------------------------------------------------------


def linear_forward(
    inp: Array, weight: Array, bias: Array
) -> tuple[Array, tuple[Array, Array]]:
    """out (B,O) = inp (B,I) @ weight (O,I)^T + bias (O)."""
    out = inp @ weight.T
    out += bias
    return out, (inp, weight)


def linear_backward(
    dout: Array,
    cache: tuple[Array, Array],
    out: tuple[Array | None, ...] = (None, None, None),
) -> tuple[Array, Array, Array]:
    """Each product of the forward pass sends its gradient both ways."""
    inp, weight = cache
    dinp = np.matmul(dout, weight, out=out[0])  # (B,I)
    dweight = np.matmul(dout.T, inp, out=out[1])  # (O,I)
    dbias = np.sum(dout, axis=0, out=out[2])  # (O,)
    return dinp, dweight, dbias


# --- tanh -------------------------------------------------------------


def tanh_forward(inp: Array) -> tuple[Array, Array]:
    """out = tanh(inp), any shape."""
    out = np.tanh(inp)
    return out, out


def tanh_backward(dout: Array, out: Array) -> Array:
    """tanh' = 1 - tanh^2, so the output is all the cache there is."""
    return dout * (1 - out * out)


# --- GELU -------------------------------------------------------------

GELU_SCALE = math.sqrt(2 / math.pi)
GELU_CUBIC = 0.044715


def gelu_forward(inp: Array) -> tuple[Array, tuple[Array, Array]]:
    """out = x/2 (1 + tanh(s (x + c x^3))), any shape (Hendrycks &
    Gimpel 2016, the tanh form)."""
    tanh = np.tanh(GELU_SCALE * (inp + GELU_CUBIC * inp * inp * inp))
    return 0.5 * inp * (1 + tanh), (inp, tanh)


def gelu_backward(dout: Array, cache: tuple[Array, Array]) -> Array:
    """The product rule on x/2 and 1 + tanh(u), the chain rule on u."""
    inp, tanh = cache
    du = GELU_SCALE * (1 + 3 * GELU_CUBIC * inp * inp)
    slope = 0.5 * (1 + tanh) + 0.5 * inp * (1 - tanh * tanh) * du
    return dout * slope


# --- dropout ----------------------------------------------------------


def dropout_forward(
    inp: Array, p: float, key: int
) -> tuple[Array, Array]:
    """out = inp / (1 - p) if it is kept, else 0, any shape (Srivastava
    et al. 2014)."""
    keep = rng.bits(key, inp.size) >= int(p * 2**32)
    mask = keep.reshape(inp.shape) * inp.dtype.type(1 / (1 - p))
    return inp * mask, mask


def dropout_backward(dout: Array, mask: Array | None) -> Array:
    """A gradient passes where its number did; without a mask, all
    did."""
    return dout if mask is None else dout * mask


# --- softmax and cross-entropy ----------------------------------------


def softmax_forward(logits: Array) -> Array:
    """probs (B,V), row by row; the largest logit comes off first, so
    no exp overflows."""
    exps = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exps / exps.sum(axis=-1, keepdims=True)


def cross_entropy_forward(
    logits: Array, targets: Tokens
) -> tuple[Array, tuple[Array, Tokens]]:
    """losses (B,) = -log softmax(logits (B,V))[targets (B,)], nats."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    exps = np.exp(shifted)
    sums = exps.sum(axis=-1, keepdims=True)
    chosen = shifted[np.arange(len(targets)), targets]
    losses = np.log(sums[:, 0]) - chosen
    return losses, (exps / sums, targets)


def cross_entropy_backward(cache: tuple[Array, Tokens]) -> Array:
    """The gradient of the mean loss:
    dlogits (B,V) = (probs - onehot(targets)) / B."""
    probs, targets = cache
    dlogits = probs.copy()
    dlogits[np.arange(len(targets)), targets] -= 1
    return dlogits / len(targets)
