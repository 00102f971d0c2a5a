"""Shuffled epochs: the same orders in C and Python, from any place on, and nothing to be seen."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mlp import shuffle
from mlp.backends import BACKENDS
from mlp.clib import ffi, pointer
from mlp.config import ModelConfig, TrainingConfig
from mlp.run import Run
from mlp.shuffle import shuffled_windows
from mlp.windows import Windows

Ints = npt.NDArray[np.int64]

POWERS = [2**k + d for k in range(2, 14) for d in (-1, 0, 1)]
COUNTS = [1, 2, 3, 5, 6, 7, 10, 1000, *POWERS, 190_000]
LAST = 2**63 - 1  # step


def epochs(n: int, seed: int, first: int = 0, count: int = 1) -> Ints:
    """The orders (count,n) of some epochs."""
    orders = shuffled_windows(n, seed, first * n, count * n)
    return orders.astype(np.int64).reshape(count, n)


# --- a permutation -----------------------------------------------------------


@pytest.mark.parametrize("n", COUNTS)
def test_each_window_comes_once_in_each_epoch(n: int) -> None:
    for seed in (1, 1337, 2**64 - 1):
        for order in (*epochs(n, seed, 0, 3), *epochs(n, seed, 10**6)):
            assert (np.bincount(order, minlength=n) == 1).all()


@pytest.mark.parametrize("n", COUNTS)
def test_c_and_python_have_the_same_orders(library: Any, n: int) -> None:
    for seed in (1, 1337, 2**64 - 1):
        for epoch in (0, 1, 10**6):
            order = epochs(n, seed, epoch)[0]
            for place in range(0, n, max(1, n // 100)):
                assert library.shuffled_window(place, n, seed, epoch) == order[place]


@pytest.mark.parametrize("n", [2**20, 2**31 - 1, 2**40 - 1, 2**40 + 1, 2**61 + 1, 2**62])
def test_large_corpora_have_orders_too(library: Any, n: int) -> None:
    for first in (0, n - 500, 3 * n - 1000):
        some = shuffled_windows(n, 7, first, 1000).tolist()
        places = range(first, first + 1000)
        assert some == [library.shuffled_window(p % n, n, 7, p // n) for p in places]
        assert max(some) < n
        for epoch in {p // n for p in places}:
            seen = [w for p, w in zip(places, some) if p // n == epoch]
            assert len(set(seen)) == len(seen)


def test_an_order_starts_anywhere() -> None:
    whole = shuffled_windows(997, 3, 0, 20_000)
    for first, size in ((0, 1), (1, 996), (996, 2), (4095, 2), (4096, 1), (5000, 9000), (8191, 1)):
        assert (shuffled_windows(997, 3, first, size) == whole[first : first + size]).all()


def test_two_windows_come_in_both_orders_and_three_in_all() -> None:
    for n, orders in ((2, 2), (3, 6)):
        assert len({tuple(order) for order in epochs(n, 1, 0, 200).tolist()}) == orders


# --- nothing to be seen ------------------------------------------------------


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """Keep nothing of an order that a test has weakened."""
    yield
    shuffle._block.cache_clear()


def weaken(monkeypatch: pytest.MonkeyPatch, rounds: int) -> None:
    monkeypatch.setattr(shuffle, "ROUNDS", rounds)
    shuffle._block.cache_clear()


def deviations(counts: npt.ArrayLike, expected: npt.ArrayLike, freedom: int) -> float:
    """By how many standard deviations a chi-square is larger than chance has it."""
    counts, expected = np.asarray(counts), np.asarray(expected)
    chi_square = float(((counts - expected) ** 2 / expected).sum())
    return (chi_square - freedom) / (2 * freedom) ** 0.5


def displacement(n: int = 190_000) -> float:
    """Whether some distances from a place to its window are more common than others."""
    far = (epochs(n, 1)[0] - np.arange(n)) % n
    return deviations(np.bincount(far * 64 // n), n / 64, 63)


def dependence(a: Ints, b: Ints) -> float:
    """Whether two orders (n,) have to do with each other."""
    parts, n = 32, len(a)
    counts = np.bincount(a * parts // n * parts + b * parts // n, minlength=parts**2)
    return deviations(counts, n / parts**2, (parts - 1) ** 2)


def neighbours(apart: int, n: int = 1000, count: int = 1000) -> float:
    """How many windows so far apart stay so more often than chance has it, in deviations."""
    orders = epochs(n, 7, 0, count)
    stay = int((np.abs(orders[:, apart:] - orders[:, :-apart]) == apart).sum())
    expected = count * (n - apart) * 2 * (n - apart) / (n * (n - 1))
    return (stay - expected) / expected**0.5


COLUMNS = 32  # of the table of 1000 cells: below each other are those so far apart


def test_the_distance_to_its_place_says_nothing_of_a_window() -> None:
    assert displacement() < 4  # measured -1.6


def test_where_a_window_is_says_nothing_of_where_it_comes() -> None:
    order = epochs(190_000, 1)[0]
    assert dependence(np.arange(190_000), order) < 4  # measured -0.6


@pytest.mark.parametrize("apart", [1, 2, COLUMNS - 1, COLUMNS, COLUMNS + 1])
def test_neighbours_stay_neighbours_as_often_as_by_chance(apart: int) -> None:
    assert abs(neighbours(apart)) < 4  # measured 2.2 at most


def test_epochs_and_seeds_have_nothing_to_do_with_each_other() -> None:
    n = 190_000
    first, second = epochs(n, 1, 0, 2)
    for other in (second, *(epochs(n, seed)[0] for seed in (2, 1 + 2**32, 2**63 + 1))):
        assert dependence(first, other) < 4  # measured 1.0 at most
        assert int((first == other).sum()) < 10, "by chance 1"


def test_one_round_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    weaken(monkeypatch, 1)
    assert displacement() > 1000
    assert dependence(np.arange(190_000), epochs(190_000, 1)[0]) > 50
    assert neighbours(1) > 100


def test_two_rounds_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    weaken(monkeypatch, 2)
    assert min(neighbours(1), neighbours(COLUMNS)) > 10


# --- batches -----------------------------------------------------------------


def of_c(library: Any, windows: Any, step: int, size: int, seed: int) -> tuple[Any, Any]:
    inputs = np.full((size, windows.T), -1, np.int32)
    targets = np.full(size, -1, np.int32)
    pointers = (ffi.from_buffer("int[]", array) for array in (inputs, targets))
    library.mlp_windows_shuffled(*pointers, windows, step, size, seed)
    return inputs, targets


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("n", [4, 5, 58, 4099])
@pytest.mark.parametrize("size", [1, 3, 7, 128])
def test_batches_go_on_from_epoch_to_epoch_wherever_they_start(
    library: Any, n: int, size: int, padded: bool
) -> None:
    tokens = (np.arange(n) * 7 % 11).astype(np.uint16)
    windows, c = Windows(tokens, 3, padded), ffi.new("mlp_windows *")
    at = pointer(tokens)
    assert library.mlp_windows_init(c, at, n, 3, padded) == 0
    count, seed = len(windows), 5
    for step in (0, 1, count // size, count, 10**6, 2**53 + 1, LAST):
        rows = []
        for place in range(step * size, step * size + size):  # without an end to its numbers
            epoch = place // count % 2**64
            rows.append(library.shuffled_window(place % count, count, seed, epoch))
        expected = windows.take(np.array(rows, np.int64))
        for mine in (windows.shuffled_batch(step, size, seed), of_c(library, c, step, size, seed)):
            for a, b in zip(mine, expected):
                assert a.dtype == np.int32
                assert a.tobytes() == b.tobytes()


def test_an_epoch_of_batches_shows_each_window_once() -> None:
    windows = Windows(np.arange(1003, dtype=np.uint16), 3)
    batches = [windows.shuffled_batch(step, 100, 1)[1] for step in range(30)]
    for order in np.concatenate(batches).reshape(3, 1000):
        assert sorted(order) == list(range(3, 1003))
    assert (windows.batch(0, 1000)[1] == range(3, 1003)).all()


# --- runs --------------------------------------------------------------------


@pytest.mark.parametrize("name", BACKENDS)
def test_only_training_is_shuffled(name: str) -> None:
    windows = Windows((np.arange(500) ** 2 % 27).astype(np.uint16), 3)
    losses = {}
    for shuffled in (False, True):
        run = Run.start(ModelConfig(hidden=5), TrainingConfig(batch=50, shuffled=shuffled), name)
        evaluated = run.evaluate(windows, 2)
        losses[shuffled] = evaluated, run.train_step(windows)
    assert losses[False][0] == losses[True][0]
    assert losses[False][1] != losses[True][1]


def test_the_original_presets_are_not_shuffled_and_the_seed_decides() -> None:
    assert not TrainingConfig().shuffled
    windows = Windows((np.arange(500) ** 2 % 27).astype(np.uint16), 3)
    inputs = [windows.shuffled_batch(0, 50, seed)[0].tolist() for seed in (1, 1, 2)]
    assert inputs[0] == inputs[1] != inputs[2]


def test_no_turn_shares_its_numbers_with_dropout(monkeypatch: pytest.MonkeyPatch) -> None:
    """A layer is a number below 2**32; the seed's stream of an epoch is that of a step, too."""
    used = []

    def noted(seeds: Ints, indices: Ints) -> Ints:
        used.append(indices)
        return split_mix(seeds, indices)

    split_mix = shuffle.split_mix
    monkeypatch.setattr(shuffle, "split_mix", noted)
    shuffle._block.cache_clear()
    epochs(1000, 1337)
    assert used
    assert min(indices.min() for indices in used) >= 2**32
