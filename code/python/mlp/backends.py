"""The three implementations behind one small interface, for the training loop.

A backend holds a model and its optimizer. Arrays that go in and out are NumPy's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from mlp.adamw_numpy import AdamW
from mlp.buffers import flat_zeros, views
from mlp.clib import check, ffi, library
from mlp.config import MAX_PARAMS, ModelConfig, TrainingConfig
from mlp.corpus import Tokens
from mlp.errors import MLPError
from mlp.init import initial_weights
from mlp.model_numpy import MLP as NumPyMLP
from mlp.model_torch import MLP as TorchMLP
from mlp.model_torch import init_weights
from mlp.ops_numpy import Array, softmax_forward
from mlp.rng import RNG

Tensors = dict[str, Array]


class Backend(Protocol):
    """A model in training, whatever it is written in."""

    def loss(self, inputs: Tokens, targets: Tokens) -> float:
        """Return the mean loss, in nats, of inputs (B,T) and targets (B,)."""

    def step(self, inputs: Tokens, targets: Tokens, learning_rate: float) -> float:
        """Do forward, backward and update on one batch; return its loss before the update."""

    def logits(self, inputs: Tokens) -> Array:
        """Return the logits (B,V) of inputs (B,T)."""

    def params(self) -> Tensors:
        """Return the parameters by name, not copied where that can be avoided."""

    def grads(self) -> Tensors:
        """Return the gradients of the last step by name."""

    def moments(self) -> tuple[Tensors, Tensors]:
        """Return AdamW's m and v by name."""

    def load(self, params: Tensors, m: Tensors, v: Tensors, steps: int) -> None:
        """Take over a state in which `steps` updates were done."""


class CBackend:
    """The C library."""

    def __init__(
        self,
        config: ModelConfig,
        training: TrainingConfig,
        kernels: str = "auto",
        fold: bool = False,
    ):
        """`kernels` is a name of mlp_model_kernels in mlp.h, `fold` is its mlp_model_fold."""
        self.lib = library()
        self.config = config
        self.weight_decay = training.weight_decay
        self.steps = 0
        activation = {"tanh": self.lib.MLP_TANH, "gelu": self.lib.MLP_GELU}[config.activation]
        sizes = (config.vocab, config.context, config.embedding, config.hidden, config.layers)
        out = ffi.new("mlp_model **")
        settings = ffi.new("mlp_config *", (*sizes, activation))
        check(self.lib.mlp_model_create(out, settings, training.batch), "model")
        self.model = ffi.gc(out[0], self.lib.mlp_model_free)
        check(self.lib.mlp_model_kernels(self.model, kernels.encode()), f"kernels {kernels!r}")
        check(self.lib.mlp_model_fold(self.model, fold), "fold")
        self.lib.mlp_model_init(self.model, ffi.new("uint64_t *", training.seed))
        self.flat_params = self._array(self.lib.mlp_model_params(self.model))
        self.flat_grads = self._array(self.lib.mlp_model_grads(self.model))
        self.m = flat_zeros(config.size, np.float32)
        self.v = flat_zeros(config.size, np.float32)

    def _array(self, pointer: Any) -> Array:
        # An array keeps its pointer, and the pointer's destructor the model, alive.
        pointer = ffi.gc(pointer, lambda _, model=self.model: None)
        return np.frombuffer(ffi.buffer(pointer, 4 * self.config.size), np.float32)

    def loss(self, inputs: Tokens, targets: Tokens) -> float:
        loss = ffi.new("float *")
        self._forward(inputs, _pointer("int[]", targets), loss)
        return float(loss[0])

    def step(self, inputs: Tokens, targets: Tokens, learning_rate: float) -> float:
        loss = self.loss(inputs, targets)
        self.lib.mlp_model_backward(self.model)
        self.steps += 1
        moments = (_pointer("float[]", self.m), _pointer("float[]", self.v))
        self.lib.mlp_model_update(
            self.model, *moments, self.steps, learning_rate, self.weight_decay
        )
        return loss

    def logits(self, inputs: Tokens) -> Array:
        self._forward(inputs, ffi.NULL, ffi.NULL)
        n = len(inputs) * self.config.vocab
        buffer = ffi.buffer(self.lib.mlp_model_logits(self.model), 4 * n)
        return np.frombuffer(buffer, np.float32).reshape(len(inputs), -1).copy()

    def _forward(self, inputs: Tokens, targets: Any, loss: Any) -> None:
        code = self.lib.mlp_model_forward(
            self.model, _pointer("int[]", inputs), targets, len(inputs), loss
        )
        check(code, "forward")

    def params(self) -> Tensors:
        return views(self.flat_params, self.config)

    def grads(self) -> Tensors:
        return views(self.flat_grads, self.config)

    def moments(self) -> tuple[Tensors, Tensors]:
        return views(self.m, self.config), views(self.v, self.config)

    def load(self, params: Tensors, m: Tensors, v: Tensors, steps: int) -> None:
        for flat, tensors in ((self.flat_params, params), (self.m, m), (self.v, v)):
            _fill(views(flat, self.config), tensors)
        self.steps = steps


class NumPyBackend:
    """NumPy, both passes by hand."""

    def __init__(
        self,
        config: ModelConfig,
        training: TrainingConfig,
        dtype: str = "float32",
        fold: bool = False,
    ):
        weights = initial_weights(config, RNG(training.seed))
        self.model = NumPyMLP(config, {n: w.astype(dtype) for n, w in weights.items()}, fold)
        self.optimizer = AdamW(self.model.flat_params, training.weight_decay)

    def loss(self, inputs: Tokens, targets: Tokens) -> float:
        return self.model.forward(inputs, targets)

    def step(self, inputs: Tokens, targets: Tokens, learning_rate: float) -> float:
        loss = self.model.forward(inputs, targets)
        self.model.backward()
        self.optimizer.update(self.model.flat_grads, learning_rate)
        return loss

    def logits(self, inputs: Tokens) -> Array:
        return self.model.logits(inputs)

    def params(self) -> Tensors:
        return self.model.params

    def grads(self) -> Tensors:
        return self.model.grads

    def moments(self) -> tuple[Tensors, Tensors]:
        config = self.model.config
        return views(self.optimizer.m, config), views(self.optimizer.v, config)

    def load(self, params: Tensors, m: Tensors, v: Tensors, steps: int) -> None:
        for here, tensors in zip((self.params(), *self.moments()), (params, m, v)):
            _fill(here, tensors)
        self.optimizer.step = steps


class TorchBackend:
    """PyTorch: autograd writes the backward pass, torch.optim has the optimizer."""

    def __init__(
        self,
        config: ModelConfig,
        training: TrainingConfig,
        dtype: str = "float32",
        device: str = "cpu",
    ):
        """MLPError if there is no such device."""
        try:
            self.device = torch.device(device)
            torch.zeros((), device=device).item()
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            reason = str(error).splitlines()[0].split(". ")[0]
            raise MLPError(f"device {device!r}: {reason}") from error
        weights = initial_weights(config, RNG(training.seed))
        self.model = TorchMLP(config).to(self.device, getattr(torch, dtype))
        init_weights(self.model, {n: torch.from_numpy(w) for n, w in weights.items()})
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), weight_decay=training.weight_decay
        )

    def loss(self, inputs: Tokens, targets: Tokens) -> float:
        with torch.inference_mode():
            return self.model.loss(self._tensor(inputs), self._tensor(targets)).item()

    def step(self, inputs: Tokens, targets: Tokens, learning_rate: float) -> float:
        self.optimizer.param_groups[0]["lr"] = learning_rate
        self.optimizer.zero_grad()
        loss = self.model.loss(self._tensor(inputs), self._tensor(targets))
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return loss.item()

    def logits(self, inputs: Tokens) -> Array:
        with torch.inference_mode():
            return _numpy(self.model(self._tensor(inputs)))

    def _tensor(self, tokens: Tokens) -> torch.Tensor:
        return torch.from_numpy(tokens).to(self.device, torch.int64)

    def params(self) -> Tensors:
        return {name: _numpy(p) for name, p in self.model.named_parameters()}

    def grads(self) -> Tensors:
        return {name: _numpy(p.grad) for name, p in self.model.named_parameters()}

    def moments(self) -> tuple[Tensors, Tensors]:
        state = self.optimizer.state
        if not state:  # before the first step torch has no moments yet
            zeros = {name: np.zeros_like(p) for name, p in self.params().items()}
            return zeros, zeros
        named = list(self.model.named_parameters())
        return (
            {name: _numpy(state[p]["exp_avg"]) for name, p in named},
            {name: _numpy(state[p]["exp_avg_sq"]) for name, p in named},
        )

    def load(self, params: Tensors, m: Tensors, v: Tensors, steps: int) -> None:
        init_weights(self.model, {n: torch.from_numpy(w) for n, w in params.items()})
        if steps == 0:
            return
        for name, p in self.model.named_parameters():
            self.optimizer.state[p] = {
                "step": torch.tensor(float(steps)),
                "exp_avg": torch.from_numpy(m[name].copy()).to(p),
                "exp_avg_sq": torch.from_numpy(v[name].copy()).to(p),
            }


BACKENDS = ("c", "numpy", "torch")


def create(
    name: str,
    config: ModelConfig,
    training: TrainingConfig,
    *,
    dtype: str = "float32",
    device: str = "cpu",
    fold: bool = False,
) -> Backend:
    """Create a backend with its initial weights drawn; MLPError if it cannot do what is asked."""
    inputs = config.context * config.embedding
    activations = training.batch * (inputs + 2 * config.layers * config.hidden + config.vocab)
    if activations > MAX_PARAMS:  # as in config.c
        raise MLPError(f"{activations:,} activations of a batch: the limit is {MAX_PARAMS:,}")
    if name not in BACKENDS:
        raise MLPError(f"backend {name!r}: must be one of {', '.join(BACKENDS)}")
    if device != "cpu" and name != "torch":
        raise MLPError(f"device {device!r}: only the backend torch has devices")
    if dtype != "float32" and name == "c":
        raise MLPError(f"dtype {dtype!r}: the C library computes in float32")
    if fold and name == "torch":
        raise MLPError("fold: only the backends c and numpy have it")
    tables = config.context * config.vocab * config.hidden
    if fold and tables > MAX_PARAMS:  # as in model.c
        raise MLPError(f"fold: its tables have {tables:,} numbers: the limit is {MAX_PARAMS:,}")
    if name == "c":
        return CBackend(config, training, fold=fold)
    if name == "numpy":
        return NumPyBackend(config, training, dtype, fold)
    return TorchBackend(config, training, dtype, device)


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep NumPy and PyTorch to one thread.

    Products this small gain nothing from more, and rounding stays the same with one.
    """
    with threadpool_limits(1):
        torch.set_num_threads(1)
        yield


def probabilities(backend: Backend, context: Tokens, temperature: float = 1.0) -> Array:
    """Return the probabilities (V,) of the token after `context` (T,)."""
    logits = backend.logits(context[None])
    return softmax_forward(logits / logits.dtype.type(temperature))[0]


def _pointer(kind: str, array: np.ndarray[Any, Any]) -> Any:
    return ffi.from_buffer(kind, np.ascontiguousarray(array))


def _numpy(tensor: torch.Tensor | None) -> Array:
    if tensor is None:
        raise MLPError("gradients: there are none before the first step")
    return tensor.detach().cpu().numpy()


def _fill(here: Tensors, tensors: Tensors) -> None:
    for name, tensor in tensors.items():
        here[name][...] = tensor
