"""NumPy behind the interface of `backends.py`."""

from mlp.adamw_numpy import AdamW
from mlp.arrays import Array, Tensors, fill, views
from mlp.config import ModelConfig, TrainingConfig
from mlp.model_numpy import MLP, FoldedMLP
from mlp.ops_numpy import cross_entropy_forward
from mlp.rng import RNG, stream
from mlp.tokens import Tokens
from mlp.weights import initial_weights


class NumPyBackend:
    """NumPy, both passes by hand."""

    def __init__(
        self,
        config: ModelConfig,
        training: TrainingConfig,
        dtype: str = "float32",
        fold: bool = False,
    ):
        self.seed = training.seed
        self.temperature = config.temperature
        weights = initial_weights(config, RNG(training.seed))
        model = FoldedMLP if fold else MLP
        self.model = model(config, {n: w.astype(dtype) for n, w in weights.items()})
        self.optimizer = AdamW(self.model.flat_params, training.weight_decay)

    def loss(self, inputs: Tokens, targets: Tokens) -> float:
        losses, _ = cross_entropy_forward(self.logits(inputs), targets)
        return float(losses.mean())

    def step(self, inputs: Tokens, targets: Tokens, learning_rate: float) -> float:
        drops = self.model.config.drops
        masks = stream(self.seed, self.optimizer.step) if drops else 0
        loss = self.model.forward(inputs, targets, masks)
        self.model.backward()
        self.optimizer.update(self.model.flat_grads, learning_rate)
        return loss

    def logits(self, inputs: Tokens) -> Array:
        return self.model.logits(inputs) / self.temperature

    def params(self) -> Tensors:
        return self.model.params

    def grads(self) -> Tensors:
        return self.model.grads

    def moments(self) -> tuple[Tensors, Tensors]:
        shapes = self.model.config.shapes
        return views(self.optimizer.m, shapes), views(self.optimizer.v, shapes)

    def load(self, params: Tensors, m: Tensors, v: Tensors, steps: int) -> None:
        for here, tensors in zip((self.params(), *self.moments()), (params, m, v)):
            fill(here, tensors)
        self.optimizer.step = steps
