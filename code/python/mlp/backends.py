"""The three implementations behind one small interface, for the training loop.

A backend holds a model and its optimizer. Arrays that go in and out are NumPy's. Each is
imported when it is asked for: whoever trains with C or NumPy never waits for PyTorch.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Protocol

from threadpoolctl import threadpool_limits

from mlp.arrays import Array, Tensors
from mlp.config import MAX_PARAMS, ModelConfig, TrainingConfig, check_sizes
from mlp.errors import MLPError
from mlp.memory import check_memory
from mlp.tokens import Tokens

BACKENDS = {"c": "CBackend", "numpy": "NumPyBackend", "torch": "TorchBackend"}
DEFAULT_BACKEND = "c"


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


def load_backend(name: str) -> Any:
    """Import a backend, `mlp.backend_<name>`, and return its class; MLPError if there is none."""
    if name not in BACKENDS:
        raise MLPError(f"backend {name!r}: must be one of {', '.join(BACKENDS)}")
    try:
        return getattr(import_module(f"mlp.backend_{name}"), BACKENDS[name])
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise MLPError("backend 'torch': PyTorch is not installed: pip install torch") from None


def launched() -> bool:
    """Whether this process is one of those that torchrun started: see `workers.py`."""
    return "TORCHELASTIC_RUN_ID" in os.environ


def create(
    name: str,
    config: ModelConfig,
    training: TrainingConfig,
    *,
    dtype: str = "float32",
    device: str = "cpu",
    fold: bool = False,
    kernels: str = "auto",
    threads: int = 1,
    bf16: bool = False,
    compile: bool = False,
) -> Backend:
    """Create a backend with its initial weights drawn; MLPError if it cannot do what is asked."""
    check_sizes(config, training)
    check_memory(config, training)
    if fold and config.input_dropout > 0:
        raise MLPError("fold: its tables hold no embedding to drop from; it takes input dropout 0")
    tables = config.context * config.vocab * config.hidden
    if fold and tables > MAX_PARAMS:  # as in model.c
        raise MLPError(f"fold: its tables would have more than {MAX_PARAMS} numbers")
    backend = load_backend(name)
    if device != "cpu" and name != "torch":
        raise MLPError(f"device {device!r}: only the backend torch has devices")
    if dtype != "float32" and name == "c":
        raise MLPError(f"dtype {dtype!r}: the C library computes in float32")
    if kernels != "auto" and name != "c":
        raise MLPError(f"kernels {kernels!r}: only the backend c has them")
    if fold and name == "torch":
        raise MLPError("fold: only the backends c and numpy have it")
    for switch, on in {"bf16": bf16, "compile": compile}.items():
        if on and name != "torch":
            raise MLPError(f"{switch}: only the backend torch has it")
    if launched():
        if name != "torch":
            raise MLPError(f"torchrun: only the backend torch has workers, not {name}")
        backend = import_module("mlp.workers").Worker
    options: dict[str, dict[str, Any]] = {
        "c": {"fold": fold, "kernels": kernels, "threads": threads},
        "numpy": {"dtype": dtype, "fold": fold},
        "torch": {"dtype": dtype, "device": device, "bf16": bf16, "compile": compile},
    }
    if threads > 1 and name != "c":  # C has a pool of its own
        use_threads(threads)
    created: Backend = backend(config, training, **options[name])
    return created


_threads = 1


def use_threads(n: int) -> None:
    """Let NumPy and PyTorch use n threads, until `one_thread` ends."""
    threadpool_limits(n)
    _limit_torch(n)


def _limit_torch(n: int) -> None:
    global _threads
    _threads = n
    if torch := sys.modules.get("torch"):  # never loaded for this alone
        torch.set_num_threads(n)


def torch_threads() -> int:
    """Return how many threads PyTorch may use: its backend asks when it is loaded."""
    return _threads


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep NumPy and PyTorch to one thread, unless a backend is created with more.

    Products this small gain little from more, and rounding stays the same with one.
    """
    with threadpool_limits(1):
        _limit_torch(1)
        yield
