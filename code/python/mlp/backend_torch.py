"""PyTorch behind the interface of `backends.py`."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import cross_entropy

from mlp.arrays import Array, Tensors
from mlp.backends import torch_threads
from mlp.config import ModelConfig, TrainingConfig
from mlp.errors import MLPError
from mlp.model_torch import MLP, init_weights, set_keys
from mlp.rng import RNG, stream
from mlp.tokens import Tokens
from mlp.weights import initial_weights

torch.set_num_threads(torch_threads())  # what was said before PyTorch was loaded counts, too


class TorchBackend:
    """PyTorch: autograd writes the backward pass, torch.optim has the optimizer."""

    def __init__(
        self,
        config: ModelConfig,
        training: TrainingConfig,
        dtype: str = "float32",
        device: str = "cpu",
        bf16: bool = False,
        compile: bool = False,
    ):
        """MLPError if there is no such device."""
        try:
            with warnings.catch_warnings(action="ignore"):  # that the name is an old one
                self.device = torch.device(device)
                torch.zeros((), device=device).item()
        except Exception as error:  # each kind of device has its own for not being there
            reason = (str(error) or type(error).__name__).splitlines()[0].split(". ")[0]
            raise MLPError(f"device {device!r}: {reason}") from error
        weights = initial_weights(config, RNG(training.seed))
        self.model = MLP(config).to(self.device, getattr(torch, dtype))
        init_weights(self.model, {n: torch.from_numpy(w) for n, w in weights.items()})
        self.training_loss = _training_loss(self.model, self.device, bf16, compile)
        if compile:  # now, and in no timed step
            with torch_errors():
                inputs = self._tensor(np.zeros((training.batch, config.context)))
                self.training_loss(inputs, inputs[:, 0]).backward()  # type: ignore[no-untyped-call]
            self.model.zero_grad()
        self.first_row = 0  # of those batches that it gets: see workers.py
        self.drops = config.drops
        self.temperature = config.temperature
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
        with torch.inference_mode(), torch_errors():
            logits = self._logits(inputs)
            return cross_entropy(logits, self._tensor(targets)).item()

    def step(
        self,
        inputs: Tokens,
        targets: Tokens,
        learning_rate: float,
    ) -> float:
        self.optimizer.param_groups[0]["lr"] = learning_rate
        self.optimizer.zero_grad()
        with torch_errors():
            loss = self.backward(inputs, targets)
            self.optimizer.step()
            self.steps += 1
            return loss.item()

    def backward(self, inputs: Tokens, targets: Tokens) -> torch.Tensor:
        """Add the gradients of one batch to the parameters' and return its loss ()."""
        self.model.train()
        if self.drops:
            set_keys(self.model, stream(self.seed, self.steps), self.first_row)
        loss = self.training_loss(self._tensor(inputs), self._tensor(targets))
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    def logits(self, inputs: Tokens) -> Array:
        with torch.inference_mode(), torch_errors():
            return _numpy(self._logits(inputs))

    def _logits(self, inputs: Tokens) -> torch.Tensor:
        logits: torch.Tensor = self.model.eval()(self._tensor(inputs))
        return logits / self.temperature

    def _tensor(self, tokens: npt.NDArray[Any]) -> torch.Tensor:
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


Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def _training_loss(model: MLP, device: torch.device, bf16: bool, compile: bool) -> Loss:
    """Return the model's loss as a step computes it: with bfloat16 products, compiled, or plain."""
    loss: Loss = model.loss
    if bf16:
        try:
            loss = torch.autocast(device.type, torch.bfloat16)(loss)
        except RuntimeError as error:
            raise MLPError(f"bf16: {str(error).splitlines()[0]}") from error
    if compile:
        for dropout in (model.input_dropout, *model.dropout):
            if dropout.p > 0:  # NumPy draws its bits, for another key each time
                dropout.forward = torch.compiler.disable(dropout.forward)  # type: ignore[no-untyped-call]
        loss = torch.compile(loss, dynamic=False)
    return loss


@contextmanager
def torch_errors() -> Iterator[None]:
    """Turn what PyTorch raises where memory runs out into what Python and NumPy do.

    And what it raises where something does not compile into one line.
    """
    try:
        yield
    except RuntimeError as error:
        if isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error):
            raise MemoryError from error
        if isinstance(error, torch._dynamo.exc.TorchDynamoException):
            raise MLPError(f"compile: {str(error).splitlines()[0]}") from error
        raise


def _numpy(tensor: torch.Tensor | None) -> Array:
    if tensor is None:
        raise MLPError("gradients: there are none before the first step")
    return tensor.detach().cpu().numpy()
