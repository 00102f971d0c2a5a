"""Every operation in float32, against float64 and other formulas; and gradient checks.

Six implementations run each test: NumPy, ops.c, and in C every table of kernels that
this processor has. Before each array that C sees lie NaNs, and behind it memory
that it must not touch: there one read or write too many ends the process.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tolerances
import torch
from guarded import before, guarded, largest, normal, pointer
from kernels import TABLES

from mlp import ops_numpy
from mlp.backend_c import CBackend
from mlp.backends import create
from mlp.clib import ffi
from mlp.config import ACTIVATIONS, ModelConfig, TrainingConfig
from mlp.fold_numpy import fold_backward, fold_forward
from mlp.model_numpy import MLP, FoldedMLP
from mlp.model_torch import MLP as TorchMLP
from mlp.model_torch import MLPRaw, init_weights, set_keys
from mlp.rng import RNG, bits
from mlp.weights import initial_weights

Array = npt.NDArray[Any]
Float64s = npt.NDArray[np.float64]
BATCHES = (1, 3, 13, 129)
INPUTS = (1, 7, 144, 513)
OUTPUTS = (1, 27, 33, 512)
LENGTHS = (1, 3, 8, 15, 16, 17, 1000)  # around the widths of vectors


# --- the implementations, under one interface --------------------------------


class NumPyOperations:
    """ops_numpy on float32; backward gets the cache that forward made."""

    def forward(self, name: str, *inputs: Array) -> Array:
        out: Array = self._forward(name, *inputs)[0]
        return out

    def cross_entropy(self, logits: Array, targets: Array) -> tuple[Array, Array]:
        losses, (probs, _) = ops_numpy.cross_entropy_forward(logits, targets)
        return losses, probs

    def dropout(self, inp: Array, dout: Array, p: float, key: int) -> tuple[Array, Array]:
        out, mask = ops_numpy.dropout_forward(inp, p, key)
        return out, ops_numpy.dropout_backward(dout, mask)

    def backward(self, name: str, dout: Array, *inputs: Array) -> tuple[Array, ...]:
        gradients = getattr(ops_numpy, f"{name}_backward")(dout, self._forward(name, *inputs)[1])
        return gradients if isinstance(gradients, tuple) else (gradients,)

    def cross_entropy_backward(self, logits: Array, targets: Array) -> Array:
        _, cache = ops_numpy.cross_entropy_forward(logits, targets)
        return ops_numpy.cross_entropy_backward(cache)

    def _forward(self, name: str, *inputs: Array) -> Any:
        result = getattr(ops_numpy, f"{name}_forward")(*inputs)
        return (result, None) if name == "softmax" else result


class COperations:
    """The kernels of one table, and of ops.c where the table has none; or of ops.c alone.

    What writes, writes over NaNs. The backward kernels of ops.c add: they run twice
    from zero and half of it is returned, the gradient if and only if it was added both times.
    """

    def __init__(self, library: Any, table: str) -> None:
        self.library = library
        self.table = library if table == "ops.c" else library.kernels_find(table.encode())
        fields = {name for name, _ in ffi.typeof("mlp_kernels").fields}
        self.has = set() if table == "ops.c" else fields

    def forward(self, name: str, *inputs: Array) -> Array:
        if name == "embedding":
            inp, weight = inputs
            shape: tuple[int, ...] = (*inp.shape, weight.shape[1])
            sizes: tuple[int, ...] = shape
        elif name == "linear":
            inp, weight, _ = inputs
            shape = (len(inp), len(weight))
            sizes = (*inp.shape, len(weight))
        else:
            shape = inputs[0].shape
            sizes = shape if name == "softmax" else (inputs[0].size,)
        (out,) = self._call(f"{name}_forward", [np.full(shape, np.nan)], inputs, sizes)
        return out

    def cross_entropy(self, logits: Array, targets: Array) -> tuple[Array, Array]:
        outs = [np.full(len(logits), np.nan), np.full(logits.shape, np.nan)]
        losses, probs = self._call("cross_entropy_forward", outs, (logits, targets), logits.shape)
        return losses, probs

    def dropout(
        self, inp: Array, dout: Array, p: float, key: int, first: int = 0
    ) -> tuple[Array, Array]:
        more = (p, key, first, inp.size)
        (out,) = self._call("dropout_forward", [np.full(inp.shape, np.nan)], (inp,), more)
        (dinp,) = self._gradients("dropout_backward", [inp], (dout,), more)
        return out, dinp

    def backward(self, name: str, dout: Array, *inputs: Array) -> tuple[Array, ...]:
        if name == "embedding":
            inp, weight = inputs
            outs: list[Array] = [weight]
            read: tuple[Array, ...] = (dout, inp)
            sizes: tuple[int, ...] = (*inp.shape, weight.shape[1])
        elif name == "linear":
            inp, weight, bias = inputs
            outs, read, sizes = [inp, weight, bias], (dout, inp, weight), (*inp.shape, len(weight))
        else:
            kept = self.forward("tanh", *inputs) if name == "tanh" else inputs[0]
            outs, read, sizes = [inputs[0]], (dout, kept), (dout.size,)
        return self._gradients(f"{name}_backward", outs, read, sizes)

    def cross_entropy_backward(self, logits: Array, targets: Array) -> Array:
        _, probs = self.cross_entropy(logits, targets)
        name = "cross_entropy_backward"
        return self._gradients(name, [logits], (probs, targets), logits.shape)[0]

    def _gradients(
        self, name: str, like: list[Array], inputs: tuple[Array, ...], sizes: tuple[Any, ...]
    ) -> tuple[Array, ...]:
        if name in self.has:
            return tuple(self._call(name, [np.full(a.shape, np.nan) for a in like], inputs, sizes))
        zeros = [np.zeros(array.shape) for array in like]
        return tuple(out / 2 for out in self._call(name, zeros, inputs, sizes, times=2))

    def _call(
        self,
        name: str,
        outs: list[Array],
        inputs: tuple[Array, ...],
        sizes: tuple[Any, ...],
        times: int = 1,
    ) -> list[Array]:
        outs = [guarded(out) for out in outs]
        inputs = tuple(i if i.dtype == np.int32 else guarded(i) for i in inputs)
        kept = [i.tobytes() for i in inputs]
        kernel = getattr(self.table if name in self.has else self.library, name)
        for _ in range(times):
            kernel(*map(pointer, outs), *map(pointer, inputs), *sizes)
        for out in outs:
            assert np.isnan(before(out)).all(), "written before the beginning"
        assert kept == [i.tobytes() for i in inputs], "an input was changed"
        return outs


@pytest.fixture(params=("numpy", "ops.c", *TABLES))
def ops(request: pytest.FixtureRequest, library: Any) -> NumPyOperations | COperations:
    if request.param == "numpy":
        return NumPyOperations()
    if request.param == "ops.c":
        return COperations(library, "ops.c")
    if library.kernels_find(request.param.encode()) == ffi.NULL:
        assert request.param not in ("textbook", "base"), "these run everywhere"
        pytest.skip(f"this processor has no {request.param}")
    return COperations(library, request.param)


# --- embedding and linear ----------------------------------------------------


@pytest.mark.parametrize("B", BATCHES)
@pytest.mark.parametrize(("T", "V", "E"), [(1, 1, 1), (3, 27, 48), (12, 5, 7)])
def test_embedding(ops: Any, random: np.random.Generator, B: int, T: int, V: int, E: int) -> None:
    inp = random.integers(0, V, (B, T), dtype=np.int32)
    weight, dout = normal(random, V, E), normal(random, B, T, E)
    out = ops.forward("embedding", inp, weight)
    assert out.tolist() == [[weight[token].tolist() for token in row] for row in inp]

    expected, sizes = np.zeros((V, E)), np.zeros((V, E))
    np.add.at(expected, inp, dout.astype(np.float64))
    np.add.at(sizes, inp, np.abs(dout))
    (dweight,) = ops.backward("embedding", dout, inp, weight)
    unread = sizes == 0
    assert (dweight[unread] == 0).all()
    tolerances.EMBEDDING.check(largest((dweight - expected)[~unread], sizes[~unread]))


@pytest.mark.parametrize("O", OUTPUTS)
@pytest.mark.parametrize("I", INPUTS)
@pytest.mark.parametrize("B", BATCHES)
def test_linear(ops: Any, random: np.random.Generator, B: int, I: int, O: int) -> None:  # noqa: E741
    inp, weight, bias = normal(random, B, I), normal(random, O, I), normal(random, O)
    dout = normal(random, B, O)
    inp64, weight64, dout64 = (a.astype(np.float64) for a in (inp, weight, dout))

    out = ops.forward("linear", inp, weight, bias)
    sizes = np.abs(inp64) @ np.abs(weight64).T + np.abs(bias)
    tolerances.LINEAR.check(largest(out - (inp64 @ weight64.T + bias), sizes), "out")

    dinp, dweight, dbias = ops.backward("linear", dout, inp, weight, bias)
    sizes = np.abs(dout64) @ np.abs(weight64)
    tolerances.LINEAR.check(largest(dinp - dout64 @ weight64, sizes), "dinp")
    sizes = np.abs(dout64).T @ np.abs(inp64)
    tolerances.LINEAR.check(largest(dweight - dout64.T @ inp64, sizes), "dweight")
    sizes = np.abs(dout64).sum(axis=0)
    tolerances.LINEAR.check(largest(dbias - dout64.sum(axis=0), sizes), "dbias")


# --- matrix product and fold, in C --------------------------------------------


@pytest.mark.parametrize("start", ["zero", "bias", "add"])
@pytest.mark.parametrize("transposed", [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize(
    ("M", "N", "K"), [(1, 1, 1), (27, 48, 30), (300, 70, 260), (5, 33, 600), (13, 512, 20)]
)
def test_matmul_of_strided_matrices(
    library: Any,
    table: str,
    random: np.random.Generator,
    M: int,
    N: int,
    K: int,
    transposed: tuple[bool, bool],
    start: str,
) -> None:
    a, b, bias = normal(random, M, K), normal(random, K, N), normal(random, N)
    kept = [guarded(x.T if t else x) for x, t in zip((a, b), transposed)]
    strides = [(1, x.shape[1]) if t else (x.shape[1], 1) for x, t in zip(kept, transposed)]
    matrices = [ffi.new("matrix *", (pointer(x), *s))[0] for x, s in zip(kept, strides)]
    out = guarded(np.full((M, N + 3), np.nan))  # the last three columns are not ours
    out[:, :N] = 2 if start == "add" else np.nan
    bias_or_null = pointer(guarded(bias)) if start == "bias" else ffi.NULL
    kernels = library.kernels_find(table.encode())
    kernels.matmul(pointer(out), N + 3, *matrices, M, N, K, bias_or_null, start == "add")
    wanted = a.astype(np.float64) @ b + {"zero": 0, "bias": bias, "add": 2}[start]
    sizes = np.abs(a).astype(np.float64) @ np.abs(b) + 2
    tolerances.LINEAR.check(largest(out[:, :N] - wanted, sizes), "out")
    assert np.isnan(out[:, N:]).all()


@pytest.mark.parametrize("B", [1, 2, 129])
@pytest.mark.parametrize(("T", "V", "E", "O"), [(1, 1, 1, 1), (3, 27, 48, 65), (8, 5, 7, 3)])
def test_the_folded_layer_of_c_is_embedding_and_linear(
    library: Any,
    table: str,
    random: np.random.Generator,
    B: int,
    T: int,
    V: int,
    E: int,
    O: int,  # noqa: E741
) -> None:
    tokens = random.integers(0, V, (B, T), dtype=np.int32)
    wte, weight, bias = normal(random, V, E), normal(random, O, T * E), normal(random, O)
    dout = normal(random, B, O)
    wide = [x.astype(np.float64) for x in (wte, weight, bias)]
    expected, cache = fold_forward(tokens, *wide)
    gradients = fold_backward(dout.astype(np.float64), cache)

    kernels = library.kernels_find(table.encode())
    out, tables, dtables = (guarded(np.full(n, np.nan)) for n in ((B, O), (T, V, O), (T, V, O)))
    read = [pointer(guarded(x)) for x in (wte, weight, bias, dout)]
    sizes = (B, T, E, V, O)
    library.fold_forward(kernels, pointer(out), pointer(tables), pointer(tokens), *read[:3], *sizes)
    tolerances.FOLD.check(largest(out - expected, np.sqrt(T * E)), "out")

    written = [guarded(np.full(x.shape, np.nan)) for x in (wte, weight, bias)]
    library.fold_backward(
        kernels,
        *map(pointer, (*written, dtables)),
        read[3],
        pointer(tokens),
        *read[:2],
        *sizes,
    )
    for what, gradient, wanted in zip(("dwte", "dweight", "dbias"), written, gradients):
        tolerances.FOLD.check(largest(gradient - wanted, np.sqrt(B * O)), what)


# --- activations -------------------------------------------------------------


def all_kinds_of_floats() -> npt.NDArray[np.float32]:
    """A million of the 2**32 floats, evenly by their bits: 0, denormals, all exponents."""
    bits = np.arange(2**32 // 4099, dtype=np.uint32) * np.uint32(4099)
    floats = bits.view(np.float32)
    special = np.array([-0.0, np.inf, -np.inf], np.float32)
    return np.concatenate([floats[~np.isnan(floats)], special])


def dense_floats() -> npt.NDArray[np.float32]:
    """Where tanh bends."""
    return np.linspace(-10, 10, 1_000_001, dtype=np.float32)


def gelu64(x: Float64s) -> Float64s:
    """x times the logistic function of 2u: the same as x/2 (1 + tanh(u))."""
    return x * np.exp(-np.logaddexp(0, -2 * _u(x)))


def gelu_slope64(x: Float64s) -> Float64s:
    s = np.exp(-np.logaddexp(0, -2 * _u(x)))
    du = np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x**2)
    slope: Float64s = s + x * s * (1 - s) * 2 * du
    return slope


def _u(x: Float64s) -> Float64s:
    u: Float64s = np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)
    return u


@pytest.mark.parametrize("floats", [all_kinds_of_floats, dense_floats])
def test_tanh_is_right_to_the_last_places(ops: Any, floats: Callable[[], Array]) -> None:
    x = floats()
    expected = np.tanh(x.astype(np.float64))
    ulps = (ops.forward("tanh", x) - expected) / np.spacing(np.abs(expected.astype(np.float32)))
    tolerances.TANH_ULPS.check(largest(ulps))


def test_tanh_never_leaves_minus_1_to_1(ops: Any) -> None:
    assert np.abs(ops.forward("tanh", all_kinds_of_floats())).max() == 1


def test_tanh_of_nan_is_nan(ops: Any) -> None:
    x = np.full(20, 0.5, np.float32)
    x[13] = np.nan
    assert np.flatnonzero(np.isnan(ops.forward("tanh", x))).tolist() == [13]


@pytest.mark.parametrize("n", LENGTHS)
def test_tanh_backward(ops: Any, random: np.random.Generator, n: int) -> None:
    inp, dout = 2 * normal(random, n), normal(random, n)
    (dinp,) = ops.backward("tanh", dout, inp)
    expected = dout / np.cosh(inp.astype(np.float64)) ** 2
    tolerances.TANH_BACKWARD.check(largest(dinp - expected, np.abs(dout)))


@pytest.mark.parametrize("n", LENGTHS)
def test_gelu_of_any_length(ops: Any, random: np.random.Generator, n: int) -> None:
    inp, dout = 2 * normal(random, n), normal(random, n)
    x = inp.astype(np.float64)
    tolerances.GELU.check(largest(ops.forward("gelu", inp) - gelu64(x), np.abs(x)))
    (dinp,) = ops.backward("gelu", dout, inp)
    tolerances.GELU_BACKWARD.check(largest(dinp - dout * gelu_slope64(x), np.abs(dout)))


@pytest.mark.parametrize("limit", [10, 1e4])
def test_gelu_over_a_dense_range(ops: Any, limit: float) -> None:
    inp = np.linspace(-limit, limit, 200_000, dtype=np.float32)  # an even number: without 0
    x = inp.astype(np.float64)
    tolerances.GELU.check(largest(ops.forward("gelu", inp) - gelu64(x), np.abs(x)))
    (dinp,) = ops.backward("gelu", np.ones_like(inp), inp)
    tolerances.GELU_BACKWARD.check(largest(dinp - gelu_slope64(x)))


def test_gelu_of_zero_is_zero_with_slope_one_half(ops: Any) -> None:
    zeros = np.array([0.0, -0.0], np.float32)
    assert ops.forward("gelu", zeros).tolist() == [0, 0]
    assert ops.backward("gelu", np.ones_like(zeros), zeros)[0].tolist() == [0.5, 0.5]


# --- dropout -------------------------------------------------------------------


def kept(p: float, key: int, n: int) -> Array:
    """What is kept of the numbers 0 … n-1: test_rng.py looks at the bits."""
    return bits(key, n) >= int(p * 2**32)


@pytest.mark.parametrize("p", [0.0, 0.3, 0.5, 0.999, 1 - 2**-53])
@pytest.mark.parametrize("n", LENGTHS)
def test_dropout(ops: Any, random: np.random.Generator, n: int, p: float) -> None:
    inp, dout = normal(random, n), normal(random, n)
    keep, scale = kept(p, 0xC0FFEE, n), np.float32(1 / (1 - p))
    out, dinp = ops.dropout(inp, dout, p, 0xC0FFEE)
    assert out.tolist() == np.where(keep, inp * scale, 0).tolist()
    assert dinp.tolist() == np.where(keep, dout * scale, 0).tolist()


@pytest.mark.parametrize("first", [1, 15, 64, 1000, 2**28 - 100, 2**32 - 50])
def test_a_part_of_a_dropout_goes_on_where_the_part_before_it_ends(
    library: Any, table: str, random: np.random.Generator, first: int
) -> None:
    inp, dout = normal(random, 100), normal(random, 100)
    numbers = [(first + n) % 2**32 for n in range(100)]
    keep = np.array([library.rng_bits(7, n) for n in numbers]) >= int(0.3 * 2**32)
    out, dinp = COperations(library, table).dropout(inp, dout, 0.3, 7, first)
    assert ((out != 0) == keep).all()
    assert ((dinp != 0) == keep).all()


def test_dropout_keeps_the_mean(random: np.random.Generator) -> None:
    out, _ = ops_numpy.dropout_forward(np.ones(2**20), 0.3, 5)
    assert abs(out.mean() - 1) < 4 * np.sqrt(0.3 / 0.7 / 2**20)


# --- softmax and cross-entropy -----------------------------------------------


def softmax64(logits: Array) -> Float64s:
    x: Float64s = logits.astype(np.float64)
    return np.exp(x - np.logaddexp.reduce(x, axis=1, keepdims=True))


def losses64(logits: Array, targets: Array) -> Array:
    x = logits.astype(np.float64)
    losses: Array = np.logaddexp.reduce(x, axis=1) - x[np.arange(len(x)), targets]
    return losses


@pytest.mark.parametrize("B", BATCHES)
@pytest.mark.parametrize("V", [1, 2, 27, 33])
def test_softmax_and_cross_entropy(ops: Any, random: np.random.Generator, B: int, V: int) -> None:
    logits = 5 * normal(random, B, V)
    targets = random.integers(0, V, B, dtype=np.int32)
    tolerances.SOFTMAX.check(largest(ops.forward("softmax", logits) - softmax64(logits)))

    losses, probs = ops.cross_entropy(logits, targets)
    assert losses.shape == (B,)
    size = 1 + np.abs(logits).max(axis=1)
    tolerances.CROSS_ENTROPY.check(largest(losses - losses64(logits, targets), size))
    tolerances.SOFTMAX.check(largest(probs - softmax64(logits)), "probs")

    dlogits = ops.cross_entropy_backward(logits, targets)
    expected = (softmax64(logits) - np.eye(V)[targets]) / B
    tolerances.CROSS_ENTROPY_BACKWARD.check(largest(dlogits - expected) * B)


def extreme_logits() -> Iterator[Any]:
    V = 27
    rows = {
        "one far above": np.eye(V)[4] * 1e4,
        "one far below": -np.eye(V)[4] * 1e4,
        "from -1e4 to 1e4": np.linspace(-1e4, 1e4, V),
        "all 1e4": np.full(V, 1e4),
        "all -1e4": np.full(V, -1e4),
        "all 0": np.zeros(V),
        "two at the top": np.where(np.arange(V) < 2, 1e4, -1e4),
        "beyond the range of exp": np.linspace(0, 200, V),
    }
    for name, row in rows.items():
        yield pytest.param(np.tile(row, (V, 1)).astype(np.float32), id=name)


@pytest.mark.parametrize("logits", list(extreme_logits()))
def test_extreme_logits_have_finite_and_right_losses(ops: Any, logits: Array) -> None:
    targets = np.arange(27, dtype=np.int32)  # each token is the target of one row
    losses, probs = ops.cross_entropy(logits, targets)
    size = 1 + np.abs(logits).max()
    tolerances.CROSS_ENTROPY.check(largest(losses - losses64(logits, targets)) / size)
    for p in (probs, ops.forward("softmax", logits)):
        tolerances.SOFTMAX.check(largest(p - softmax64(logits)))
        tolerances.SOFTMAX.check(largest(p.sum(axis=1, dtype=np.float64) - 1), "sum")
        assert (p >= 0).all()


def test_equal_logits_cost_the_logarithm_of_v(ops: Any) -> None:
    targets = np.array([0, 26], np.int32)
    losses, probs = ops.cross_entropy(np.full((2, 27), 1e4, np.float32), targets)
    np.testing.assert_allclose(losses, np.log(27), rtol=2e-7)
    np.testing.assert_allclose(probs, 1 / 27, rtol=1e-7)


def test_exp_inside_softmax_is_right_to_the_last_places(ops: Any) -> None:
    x = np.linspace(-86, 0, 200_001, dtype=np.float32)
    logits = np.stack([np.zeros_like(x), x], axis=1)
    expected = softmax64(logits)[:, 1]
    targets = np.zeros(len(x), np.int32)
    probs = ops.cross_entropy(logits, targets)[1][:, 1]
    tolerances.EXP.check(largest(probs - expected, expected))
    tolerances.EXP.check(largest(ops.forward("softmax", logits)[:, 1] - expected, expected))


# --- NumPy's manners ---------------------------------------------------------


def test_numpy_backward_returns_fresh_arrays_and_leaves_its_cache_alone(
    random: np.random.Generator,
) -> None:
    inp = random.integers(0, 4, (5, 2), dtype=np.int32)
    caches: dict[str, tuple[Array, Any]] = {
        "embedding": ops_numpy.embedding_forward(inp, normal(random, 4, 3)),
        "linear": ops_numpy.linear_forward(
            normal(random, 5, 4), normal(random, 3, 4), normal(random, 3)
        ),
        "fold": fold_forward(inp, normal(random, 4, 3), normal(random, 7, 6), normal(random, 7)),
    }
    caches["dropout"] = ops_numpy.dropout_forward(normal(random, 5, 3), 0.5, 1)
    for name in ACTIVATIONS:
        caches[name] = getattr(ops_numpy, f"{name}_forward")(normal(random, 5, 3))
    for name, (out, cache) in caches.items():
        kept = cache if isinstance(cache, tuple) else (cache,)
        before = [array.tobytes() for array in kept]
        dout = np.ones_like(out)
        backward = fold_backward if name == "fold" else getattr(ops_numpy, f"{name}_backward")
        gradients = backward(dout, cache)
        for gradient in gradients if isinstance(gradients, tuple) else (gradients,):
            assert not any(np.shares_memory(gradient, array) for array in (*kept, dout))
        assert before == [array.tobytes() for array in kept]
    _, cache = ops_numpy.cross_entropy_forward(normal(random, 5, 4), inp[:, 0])
    before = [array.tobytes() for array in cache]
    assert not np.shares_memory(ops_numpy.cross_entropy_backward(cache), cache[0])
    assert before == [array.tobytes() for array in cache]


def test_numpy_backward_writes_where_out_says(random: np.random.Generator) -> None:
    inp = random.integers(0, 4, (5, 2), dtype=np.int32)
    wte, weight, bias = normal(random, 4, 3), normal(random, 7, 6), normal(random, 7)
    out, cache = ops_numpy.embedding_forward(inp, wte)
    wanted = ops_numpy.embedding_backward(out, cache)
    place = np.full_like(wanted, np.nan)
    assert ops_numpy.embedding_backward(out, cache, place) is place
    assert place.tolist() == wanted.tolist()

    _, linear = ops_numpy.linear_forward(normal(random, 5, 6), weight, bias)
    _, folded = fold_forward(inp, wte, weight, bias)
    dout = normal(random, 5, 7)
    for backward, kept in ((ops_numpy.linear_backward, linear), (fold_backward, folded)):
        expected: Any = backward(dout, kept)
        places = tuple(np.full_like(gradient, np.nan) for gradient in expected)
        results = backward(dout, kept, places)
        for result, there, gradient in zip(results, places, expected):
            assert result is there
            assert there.tolist() == gradient.tolist()


@pytest.mark.parametrize("B", [1, 2, 129])
@pytest.mark.parametrize(("T", "V", "E", "H"), [(1, 1, 1, 1), (3, 27, 48, 65), (8, 5, 7, 3)])
def test_the_folded_layer_is_embedding_and_linear(
    random: np.random.Generator, B: int, T: int, V: int, E: int, H: int
) -> None:
    tokens = random.integers(0, V, (B, T), dtype=np.int32)
    shapes = ((V, E), (H, T * E), (H,))
    wte, weight, bias = (random.standard_normal(shape) for shape in shapes)
    embedded, wte_cache = ops_numpy.embedding_forward(tokens, wte)
    pre, cache = ops_numpy.linear_forward(embedded.reshape(B, -1), weight, bias)
    folded, fold_cache = fold_forward(tokens, wte, weight, bias)
    tolerances.FOLD_FLOAT64.check(largest(folded - pre, 1 + largest(pre)), "out")

    dout = random.standard_normal((B, H))
    dx, *expected = ops_numpy.linear_backward(dout, cache)
    dwte = ops_numpy.embedding_backward(dx.reshape(embedded.shape), wte_cache)
    gradients = fold_backward(dout, fold_cache)
    for what, gradient, wanted in zip(("wte", "weight", "bias"), gradients, (dwte, *expected)):
        assert gradient.shape == wanted.shape
        tolerances.FOLD_FLOAT64.check(largest(gradient - wanted, 1 + largest(wanted)), what)


# --- gradient checks ---------------------------------------------------------


def directional_error(
    loss: Callable[[Array], float], gradient: Array, at: Array, random: np.random.Generator
) -> float:
    """The relative error of a gradient along a random direction, by central difference."""
    direction = random.standard_normal(at.shape)
    h = 1e-5
    numeric = (loss(at + h * direction) - loss(at - h * direction)) / (2 * h)
    analytic = float((gradient * direction).sum())
    return abs(numeric - analytic) / (abs(numeric) + abs(analytic))


B64, T64, V64, E64, I64, O64 = 6, 3, 5, 4, 7, 8


def float64_operations() -> Iterator[Any]:
    """Each operation: its inputs' shapes, forward of float64 inputs, and their gradients."""
    inp = np.random.default_rng(0).integers(0, V64, (B64, T64), dtype=np.int32)
    targets = np.random.default_rng(1).integers(0, V64, B64, dtype=np.int32)
    yield pytest.param(
        [(V64, E64)],
        lambda weight: ops_numpy.embedding_forward(inp, weight),
        lambda dout, cache: (ops_numpy.embedding_backward(dout, cache),),
        id="embedding",
    )
    yield pytest.param(
        [(B64, I64), (O64, I64), (O64,)],
        ops_numpy.linear_forward,
        ops_numpy.linear_backward,
        id="linear",
    )
    yield pytest.param(
        [(V64, E64), (O64, T64 * E64), (O64,)],
        lambda *tensors: fold_forward(inp, *tensors),
        fold_backward,
        id="fold",
    )
    yield pytest.param(
        [(B64, I64)],
        lambda inp: ops_numpy.dropout_forward(inp, 0.3, 3),
        lambda dout, mask: (ops_numpy.dropout_backward(dout, mask),),
        id="dropout",
    )
    for name in ACTIVATIONS:
        backward = getattr(ops_numpy, f"{name}_backward")
        yield pytest.param(
            [(B64, I64)],
            getattr(ops_numpy, f"{name}_forward"),
            lambda dout, cache, backward=backward: (backward(dout, cache),),
            id=name,
        )
    yield pytest.param(
        [(B64, V64)],
        lambda logits: _mean(*ops_numpy.cross_entropy_forward(logits, targets)),
        lambda dout, cache: (dout * ops_numpy.cross_entropy_backward(cache),),
        id="cross_entropy",
    )


def _mean(losses: Array, cache: Any) -> tuple[Array, Any]:
    return losses.mean(), cache


@pytest.mark.parametrize(("shapes", "forward", "backward"), list(float64_operations()))
def test_directional_gradients_of_each_operation(
    shapes: list[tuple[int, ...]],
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    random: np.random.Generator,
) -> None:
    inputs = [random.standard_normal(shape) for shape in shapes]
    out, cache = forward(*inputs)
    dout = random.standard_normal(np.shape(out))
    gradients = backward(dout, cache)
    assert len(gradients) == len(inputs)
    for i, (gradient, inp) in enumerate(zip(gradients, inputs)):

        def loss(x: Array, i: int = i) -> float:
            return float((forward(*inputs[:i], x, *inputs[i + 1 :])[0] * dout).sum())

        assert gradient.shape == inp.shape
        error = directional_error(loss, gradient, inp, random)
        tolerances.DIRECTIONAL_OPS.check(error, f"input {i}")


SMALL = [
    pytest.param(layers, activation, id=f"{layers}-{activation}")
    for layers in (1, 3)
    for activation in ACTIVATIONS
]


DROPOUT = [
    pytest.param(dropout, input_dropout, id=f"{dropout}-{input_dropout}")
    for dropout, input_dropout in ((0.0, 0.0), (0.5, 0.0), (0.0, 0.3), (0.5, 0.3))
]
STREAM = 12345  # of the masks


def small_model(layers: int, activation: str, *shares: float) -> tuple[ModelConfig, Any]:
    sizes = {"vocab": 6, "context": 3, "embedding": 4, "hidden": 9, "layers": layers}
    dropout = dict(zip(("dropout", "input_dropout"), shares))
    config = ModelConfig(**sizes, activation=activation, **dropout)
    return config, initial_weights(config, RNG(2))


def small_batch(config: ModelConfig, random: np.random.Generator, B: int) -> tuple[Array, Array]:
    inputs = random.integers(0, config.vocab, (B, config.context), dtype=np.int32)
    return inputs, random.integers(0, config.vocab, B, dtype=np.int32)


@pytest.mark.parametrize("kind", [MLP, FoldedMLP], ids=["unfolded", "folded"])
@pytest.mark.parametrize(("dropout", "input_dropout"), DROPOUT)
@pytest.mark.parametrize(("layers", "activation"), SMALL)
def test_directional_gradients_of_the_numpy_model(
    random: np.random.Generator,
    layers: int,
    activation: str,
    dropout: float,
    input_dropout: float,
    kind: type[MLP],
) -> None:
    if kind is FoldedMLP:
        input_dropout = 0.0  # it has none
    config, weights = small_model(layers, activation, dropout, input_dropout)
    model = kind(config, {name: w.astype(np.float64) for name, w in weights.items()})
    inputs, targets = small_batch(config, random, 13)
    model.forward(inputs, targets, STREAM)
    model.backward()
    for name, param in model.params.items():
        at = param.copy()

        def loss(x: Array, param: Array = param) -> float:
            param[...] = x
            return model.forward(inputs, targets, STREAM)

        error = directional_error(loss, model.grads[name], at, random)
        param[...] = at
        tolerances.DIRECTIONAL_MODEL.check(error, name)


@pytest.mark.parametrize("kind", ["MLP", "MLP with dropout", "MLPRaw"])
@pytest.mark.parametrize(("layers", "activation"), SMALL)
def test_gradcheck_of_the_torch_models(
    random: np.random.Generator, kind: str, layers: int, activation: str
) -> None:
    shares = (0.5, 0.3) if kind == "MLP with dropout" else (0.0, 0.0)
    config, arrays = small_model(layers, activation, *shares)
    weights = {name: torch.from_numpy(w).double() for name, w in arrays.items()}
    inputs, targets = (torch.from_numpy(a).long() for a in small_batch(config, random, 5))
    raw = MLPRaw(config, weights)
    module = TorchMLP(config).double()
    init_weights(module, weights)
    set_keys(module, STREAM)

    def loss(*tensors: torch.Tensor) -> Any:
        params = dict(zip(weights, tensors))
        if kind != "MLPRaw":
            logits = torch.func.functional_call(module, params, inputs)
            return torch.nn.functional.cross_entropy(logits, targets)
        raw.params = params
        return raw.loss(inputs, targets)

    params = [weight.clone().requires_grad_() for weight in weights.values()]
    assert torch.autograd.gradcheck(loss, params)


@pytest.mark.parametrize("batch", [1, 13, 129])
@pytest.mark.parametrize(("dropout", "input_dropout"), DROPOUT)
@pytest.mark.parametrize(("layers", "activation"), SMALL)
def test_gradients_of_c_are_those_of_float64(
    table: str,
    random: np.random.Generator,
    layers: int,
    activation: str,
    dropout: float,
    input_dropout: float,
    batch: int,
) -> None:
    sizes = {"context": 3, "embedding": 7, "hidden": 33, "layers": layers}
    shares = {"dropout": dropout, "input_dropout": input_dropout}
    config = ModelConfig(**sizes, activation=activation, **shares)
    inputs, targets = small_batch(config, random, batch)
    loss = ffi.new("float *")
    for fold in (False, True) if input_dropout == 0 else (False,):
        c = CBackend(config, TrainingConfig(batch=batch), kernels=table, fold=fold)
        exact = MLP(config, {name: w.astype(np.float64) for name, w in c.params().items()})
        read = pointer(inputs), pointer(targets), batch
        for _ in range(2):  # the second time from zero again, not on top of the first
            assert c.lib.mlp_model_forward_train(c.model, *read, STREAM, loss) == 0
            c.lib.mlp_model_backward(c.model)
            c.lib.mlp_model_backward(c.model)  # once more, of the same forward
        tolerances.CROSS_ENTROPY.check(abs(loss[0] - exact.forward(inputs, targets, STREAM)))
        exact.backward()
        for name, gradient in c.grads().items():
            wanted = exact.grads[name]
            tolerances.GRADIENTS_C.check(largest(gradient - wanted) / largest(wanted), name)


@pytest.mark.parametrize(("embedding", "hidden"), [(400, 2), (1, 1200)])
def test_dropout_has_room_for_the_larger_of_input_and_hidden_layer(
    random: np.random.Generator, embedding: int, hidden: int
) -> None:
    shares = {"dropout": 0.5, "input_dropout": 0.3}
    config = ModelConfig(embedding=embedding, hidden=hidden, **shares)
    training = TrainingConfig(batch=100)
    inputs, targets = small_batch(config, random, training.batch)
    c, exact = create("c", config, training), create("numpy", config, training, dtype="float64")
    losses = [backend.step(inputs, targets, 1e-3) for backend in (c, exact)]
    tolerances.CROSS_ENTROPY.check(abs(losses[0] - losses[1]))
    for name, gradient in c.grads().items():
        wanted = exact.grads()[name]
        tolerances.GRADIENTS_C.check(largest(gradient - wanted) / largest(wanted), name)


def test_fold_is_another_sum_and_backward_goes_the_way_that_forward_went(
    random: np.random.Generator,
) -> None:
    config = ModelConfig(context=3, embedding=7, hidden=33)
    inputs, targets = small_batch(config, random, 129)
    plain, folded = (CBackend(config, TrainingConfig(batch=129), fold=on) for on in (False, True))
    grads = []
    for backend, switch in ((plain, 0), (plain, 1), (folded, 1), (folded, 0)):
        backend.loss(inputs, targets)
        backend.lib.mlp_model_fold(backend.model, switch)  # from the next forward on
        backend.lib.mlp_model_backward(backend.model)
        grads.append(backend.grads()["hidden.0.weight"].copy())
        backend.lib.mlp_model_fold(backend.model, backend is folded)
    assert (grads[0] == grads[1]).all()
    assert (grads[2] == grads[3]).all()
    assert (grads[0] != grads[2]).any()
