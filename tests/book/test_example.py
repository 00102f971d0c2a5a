"""The running example of the book is one real training step, and its numbers are fit to print."""

import numpy as np
import pytest

from book import example
from book.example import ALL, CONFIG, ONE, PADDED, SLIDING
from book.words import spoken
from mlp.adamw_numpy import AdamW
from mlp.model_numpy import MLP
from mlp.rng import RNG
from mlp.weights import initial_weights


@pytest.mark.parametrize("step", [ONE, ALL], ids=["one window", "all windows"])
def test_example_is_what_the_model_and_the_optimizer_compute(step: example.Example) -> None:
    model = MLP(CONFIG, initial_weights(CONFIG, RNG(example.SEED)))
    assert model.forward(step.tokens, step.targets) == step.loss
    model.backward()
    for name, grad in model.grads.items():
        np.testing.assert_array_equal(step.grads[name], grad)
    AdamW(model.flat_params, example.WEIGHT_DECAY).update(model.flat_grads, example.LEARNING_RATE)
    for name, param in model.params.items():
        np.testing.assert_array_equal(step.updated[name], param)
    assert model.forward(step.tokens, step.targets) == step.loss_after < step.loss


def test_example_follows_emm_to_a_within_the_windows_of_the_name() -> None:
    assert [spoken(PADDED, row) for row in range(len(PADDED))] == [
        "...→e", "..e→m", ".em→m", "emm→a", "mma→.",
    ]  # fmt: skip
    assert [spoken(SLIDING, row) for row in (0, 1, 5)] == ["ava→.", "va.→e", "mma→."]
    np.testing.assert_array_equal(ONE.tokens, PADDED.batch(3, 1)[0])
    np.testing.assert_allclose(ONE.probs, ALL.probs[3:4], rtol=1e-6)


def test_example_keeps_what_its_seed_was_chosen_for() -> None:
    assert ONE.hidden.min() < -0.8
    assert ONE.hidden.max() > 0.7
    assert np.diff(np.sort(ONE.pre[0])).min() > 0.3
    assert np.abs(ONE.dembedded).min() > 0.03
    assert ONE.probs[0, ONE.targets[0]] < 1 / 27
