"""The network in PyTorch, twice: as one writes it, and without nn.

There is no backward here and no optimizer: autograd and torch.optim
have them. That is what the comparison with C and NumPy is about.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mlp import rng
from mlp.config import ModelConfig


class MLP(nn.Module):
    """Bengio et al. 2003, as one writes it in PyTorch."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.wte = nn.Embedding(config.vocab, config.embedding)
        inputs = config.context * config.embedding
        sizes = [inputs, *[config.hidden] * config.layers]
        self.hidden = nn.ModuleList(
            nn.Linear(i, o) for i, o in pairwise(sizes)
        )
        tanh = config.activation == "tanh"
        self.activation = nn.Tanh() if tanh else nn.GELU("tanh")
        self.input_dropout = Dropout(config.input_dropout)
        self.dropout = nn.ModuleList(
            Dropout(config.dropout) for _ in self.hidden
        )
        self.output = nn.Linear(config.hidden, config.vocab)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the logits (B,V) of inputs (B,T)."""
        x = self.wte(inputs).flatten(1)  # concatenated: (B, T*E)
        x = self.input_dropout(x)
        for linear, dropout in zip(self.hidden, self.dropout):
            x = dropout(self.activation(linear(x)))
        logits: Tensor = self.output(x)
        return logits

    def loss(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss (), in nats, of inputs (B,T) and
        targets (B,)."""
        return F.cross_entropy(self(inputs), targets)


class Dropout(nn.Module):
    """nn.Dropout, but with the bits of a key: those of C and NumPy."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p
        self.key = 0  # see `set_keys`
        self.first = 0

    def forward(self, x: Tensor) -> Tensor:
        """Return x with a share p of it 0, in training."""
        if not self.training or self.p == 0:
            return x
        bits = rng.bits(self.key, x.numel(), self.first * x.shape[1])
        keep = bits >= int(self.p * 2**32)
        mask = torch.from_numpy(keep).to(x.device).view_as(x)
        return x * mask * (1 / (1 - self.p))


class MLPRaw:
    """The same without nn: tensors, operators, autograd, no more. It
    leaves dropout out."""

    def __init__(
        self, config: ModelConfig, weights: dict[str, Tensor]
    ) -> None:
        self.config = config
        self.params = {
            name: weight.clone().requires_grad_()
            for name, weight in weights.items()
        }

    def __call__(self, inputs: Tensor) -> Tensor:
        """Return the logits (B,V) of inputs (B,T)."""
        p = self.params
        x = p["wte.weight"][inputs].flatten(1)
        for layer in range(self.config.layers):
            weight = p[f"hidden.{layer}.weight"]
            x = x @ weight.T + p[f"hidden.{layer}.bias"]
            tanh = self.config.activation == "tanh"
            x = torch.tanh(x) if tanh else F.gelu(x, approximate="tanh")
        return x @ p["output.weight"].T + p["output.bias"]

    def loss(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss () of inputs (B,T) and targets (B,):
        log-sum-exp minus logit."""
        logits = self(inputs)
        chosen = logits.gather(1, targets[:, None])[:, 0]
        return (logits.logsumexp(1) - chosen).mean()


def init_weights(model: nn.Module, weights: dict[str, Tensor]) -> None:
    """Overwrite what nn drew with our own initial weights.

    It is not idiomatic, and neither is what follows: all three
    implementations have to start from the same numbers, so nn's own are
    thrown away.
    """
    model.load_state_dict(weights)


def set_keys(model: MLP, stream: int, first: int = 0) -> None:
    """Let the dropouts of a model draw from the stream of a step, for
    the rows of its batch from `first` on."""
    dropouts = model.input_dropout, *model.dropout
    for layer, dropout in enumerate(dropouts):
        dropout.key = rng.key(stream, layer)
        dropout.first = first
