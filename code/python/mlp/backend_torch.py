"""PyTorch behind the interface of `backends.py`."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

import numpy as np
import torch

from mlp.arrays import Array, Tensors
from mlp.config import ModelConfig, TrainingConfig
from mlp.errors import MLPError
from mlp.model_torch import MLP, init_weights, set_keys
from mlp.rng import RNG, stream
from mlp.tokens import Tokens
from mlp.weights import initial_weights

torch.set_num_threads(1)  # see `one_thread`, which may have begun before PyTorch was loaded


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
        self.model = MLP(config).to(self.device, getattr(torch, dtype))
        init_weights(self.model, {n: torch.from_numpy(w) for n, w in weights.items()})
        self.drops = config.drops
        self.seed = training.seed
        self.weight_decay = training.weight_decay
        self.loaded: tuple[Tensors, Tensors] = {}, {}
        self.steps = 0

    @cached_property
    def optimizer(self) -> torch.optim.Optimizer:
        """AdamW, made when it is first asked for: it takes PyTorch longer than many a name."""
        optimizer = torch.optim.AdamW(self.model.parameters(), weight_decay=self.weight_decay)
        m, v = self.loaded
        for name, p in self.model.named_parameters() if self.steps else ():
            optimizer.state[p] = {
                "step": torch.tensor(float(self.steps)),
                "exp_avg": torch.from_numpy(m[name]).to(p),
                "exp_avg_sq": torch.from_numpy(v[name]).to(p),
            }
        return optimizer

    def loss(self, inputs: Tokens, targets: Tokens) -> float:
        self.model.eval()
        with torch.inference_mode(), _memory_errors():
            return self.model.loss(self._tensor(inputs), self._tensor(targets)).item()

    def step(self, inputs: Tokens, targets: Tokens, learning_rate: float) -> float:
        self.optimizer.param_groups[0]["lr"] = learning_rate
        self.optimizer.zero_grad()
        self.model.train()
        if self.drops:
            set_keys(self.model, stream(self.seed, self.steps))
        with _memory_errors():
            loss = self.model.loss(self._tensor(inputs), self._tensor(targets))
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimizer.step()
            self.steps += 1
            return loss.item()

    def logits(self, inputs: Tokens) -> Array:
        self.model.eval()
        with torch.inference_mode(), _memory_errors():
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
        m, v = ({name: moment.copy() for name, moment in each.items()} for each in (m, v))
        self.loaded, self.steps = (m, v), steps
        self.__dict__.pop("optimizer", None)


@contextmanager
def _memory_errors() -> Iterator[None]:
    """Turn what PyTorch raises where memory runs out into what Python and NumPy do."""
    try:
        yield
    except RuntimeError as error:
        if isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error):
            raise MemoryError from error
        raise


def _numpy(tensor: torch.Tensor | None) -> Array:
    if tensor is None:
        raise MLPError("gradients: there are none before the first step")
    return tensor.detach().cpu().numpy()
