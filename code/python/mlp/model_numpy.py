"""The network in NumPy: the operations in order, then in reverse."""

from typing import Any

from mlp import ops_numpy as ops
from mlp import rng
from mlp.arrays import Array, fill, flat_zeros, views
from mlp.config import ModelConfig
from mlp.fold_numpy import fold_backward, fold_forward
from mlp.tokens import Tokens

ACTIVATIONS: dict[str, tuple[Any, Any]] = {
    "tanh": (ops.tanh_forward, ops.tanh_backward),
    "gelu": (ops.gelu_forward, ops.gelu_backward),
}


class MLP:
    """Bengio et al. 2003. The initial weights decide the dtype."""

    def __init__(
        self, config: ModelConfig, weights: dict[str, Array]
    ) -> None:
        self.config = config
        dtype = weights["wte.weight"].dtype
        # One flat array each, so that the optimizer needs no loop,
        # and views of it by name.
        self.flat_params: Array = flat_zeros(config.size, dtype)
        self.flat_grads: Array = flat_zeros(config.size, dtype)
        self.params = views(self.flat_params, config.shapes)
        self.grads = views(self.flat_grads, config.shapes)
        fill(self.params, weights)
        self.cache: dict[str, Any] = {}
        self.activation = ACTIVATIONS[config.activation]

    def logits(self, inputs: Tokens, stream: int = 0) -> Array:
        """Return the logits (B,V) of inputs (B,T). In training, there
        is a stream of random bits for dropout."""
        params, cache = self.params, self.cache
        embedded, cache["wte"] = ops.embedding_forward(
            inputs, params["wte.weight"]
        )
        x = embedded.reshape(len(inputs), -1)  # concatenated: (B, T*E)
        x, cache["dropout"] = self.drop(x, 0, stream)
        for i, layer in enumerate(self.layers):
            pre, cache[layer] = ops.linear_forward(
                x, params[f"{layer}.weight"], params[f"{layer}.bias"]
            )
            x, cache[f"{layer}.activation"] = self.activation[0](pre)
            x, cache[f"{layer}.dropout"] = self.drop(x, i + 1, stream)
        logits, cache["output"] = ops.linear_forward(
            x, params["output.weight"], params["output.bias"]
        )
        return logits

    def drop(
        self, x: Array, layer: int, stream: int
    ) -> tuple[Array, Array | None]:
        """Return what a linear layer reads of x, and dropout's mask."""
        config = self.config
        p = config.dropout if layer > 0 else config.input_dropout
        if stream == 0 or p == 0:
            return x, None
        return ops.dropout_forward(x, p, rng.key(stream, layer))

    def forward(
        self, inputs: Tokens, targets: Tokens, stream: int = 0
    ) -> float:
        """Return the mean loss, in nats, of inputs (B,T) and targets
        (B,)."""
        losses, self.cache["loss"] = ops.cross_entropy_forward(
            self.logits(inputs, stream), targets
        )
        return float(losses.mean())

    def backward(self) -> None:
        """Write the gradients of the last forward's loss into `grads`,
        over what was there."""
        cache, grads = self.cache, self.grads
        dlogits = ops.cross_entropy_backward(cache["loss"])
        out = grads["output.weight"], grads["output.bias"]
        dx, _, _ = ops.linear_backward(
            dlogits, cache["output"], (None, *out)
        )
        for layer in reversed(self.layers):
            dx = ops.dropout_backward(dx, cache[f"{layer}.dropout"])
            dpre = self.activation[1](dx, cache[f"{layer}.activation"])
            out = grads[f"{layer}.weight"], grads[f"{layer}.bias"]
            dx, _, _ = ops.linear_backward(
                dpre, cache[layer], (None, *out)
            )
        dx = ops.dropout_backward(dx, cache["dropout"])
        inputs, _ = cache["wte"]
        dembedded = dx.reshape(*inputs.shape, -1)  # (B,T,E)
        ops.embedding_backward(
            dembedded, cache["wte"], grads["wte.weight"]
        )

    @property
    def layers(self) -> list[str]:
        """The names of the hidden layers."""
        return [f"hidden.{i}" for i in range(self.config.layers)]


class FoldedMLP(MLP):
    """The same but for rounding: the embedding and the first layer are
    one operation, that of `fold_numpy.py`."""

    def logits(self, inputs: Tokens, stream: int = 0) -> Array:
        """Return the logits (B,V) of inputs (B,T). In training, there
        is a stream of random bits for dropout."""
        params, cache = self.params, self.cache
        first, *others = self.layers
        pre, cache[first] = fold_forward(
            inputs,
            params["wte.weight"],
            params[f"{first}.weight"],
            params[f"{first}.bias"],
        )
        x, cache[f"{first}.activation"] = self.activation[0](pre)
        x, cache[f"{first}.dropout"] = self.drop(x, 1, stream)
        for i, layer in enumerate(others, 1):
            pre, cache[layer] = ops.linear_forward(
                x, params[f"{layer}.weight"], params[f"{layer}.bias"]
            )
            x, cache[f"{layer}.activation"] = self.activation[0](pre)
            x, cache[f"{layer}.dropout"] = self.drop(x, i + 1, stream)
        logits, cache["output"] = ops.linear_forward(
            x, params["output.weight"], params["output.bias"]
        )
        return logits

    def backward(self) -> None:
        """Write the gradients of the last forward's loss into `grads`,
        over what was there."""
        cache, grads = self.cache, self.grads
        dlogits = ops.cross_entropy_backward(cache["loss"])
        out = grads["output.weight"], grads["output.bias"]
        dx, _, _ = ops.linear_backward(
            dlogits, cache["output"], (None, *out)
        )
        for layer in reversed(self.layers):
            dx = ops.dropout_backward(dx, cache[f"{layer}.dropout"])
            dpre = self.activation[1](dx, cache[f"{layer}.activation"])
            out = grads[f"{layer}.weight"], grads[f"{layer}.bias"]
            if layer == "hidden.0":
                dwte = grads["wte.weight"]
                fold_backward(dpre, cache[layer], (dwte, *out))
            else:
                dx, _, _ = ops.linear_backward(
                    dpre, cache[layer], (None, *out)
                )
