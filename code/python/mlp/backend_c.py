"""The C library behind the interface of `backends.py`."""

from typing import Any

import numpy as np

from mlp.arrays import Array, Tensors, fill, flat_zeros, views
from mlp.clib import check, ffi, library, pointer, struct
from mlp.config import ModelConfig, TrainingConfig
from mlp.tokens import Tokens


class CBackend:
    """The C library."""

    def __init__(
        self,
        config: ModelConfig,
        training: TrainingConfig,
        kernels: str = "auto",
        fold: bool = False,
        threads: int = 1,
    ):
        """The last three are what mlp_model_kernels, _fold and _threads in mlp.h take."""
        self.lib = library()
        self.config = config
        self.max_batch = training.batch
        self.seed = training.seed
        self.weight_decay = training.weight_decay
        self.steps = 0
        out = ffi.new("mlp_model **")
        check(self.lib.mlp_model_create(out, struct(config), self.max_batch), "model")
        self.model = ffi.gc(out[0], self.lib.mlp_model_free)
        check(self.lib.mlp_model_kernels(self.model, kernels.encode()), f"kernels {kernels!r}")
        check(self.lib.mlp_model_fold(self.model, fold), "fold")
        check(self.lib.mlp_model_threads(self.model, threads), f"threads {threads}")
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
        self._forward(inputs, pointer(targets), 0, loss)
        return float(loss[0])

    def step(self, inputs: Tokens, targets: Tokens, learning_rate: float) -> float:
        loss = ffi.new("float *")
        stream = self.lib.rng_stream(self.seed, self.steps)
        self._forward(inputs, pointer(targets), stream, loss)
        self.lib.mlp_model_backward(self.model)
        self.steps += 1
        moments = (pointer(self.m), pointer(self.v))
        self.lib.mlp_model_update(
            self.model, *moments, self.steps, learning_rate, self.weight_decay
        )
        return float(loss[0])

    def logits(self, inputs: Tokens) -> Array:
        logits = np.empty((len(inputs), self.config.vocab), np.float32)
        for start in range(0, len(inputs), self.max_batch):
            part = logits[start : start + self.max_batch]
            self._forward(inputs[start : start + len(part)], ffi.NULL, 0, ffi.NULL)
            ffi.memmove(pointer(part), self.lib.mlp_model_logits(self.model), part.nbytes)
        return logits

    def _forward(self, inputs: Tokens, targets: Any, stream: int, loss: Any) -> None:
        code = self.lib.mlp_model_forward_train(
            self.model, pointer(inputs), targets, len(inputs), stream, loss
        )
        check(code, "forward")

    def params(self) -> Tensors:
        return views(self.flat_params, self.config.shapes)

    def grads(self) -> Tensors:
        return views(self.flat_grads, self.config.shapes)

    def moments(self) -> tuple[Tensors, Tensors]:
        return views(self.m, self.config.shapes), views(self.v, self.config.shapes)

    def load(self, params: Tensors, m: Tensors, v: Tensors, steps: int) -> None:
        for flat, tensors in ((self.flat_params, params), (self.m, m), (self.v, v)):
            fill(views(flat, self.config.shapes), tensors)
        self.steps = steps
