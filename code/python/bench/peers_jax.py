"""The same model in JAX: a loss, its gradient and an update, which XLA compiles into one program.

XLA starts as many threads as there are processors, once, and no option of its own keeps all of its
libraries to fewer. So it sees as many as PyTorch has threads when it starts, which is when this is
imported.
"""

import os

import jax
import jax.numpy as jnp
import numpy as np
import torch
from jax import Array, lax

from bench.peers import Losses, Peer
from mlp.adamw_numpy import BETA1, BETA2, EPS
from mlp.config import ModelConfig, TrainingConfig
from mlp.corpora import Corpus
from mlp.rng import RNG
from mlp.run import TRAIN_BATCHES
from mlp.schedule import cosine_schedule
from mlp.weights import initial_weights
from mlp.windows import Windows

if hasattr(os, "sched_setaffinity"):  # on Linux; elsewhere JAX has all processors
    processors = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(processors)[: torch.get_num_threads()])
    jax.devices()
    os.sched_setaffinity(0, processors)

Params = dict[str, Array]
State = tuple[Params, Params, Params, Array]  # parameters, m, v, and how many steps were taken
Batches = tuple[Array, Array]  # inputs (N,T) and targets (N,), of which a batch is a part


def mean_loss(params: Params, batch: Batches) -> Array:
    """Return the mean loss (), in nats, of inputs (B,T) and targets (B,)."""
    inputs, targets = batch
    x = params["wte.weight"][inputs].reshape(len(inputs), -1)
    x = jnp.tanh(x @ params["hidden.0.weight"].T + params["hidden.0.bias"])
    logits = x @ params["output.weight"].T + params["output.bias"]
    log_probs = jax.nn.log_softmax(logits)
    return -jnp.take_along_axis(log_probs, targets[:, None], axis=1).mean()


class Jax(Peer):
    """A call for each step: what was computed before it is overwritten in place."""

    def __init__(self, config: ModelConfig, training: TrainingConfig, corpus: Corpus) -> None:
        self.batch = training.batch
        weights = initial_weights(config, RNG(training.seed))
        params, m, v = (
            {name: jnp.asarray(w * keep) for name, w in weights.items()} for keep in (1, 0, 0)
        )
        self.state: State = params, m, v, jnp.asarray(0)
        self.train, self.val = (
            self._windows(Windows(tokens, config.context, training.padded))
            for tokens in (corpus.train, corpus.val)
        )
        self.full = [len(tokens) // training.batch for tokens in (corpus.train, corpus.val)]
        rates = [
            cosine_schedule(training.learning_rate, step, training.steps)
            for step in range(training.steps)
        ]
        steps = np.arange(1, training.steps + 1)
        # What depends on the step alone: learning rate, and AdamW's two corrections.
        numbers = np.stack([rates, 1 - BETA1**steps, 1 - BETA2**steps], axis=1)
        self.numbers = jnp.asarray(numbers, jnp.float32)
        self.decay = training.weight_decay
        self.compiled = jax.jit(self.update, donate_argnums=0)
        self.losses = jax.jit(self.mean_losses, static_argnums=2)

    def _windows(self, windows: Windows) -> Batches:
        """Put windows where JAX computes; after the last comes the first again."""
        inputs, targets = windows.batch(0, len(windows) + self.batch)
        return jnp.asarray(inputs), jnp.asarray(targets)

    def cut(self, batches: Batches, i: Array) -> Batches:
        """Return batch number i."""
        inputs, targets = batches
        at = i * self.batch % (len(targets) - self.batch)
        return (
            lax.dynamic_slice_in_dim(inputs, at, self.batch),
            lax.dynamic_slice_in_dim(targets, at, self.batch),
        )

    def update(self, state: State, batches: Batches, numbers: Array) -> tuple[State, Array]:
        """Do forward, backward and AdamW on the next batch; return the loss before the update."""
        params, m, v, step = state
        loss, grads = jax.value_and_grad(mean_loss)(params, self.cut(batches, step))
        rate, correction1, correction2 = numbers[step]

        def adamw(p: Array, m: Array, v: Array) -> Array:
            return p * (1 - rate * self.decay) - rate * (m / correction1) / (
                jnp.sqrt(v / correction2) + EPS
            )

        m = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, m, grads)
        v = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, v, grads)
        return (jax.tree.map(adamw, params, m, v), m, v, step + 1), loss

    def step(self) -> float:
        self.state, loss = self.compiled(self.state, self.train, self.numbers)
        return float(loss)

    def mean_losses(self, params: Params, batches: Batches, n: int) -> Array:
        """Return the mean of the first n batches' losses."""
        losses = lax.map(lambda i: mean_loss(params, self.cut(batches, i)), jnp.arange(n))
        return losses.mean()

    def evaluate(self) -> Losses:
        train, val = self.full
        params = self.state[0]
        of_train = self.losses(params, self.train, min(train, TRAIN_BATCHES))
        return float(of_train), float(self.losses(params, self.val, val))


class JaxScanned(Jax):
    """A call for twenty steps, among which no Python runs; it returns the last one's loss."""

    per_call = 20

    def update(self, state: State, batches: Batches, numbers: Array) -> tuple[State, Array]:
        def one(state: State, _: None) -> tuple[State, Array]:
            return super(JaxScanned, self).update(state, batches, numbers)

        state, losses = lax.scan(one, state, length=self.per_call)
        return state, losses[-1]
