"""Ways to train the same model: every peer starts from the same weights and sees the same batches.

Ours go through the interfaces that `mlp train` uses. The others are the two formulations of the
module that this repository finishes, in our words, and the fastest that PyTorch offers.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import import_module
from typing import Any, Protocol

import numpy as np
import torch
from rich.console import Console
from torch import Tensor, nn
from torch.nn import functional as F

from bench import LABELS
from mlp.arrays import Array
from mlp.backends import create
from mlp.clib import check, ffi, library, pointer, struct
from mlp.config import ModelConfig, TrainingConfig
from mlp.corpora import Corpus
from mlp.model_torch import MLP, init_weights
from mlp.rng import RNG
from mlp.run import TRAIN_BATCHES, Run
from mlp.schedule import cosine_schedule
from mlp.tokens import Stream, Tokens
from mlp.weights import initial_weights
from mlp.windows import Windows

Losses = tuple[float, float]  # of an evaluation: the training split's, the validation split's


class Peer(Protocol):
    """A model in training."""

    per_call: int = 1  # steps that a call of `step` takes

    def step(self) -> float:
        """Train on the next batch and return its loss before the update."""

    def evaluate(self) -> Losses:
        """Return the mean loss of TRAIN_BATCHES training batches and of all validation batches."""


Create = Callable[[ModelConfig, TrainingConfig, Corpus], Peer]


# --- ours --------------------------------------------------------------------


class Ours(Peer):
    """A backend in Python's training loop."""

    def __init__(
        self, backend: str, config: ModelConfig, training: TrainingConfig, corpus: Corpus,
        fold: bool = False,
    ) -> None:  # fmt: skip
        self.run = Run(config, training, create(backend, config, training, fold=fold))
        self.train = Windows(corpus.train, config.context, training.padded)
        self.val = Windows(corpus.val, config.context, training.padded)

    def step(self) -> float:
        return self.run.train_step(self.train)

    def evaluate(self) -> Losses:
        return self.run.evaluate(self.train, TRAIN_BATCHES), self.run.evaluate(self.val)


class C(Peer):
    """The C library's own training step, with no more Python than the call."""

    def __init__(
        self, config: ModelConfig, training: TrainingConfig, corpus: Corpus,
        kernels: str = "auto", fold: bool = False, threads: int = 1, lib: Any = None,
    ) -> None:  # fmt: skip
        self.lib = lib or library()
        run = ffi.new("mlp_run **")
        code = self.lib.mlp_run_create(run, ffi.NULL, struct(config), struct(training))
        check(code, "run")
        self.run = ffi.gc(run[0], self.lib.mlp_run_free)
        check(self.lib.mlp_model_kernels(self.run.model, kernels.encode()), kernels)
        check(self.lib.mlp_model_fold(self.run.model, fold), "fold")
        check(self.lib.mlp_model_threads(self.run.model, threads), "threads")
        self.tokens = (corpus.train, corpus.val)  # the windows point into them
        self.train, self.val = (self._windows(tokens) for tokens in self.tokens)
        self.loss = ffi.new("float *")

    def _windows(self, tokens: Stream) -> Any:
        windows = ffi.new("mlp_windows *")
        context, padded = self.run.config.context, self.run.training.padded
        code = self.lib.mlp_windows_init(windows, pointer(tokens), len(tokens), context, padded)
        check(code, "windows")
        return windows

    def step(self) -> float:
        check(self.lib.mlp_run_step(self.run, self.train, self.loss), "step")
        return float(self.loss[0])

    def evaluate(self) -> Losses:
        return self._mean(self.train, TRAIN_BATCHES), self._mean(self.val, 0)

    def _mean(self, windows: Any, batches: int) -> float:
        loss = ffi.new("double *")
        batch = self.run.training.batch
        code = self.lib.mlp_model_evaluate(self.run.model, windows, batch, batches, ffi.NULL, loss)
        check(code, "evaluate")
        return float(loss[0])


# --- the original module's formulations --------------------------------------


def sliding(tokens: list[int], context: int, size: int) -> Iterator[tuple[list[Any], list[int]]]:
    """Yield batches for ever: a list of windows, and the list of tokens that follow them."""
    at = 0
    while True:
        inputs: list[list[int]] = []
        targets: list[int] = []
        while len(targets) < size:
            inputs.append(tokens[at : at + context])
            targets.append(tokens[at + context])
            at = at + 1 if at + 1 + context < len(tokens) else 0
        yield inputs, targets


class Original(Peer, ABC):
    """What its two programs have in common: lists of tokens, and a window at a time."""

    def __init__(self, config: ModelConfig, training: TrainingConfig, corpus: Corpus) -> None:
        self.config, self.training = config, training
        self.train, self.val = corpus.train.tolist(), corpus.val.tolist()
        self.batches = sliding(self.train, config.context, training.batch)
        self.steps = 0

    def rate(self) -> float:
        """Return the learning rate of the next step, and count it."""
        self.steps += 1
        return cosine_schedule(self.training.learning_rate, self.steps - 1, self.training.steps)

    def evaluate(self) -> Losses:
        return self._mean(self.train, TRAIN_BATCHES), self._mean(self.val)

    def _mean(self, tokens: list[int], limit: int | None = None) -> float:
        size = self.training.batch
        full = len(tokens) // size
        n = full if limit is None else min(full, limit)
        batches = sliding(tokens, self.config.context, size)
        return sum(self.batch_loss(*next(batches)) for _ in range(n)) / n

    @abstractmethod
    def batch_loss(self, inputs: list[Any], targets: list[int]) -> float:
        """Return the mean loss of a batch, given as lists."""


class OriginalTorch(Original):
    """nn.Embedding, nn.Sequential and AdamW, with a new pair of tensors from lists each batch."""

    class Net(nn.Module):
        def __init__(self, config: ModelConfig) -> None:
            super().__init__()
            inputs = config.context * config.embedding
            self.wte = nn.Embedding(config.vocab, config.embedding)
            self.mlp = nn.Sequential(
                nn.Linear(inputs, config.hidden),
                nn.Tanh(),
                nn.Linear(config.hidden, config.vocab),
            )

        def forward(self, inputs: Tensor, targets: Tensor) -> Tensor:
            x = self.wte(inputs)
            logits = self.mlp(x.view(len(inputs), -1))
            return F.cross_entropy(logits, targets)

    def __init__(self, config: ModelConfig, training: TrainingConfig, corpus: Corpus) -> None:
        super().__init__(config, training, corpus)
        self.net = self.Net(config)
        weights = initial_weights(config, RNG(training.seed)).values()
        self.net.load_state_dict(
            {name: torch.from_numpy(w) for name, w in zip(self.net.state_dict(), weights)}
        )
        self.optimizer = torch.optim.AdamW(
            self.net.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay
        )

    def step(self) -> float:
        rate = self.rate()
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        inputs, targets = next(self.batches)
        loss = self.net(torch.tensor(inputs), torch.tensor(targets))
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        return float(loss.item())

    @torch.inference_mode()
    def batch_loss(self, inputs: list[Any], targets: list[int]) -> float:
        return float(self.net(torch.tensor(inputs), torch.tensor(targets)).item())


class OriginalNumPy(Original):
    """Fresh arrays, a loop over the tokens for the embedding's gradient, one over the tensors."""

    def __init__(self, config: ModelConfig, training: TrainingConfig, corpus: Corpus) -> None:
        super().__init__(config, training, corpus)
        weights = initial_weights(config, RNG(training.seed)).values()
        self.params = dict(zip(("wte", "w1", "b1", "w2", "b2"), weights))
        self.m = {name: np.zeros_like(p) for name, p in self.params.items()}
        self.v = {name: np.zeros_like(p) for name, p in self.params.items()}

    def forward(self, inputs: Tokens, targets: Tokens) -> tuple[float, tuple[Array, ...]]:
        p = self.params
        x = p["wte"][inputs].reshape(len(inputs), -1)
        hidden = np.tanh(x @ p["w1"].T + p["b1"])
        logits = hidden @ p["w2"].T + p["b2"]
        exps = np.exp(logits - np.max(logits, axis=1, keepdims=True))
        probs = exps / np.sum(exps, axis=1, keepdims=True)
        loss = -np.mean(np.log(probs[np.arange(len(targets)), targets]))
        return float(loss), (x, hidden, probs)

    def backward(
        self, inputs: Tokens, targets: Tokens, kept: tuple[Array, ...]
    ) -> dict[str, Array]:
        p = self.params
        x, hidden, probs = kept
        dlogits = probs.copy()
        dlogits[np.arange(len(targets)), targets] -= 1.0
        dlogits /= len(targets)
        dpre = (dlogits @ p["w2"]) * (1.0 - hidden**2)
        dembedded = (dpre @ p["w1"]).reshape(*inputs.shape, -1)
        dwte = np.zeros_like(p["wte"])
        for row in range(inputs.shape[0]):
            for t in range(inputs.shape[1]):
                dwte[inputs[row, t]] += dembedded[row, t]
        return {
            "wte": dwte,
            "w1": dpre.T @ x,
            "b1": np.sum(dpre, axis=0),
            "w2": dlogits.T @ hidden,
            "b2": np.sum(dlogits, axis=0),
        }

    def update(self, grads: dict[str, Array], rate: float) -> None:
        beta1, beta2, eps = 0.9, 0.999, 1e-8
        for name, param in self.params.items():
            grad = grads[name]
            self.m[name] = beta1 * self.m[name] + (1 - beta1) * grad
            self.v[name] = beta2 * self.v[name] + (1 - beta2) * grad**2
            m_hat = self.m[name] / (1 - beta1**self.steps)
            v_hat = self.v[name] / (1 - beta2**self.steps)
            decayed = param * (1 - rate * self.training.weight_decay)
            self.params[name] = decayed - rate * m_hat / (np.sqrt(v_hat) + eps)

    def step(self) -> float:
        rate = self.rate()
        inputs, targets = map(np.array, next(self.batches))
        loss, kept = self.forward(inputs, targets)
        self.update(self.backward(inputs, targets, kept), rate)
        return loss

    def batch_loss(self, inputs: list[Any], targets: list[int]) -> float:
        return self.forward(np.array(inputs), np.array(targets))[0]


# --- PyTorch at its fastest --------------------------------------------------


class FusedTorch(Peer):
    """Eager, with the fused AdamW, and batches that are slices of one tensor."""

    def __init__(self, config: ModelConfig, training: TrainingConfig, corpus: Corpus) -> None:
        self.training = training
        self.model = MLP(config)
        weights = initial_weights(config, RNG(training.seed))
        init_weights(self.model, {name: torch.from_numpy(w) for name, w in weights.items()})
        self.loss: Callable[[Tensor, Tensor], Tensor] = self.model.loss
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), weight_decay=training.weight_decay, fused=True
        )
        self.train = _slices(Windows(corpus.train, config.context, training.padded), training.batch)
        self.val = _slices(Windows(corpus.val, config.context, training.padded), training.batch)
        self.full = [len(tokens) // training.batch for tokens in (corpus.train, corpus.val)]
        self.steps = 0

    def step(self) -> float:
        training = self.training
        rate = cosine_schedule(training.learning_rate, self.steps, training.steps)
        self.optimizer.param_groups[0]["lr"] = rate
        loss = self.loss(*self.train(self.steps))
        self.steps += 1
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.optimizer.zero_grad()
        return loss.item()

    @torch.no_grad()
    def evaluate(self) -> Losses:
        def mean(batch: Callable[[int], tuple[Tensor, Tensor]], n: int) -> float:
            return sum(self.loss(*batch(i)).item() for i in range(n)) / n

        train, val = self.full
        return mean(self.train, min(train, TRAIN_BATCHES)), mean(self.val, val)


class CompiledTorch(FusedTorch):
    """The same, compiled: forward, loss and backward.

    Slower, where this was written: max-autotune, C++ wrappers, a compiled optimizer, and leaving
    the embedding out of what is compiled.
    """

    def __init__(self, config: ModelConfig, training: TrainingConfig, corpus: Corpus) -> None:
        super().__init__(config, training, corpus)
        torch._dynamo.reset()  # it gives up on a function that was compiled for many sizes
        self.loss = torch.compile(self.model.loss, dynamic=False)


def _slices(windows: Windows, size: int) -> Callable[[int], tuple[Tensor, Tensor]]:
    """Return what gives batch number `step` without copying."""
    unrolled = windows.batch(0, len(windows) + size)  # after the last comes the first again
    inputs, targets = (torch.from_numpy(tokens).long() for tokens in unrolled)

    def batch(step: int) -> tuple[Tensor, Tensor]:
        at = step * size % len(windows)
        return inputs[at : at + size], targets[at : at + size]

    return batch


# --- JAX ---------------------------------------------------------------------


def jax(name: str, *arguments: Any) -> Peer:
    """Create a peer of peers_jax.py, which is imported only now: see there."""
    peer: Peer = getattr(import_module("bench.peers_jax"), name)(*arguments)
    return peer


# --- all of them -------------------------------------------------------------

PEERS: dict[str, Create] = {
    "torch": partial(Ours, "torch"),
    "torch-original": OriginalTorch,
    "torch-fused": FusedTorch,
    "torch-compiled": CompiledTorch,
    "jax": partial(jax, "Jax"),
    "jax-scanned": partial(jax, "JaxScanned"),
    "numpy-original": OriginalNumPy,
    "numpy": partial(Ours, "numpy"),
    "numpy-fold": partial(Ours, "numpy", fold=True),
    "c": C,
    "c-fold": partial(C, fold=True),
}
STRONGEST = ("torch-fused", "torch-compiled")  # which of them wins depends on the machine
JAX = ("jax", "jax-scanned")


def start(
    names: Iterable[str], config: ModelConfig, training: TrainingConfig, corpus: Corpus
) -> dict[str, Peer]:
    """Create peers by name and take each a step; one that cannot run here is left out.

    "torch-compiled" needs a C++ compiler, and JAX is a dependency of `nox -s bench` alone.
    """
    peers: dict[str, Peer] = {}
    for name in names:
        try:
            peer = PEERS[name](config, training, corpus)
            peer.step()
        except (torch._inductor.exc.InductorError, ModuleNotFoundError) as error:
            Console(stderr=True).print(f"{LABELS[name]}: not here: {str(error).splitlines()[0]}")
        else:
            peers[name] = peer
    return peers
