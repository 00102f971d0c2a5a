"""mlp_model_evaluate: which windows count, and what is refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from mlp.clib import ffi, pointer, struct
from mlp.clib import library as load_library
from mlp.config import ModelConfig
from mlp.tokens import tokenize

CONFIG = ModelConfig(context=3, embedding=2, hidden=4)
ROOM = 16  # windows of a batch, at most
STREAM = tokenize(b"emma\nolivia\nava\nzoe\n", "names")  # 20 tokens
SIZE, TOKEN, NUMBER, STOPPED = -2, -3, -10, -11  # mlp_error


@dataclass
class Model:
    """A model with its initial weights, and the library's functions of it."""

    lib: Any
    at: Any

    def loss(self, first: int, B: int, windows: Any) -> float:
        """The mean loss of windows first … first+B-1."""
        inputs, targets = ffi.new("int[]", B * CONFIG.context), ffi.new("int[]", B)
        self.lib.mlp_windows_batch(inputs, targets, windows, first // B, B)
        loss = ffi.new("float *")
        assert self.lib.mlp_model_forward(self.at, inputs, targets, B, loss) == 0
        return loss[0]

    def windows(self, n: int, padded: bool = False, T: int = CONFIG.context) -> Any:
        made = ffi.new("mlp_windows *")
        assert self.lib.mlp_windows_init(made, pointer(STREAM), n, T, padded) == 0
        return made

    def evaluate(
        self, windows: Any, B: int, batches: int = 0, stopped: Any = ffi.NULL
    ) -> tuple[int, float]:
        loss = ffi.new("double *", -1.0)
        return self.lib.mlp_model_evaluate(self.at, windows, B, batches, stopped, loss), loss[0]


@pytest.fixture
def model() -> Iterator[Model]:
    lib = load_library()
    handle = ffi.new("mlp_model **")
    assert lib.mlp_model_create(handle, struct(CONFIG), ROOM) == 0
    lib.mlp_model_init(handle[0], ffi.new("uint64_t *", 1))
    yield Model(lib, handle[0])
    lib.mlp_model_free(handle[0])


@pytest.mark.parametrize("padded", [False, True])
def test_it_is_the_mean_over_the_batches_that_are_full(model: Model, padded: bool) -> None:
    windows = model.windows(20, padded)
    losses = [model.loss(first, 6, windows) for first in (0, 6, 12)]
    assert model.evaluate(windows, 6) == (0, pytest.approx(np.mean(losses), rel=1e-12))
    assert model.evaluate(windows, 6, 2) == (0, pytest.approx(np.mean(losses[:2]), rel=1e-12))
    assert model.evaluate(windows, 6, 9) == model.evaluate(windows, 6)


@pytest.mark.parametrize("n", [16, 18])  # 13 and 15 windows: fewer than a batch
def test_fewer_windows_than_a_batch_are_one_of_their_own(model: Model, n: int) -> None:
    windows = model.windows(n)
    whole = model.loss(0, n - CONFIG.context, windows)
    assert model.evaluate(windows, ROOM) == (0, pytest.approx(whole, rel=1e-12))


def test_sizes_that_do_not_fit_are_refused(model: Model) -> None:
    windows = model.windows(20)
    assert model.evaluate(windows, 0)[0] == SIZE
    assert model.evaluate(windows, ROOM + 1)[0] == SIZE
    assert model.evaluate(model.windows(20, T=CONFIG.context + 1), 4)[0] == SIZE
    assert model.evaluate(model.windows(20, T=CONFIG.context - 1), 4)[0] == SIZE


def test_what_is_no_number_is_an_error(model: Model) -> None:
    params = model.lib.mlp_model_params(model.at)
    for wrong in (np.nan, np.inf):
        params[model.lib.mlp_model_size(model.at) - 1] = wrong  # a bias of the output
        assert model.evaluate(model.windows(20), 4)[0] == NUMBER


def test_it_ends_before_a_batch_when_somebody_wishes_so(model: Model) -> None:
    asked = []

    @ffi.callback("int(void)")
    def stopped() -> int:
        asked.append(True)
        return len(asked) > 2

    assert model.evaluate(model.windows(20), 4, 0, stopped) == (STOPPED, -1)
    assert len(asked) == 3


@pytest.mark.parametrize("token", [-1, CONFIG.vocab, 2**31 - 1, -(2**31)])
def test_tokens_outside_the_vocabulary_are_refused(model: Model, token: int) -> None:
    inputs, targets = ffi.new("int[]", [1, 2, token]), ffi.new("int[]", [3])
    loss = ffi.new("float *")
    assert model.lib.mlp_model_forward(model.at, inputs, targets, 1, loss) == TOKEN
    inputs, targets = ffi.new("int[]", [1, 2, 3]), ffi.new("int[]", [token])
    assert model.lib.mlp_model_forward(model.at, inputs, targets, 1, loss) == TOKEN


def test_the_loss_of_a_batch_is_its_mean_however_many_a_model_has_room_for(model: Model) -> None:
    windows = model.windows(20)
    alone = [model.loss(first, 1, windows) for first in range(4)]
    assert model.loss(0, 4, windows) == pytest.approx(np.mean(alone), rel=1e-6)


def test_tables_of_the_fold_may_be_as_large_as_the_limit(model: Model) -> None:
    """Of V rows of H numbers for each place of the context: 2^28, and one more row."""
    lib = model.lib
    for context, code in ((64, 0), (65, SIZE)):
        config = ModelConfig(vocab=64, context=context, embedding=1, hidden=65_536)
        handle = ffi.new("mlp_model **")
        assert lib.mlp_model_create(handle, struct(config), 1) == 0
        assert lib.mlp_model_fold(handle[0], 1) == code
        lib.mlp_model_free(handle[0])
