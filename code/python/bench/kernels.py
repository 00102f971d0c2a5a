"""Each operation by itself, at the sizes of the preset `original`: how far is it from the limit?

Bytes are those that have to move at least: every input read once, every output written once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from rich.table import Table
from torch.nn import functional as F

from bench import flops
from bench.machine import Internals
from bench.peak import Bandwidth, Peak, aligned, rates
from bench.timing import Times, interleave, spread
from mlp.clib import pointer
from mlp.config import preset
from mlp.ops_numpy import softmax_forward

Array = np.ndarray[Any, Any]
Call = Callable[[], object]
SECONDS = 0.004  # a timing: some forty calls of the longest fast kernel


@dataclass(frozen=True)
class Kernel:
    """An operation and the arguments of its C function."""

    function: str  # of a table of kernels, of fold.c, or of the library
    arguments: tuple[Array | float, ...]
    flops: int
    torch: Call | None  # the same in PyTorch
    scratch: tuple[Array, ...] = ()  # those arguments that are neither input nor output
    both: tuple[Array, ...] = ()  # those that are both

    @property
    def bytes(self) -> int:
        arrays = [x for x in self.arguments if isinstance(x, np.ndarray)]
        return sum(x.nbytes for x in [*arrays, *self.both]) - sum(x.nbytes for x in self.scratch)


def measure(rounds: int) -> dict[str, Any]:
    """Time every kernel with every kernel set of this processor and with PyTorch."""
    internals = Internals()
    sets = internals.sets()
    peaks = {name: Peak(name) for name in sets if name != "textbook"}
    bandwidth = Bandwidth(peaks[internals.auto()])
    kernels = all_kernels()
    calls: dict[str, Call] = {f"peak {name}": peak.fma for name, peak in peaks.items()}
    calls |= bandwidth.calls()
    for name, kernel in kernels.items():
        calls |= {
            f"{name} {s}": bind(internals, s, kernel) for s in sets if runs(internals, kernel, s)
        }
        if kernel.torch:
            calls[f"{name} torch"] = kernel.torch
    times = interleave("kernels", calls, rounds, SECONDS)
    peak_rates = {name: rates(times, f"peak {name}", peak.flops) for name, peak in peaks.items()}
    peak_rates["textbook"] = peak_rates["base"]  # compiled with its instruction set
    return {
        "rounds": rounds,
        "kernels_chosen": internals.auto(),
        "peak": {name: spread(values) for name, values in peak_rates.items()},
        "bandwidth": bandwidth.result(times),
        "kernels": {
            name: {
                "flops": kernel.flops,
                "bytes": kernel.bytes,
                "intensity": kernel.flops / kernel.bytes,
                "by": {
                    way: _row(kernel, times, f"{name} {way}", peak_rates.get(way))
                    for way in [*sets, "torch"]
                    if f"{name} {way}" in times
                },
            }
            for name, kernel in kernels.items()
        },
    }


def _row(kernel: Kernel, times: Times, name: str, peak: list[float] | None) -> dict[str, Any]:
    achieved = rates(times, name, kernel.flops)
    row: dict[str, Any] = {
        "us": spread([1e6 * time for time in times[name]]),
        "gflops": spread(achieved),
        "gbytes": spread([kernel.bytes / 1e9 / time for time in times[name]]),
    }
    if peak:
        row["of_peak"] = spread([rate / limit for rate, limit in zip(achieved, peak)])
    return row


def table(result: dict[str, Any]) -> Table:
    """Show microseconds with each kernel set, and what the chosen one reaches."""
    chosen = result["kernels_chosen"]
    ways = [*result["peak"], "torch"]
    shown = Table(
        "kernel", *ways, "FLOP/byte", "GFLOP/s", "of peak",
        title="Kernels: µs, hidden 512, batch 128, median",
        caption=f"GFLOP/s, and its part of the peak measured in the same round: {chosen}.",
    )  # fmt: skip
    for name, kernel in result["kernels"].items():
        by = kernel["by"]
        best = by.get(chosen) or by["textbook"]
        shown.add_row(
            name,
            *(f"{by[way]['us']['median']:.1f}" if way in by else "" for way in ways),
            f"{kernel['intensity']:.2f}",
            f"{best['gflops']['median']:.1f}",
            f"{best['of_peak']['median']:.0%}",
        )
    return shown


# --- calling C ---------------------------------------------------------------


def runs(internals: Internals, kernel: Kernel, kernels: str) -> bool:
    """Say whether a set has a version of its own. What exists but once counts as "textbook"."""
    return kernels == "textbook" or kernel.function in internals.fields | FOLD


def bind(internals: Internals, kernels: str, kernel: Kernel) -> Call:
    """Return a call of the kernel's C function, with its pointers made once."""
    table = internals.table(kernels)

    def argument(value: Array | float) -> Any:
        if not isinstance(value, np.ndarray):
            return value
        return pointer(value)

    arguments = [argument(value) for value in kernel.arguments]
    if kernel.function in internals.fields:
        return partial(getattr(table, kernel.function), *arguments)
    function = getattr(internals.lib, kernel.function)
    return partial(function, *([table] if kernel.function in FOLD else []), *arguments)


FOLD = {"fold_forward", "fold_backward"}  # they take the table as an argument


# --- the kernels -------------------------------------------------------------


def all_kernels() -> dict[str, Kernel]:
    """Return every kernel of a training step, and those of GELU, with random arrays."""
    config, training = preset("original")
    b, t, e = training.batch, config.context, config.embedding
    h, v = config.hidden, config.vocab
    random = np.random.default_rng(1)

    def floats(*shape: int) -> Array:
        array: Array = aligned(int(np.prod(shape))).reshape(shape)
        array[...] = random.standard_normal(shape, np.float32)
        return array

    def ints(*shape: int) -> Array:
        return random.integers(0, v, shape, np.int32)

    def linear(inputs: int, outputs: int) -> tuple[Kernel, Kernel]:
        sizes = (b, inputs, outputs)
        inp, weight, bias = floats(b, inputs), floats(outputs, inputs), floats(outputs)
        out, dout = floats(b, outputs), floats(b, outputs)
        grads = (floats(b, inputs), floats(outputs, inputs), floats(outputs))
        forward, backward = autograd(F.linear, (inp, weight, bias), dout)
        n = flops.linear_forward(*sizes), flops.linear_backward(*sizes)
        return (
            Kernel("linear_forward", (out, inp, weight, bias, *sizes), n[0], forward),
            Kernel("linear_backward", (*grads, dout, inp, weight, *sizes), n[1], backward),
        )

    def activation(name: str, function: Any, costs: tuple[int, int]) -> tuple[Kernel, Kernel]:
        inp, out, dout, dinp = (floats(b, h) for _ in range(4))
        out[...] = np.tanh(inp)  # what the backward pass of tanh keeps
        forward, backward = autograd(function, (inp,), dout)
        kept = out if name == "tanh" else inp
        return (
            Kernel(f"{name}_forward", (out, inp, out.size), costs[0] * out.size, forward),
            Kernel(f"{name}_backward", (dinp, dout, kept, out.size), costs[1] * out.size, backward),
        )

    def embedding() -> tuple[Kernel, Kernel]:
        out, ids = floats(b, t, e), torch.from_numpy(tokens)
        forward, backward = autograd(lambda weight: F.embedding(ids, weight), (wte,), out)
        return (
            Kernel("embedding_forward", (out, tokens, wte, b, t, e), 0, forward),
            Kernel("embedding_backward", (dwte, out, tokens, b, t, e), out.size, backward),
        )

    def fold() -> tuple[Kernel, Kernel]:
        sizes = (b, t, e, v, h)
        weight, bias, tables, out = floats(h, t * e), floats(h), floats(t, v, h), floats(b, h)
        dweight, dbias, dtables, dout = floats(h, t * e), floats(h), floats(t, v, h), floats(b, h)
        return (
            Kernel("fold_forward", (out, tables, tokens, wte, weight, bias, *sizes),
                   flops.fold_forward(b, config), None, scratch=(tables,)),
            Kernel("fold_backward", (dwte, dweight, dbias, dtables, dout, tokens, wte, weight,
                   *sizes), flops.fold_backward(b, config), None, scratch=(dtables,)),
        )  # fmt: skip

    def cross_entropy() -> tuple[Kernel, Kernel]:
        targets = ints(b)
        losses, probs, logits, dlogits = floats(b), floats(b, v), floats(b, v), floats(b, v)
        probs[...] = softmax_forward(logits)  # what the backward pass keeps
        labels = torch.from_numpy(targets).long()
        forward, backward = autograd(
            lambda z: F.cross_entropy(z, labels), (logits,), np.ones((), np.float32)
        )
        return (
            Kernel("cross_entropy_forward", (losses, probs, logits, targets, b, v),
                   flops.CROSS_ENTROPY_FORWARD * logits.size, forward),
            Kernel("cross_entropy_backward", (dlogits, probs, targets, b, v),
                   flops.CROSS_ENTROPY_BACKWARD * logits.size, backward),
        )  # fmt: skip

    def adamw() -> Kernel:
        n = config.size
        params, grads, m, v = floats(n), floats(n), floats(n), np.abs(floats(n))
        return Kernel("adamw_update", (params, grads, m, v, n, 10, 1e-4, 1e-4), flops.ADAMW * n,
                      torch_adamw(n), both=(params, m, v))  # fmt: skip

    tokens, wte, dwte = ints(b, t), floats(v, e), floats(v, e)
    pairs = {
        "embedding": embedding(),
        "linear 1": linear(t * e, h),
        "linear 2": linear(h, v),
        "fold": fold(),
        "tanh": activation("tanh", torch.tanh, (flops.TANH_FORWARD, flops.TANH_BACKWARD)),
        "gelu": activation(
            "gelu", partial(F.gelu, approximate="tanh"), (flops.GELU_FORWARD, flops.GELU_BACKWARD)
        ),
        "cross-entropy": cross_entropy(),
    }
    both_ways = {
        f"{name} {way}": kernel
        for name, pair in pairs.items()
        for way, kernel in zip(("forward", "backward"), pair)
    }
    return both_ways | {"adamw": adamw()}


def autograd(
    function: Callable[..., Any], inputs: tuple[Array, ...], dout: Array
) -> tuple[Call, Call]:
    """Return PyTorch's forward, without a graph, and its backward through one kept graph."""
    tensors = [torch.from_numpy(x.copy()) for x in inputs]
    leaves = [x.clone().requires_grad_() for x in tensors]
    out, gradient = function(*leaves), torch.from_numpy(dout.copy())

    def forward() -> object:
        with torch.no_grad():
            return function(*tensors)

    return forward, lambda: torch.autograd.grad(out, leaves, gradient, retain_graph=True)


def torch_adamw(size: int) -> Call:
    """Return PyTorch's update, eager as it comes, of one flat tensor."""
    param = torch.zeros(size, requires_grad=True)
    param.grad = torch.ones(size)
    return torch.optim.AdamW([param], weight_decay=1e-4).step
