"""The random numbers: the same words, and from them the same floats, in C and in Python."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from mlp.clib import ffi
from mlp.config import TrainingConfig
from mlp.errors import MLPError
from mlp.model_torch import Dropout
from mlp.ops_numpy import dropout_forward
from mlp.rng import RNG, bits, coins, key, stream, streams

SEEDS = (1, 42, 1337, 0xDEADBEEF, 2**63, 2**64 - 1)
SIZES = (0, 1, 2, 3, 1000, 1001)

Floats = npt.NDArray[np.float32]


def c_floats(library: Any, function: str, n: int, seed: int, *bounds: float) -> tuple[Floats, int]:
    """Return what rng_uniform or rng_normal writes, and the state after it."""
    out = np.full(n + 1, np.nan, np.float32)
    state = ffi.new("uint64_t *", seed)
    getattr(library, function)(ffi.from_buffer("float[]", out), n, *bounds, state)
    assert np.isnan(out[n]), "written beyond the end"
    return out[:n], state[0]


def same_bits(a: Floats, b: Floats) -> bool:
    return a.dtype == b.dtype == np.float32 and a.tobytes() == b.tobytes()


def seed_before(word: int) -> int:
    """Return the seed whose first product of 64 bits is `word`: xorshift64* run backwards."""
    mask = 2**64 - 1
    x = word * pow(0x2545F4914F6CDD1D, -1, 2**64) & mask

    def undo(x: int, shift: int) -> int:
        y = x
        for _ in range(64):  # each turn puts at least one more bit right
            y = x ^ (y >> shift if shift > 0 else y << -shift & mask)
        return y

    return undo(undo(undo(x, 27), -25), 12)


def test_the_words_are_those_published_for_xorshift64_star() -> None:
    # rosettacode.org/wiki/Pseudo-random_numbers/Xorshift_star
    rng = RNG(1234567)
    published = [3540625527, 2750739987, 4037983143, 1993361440, 3809424708]
    assert [rng.u32() for _ in range(5)] == published


@pytest.mark.parametrize("seed", SEEDS)
def test_the_words_are_the_same_in_c_and_python(library: Any, seed: int) -> None:
    state, rng = ffi.new("uint64_t *", seed), RNG(seed)
    for _ in range(3000):
        assert library.rng_u32(state) == rng.u32()
    assert state[0] == rng.state


def test_random_is_the_top_24_bits_of_a_word_in_c_and_python(library: Any) -> None:
    state, rng, words = ffi.new("uint64_t *", 42), RNG(42), RNG(42)
    for _ in range(3000):
        expected = words.u32() // 256 / 16777216
        assert library.rng_random(state) == rng.random() == expected == np.float32(expected)


def test_streams_begin_with_the_words_published_for_splitmix64(library: Any) -> None:
    # rosettacode.org/wiki/Pseudo-random_numbers/Splitmix64
    published = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    assert streams(1234567, np.arange(5)).tolist() == published
    assert [library.rng_stream(1234567, i) for i in range(5)] == published


@pytest.mark.parametrize("seed", SEEDS)
def test_streams_and_their_coins_are_the_same_in_c_and_python(library: Any, seed: int) -> None:
    indices = np.array([0, 1, 2, 10**6, 2**32, 2**63 - 1])
    states = streams(seed, indices)
    assert states.tolist() == [library.rng_stream(seed, int(i)) for i in indices]
    rngs = [RNG(int(state)) for state in states]
    for _ in range(100):
        assert coins(states).tolist() == [rng.random() for rng in rngs]


def test_the_stream_whose_state_would_be_0_has_another(library: Any) -> None:
    seed = -3 * 0x9E3779B97F4A7C15 % 2**64
    assert streams(seed, np.array([2])).tolist() == [1] == [library.rng_stream(seed, 2)]


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("bound", [1.0, 1 / math.sqrt(144), 1 / math.sqrt(3)])
def test_uniform_floats_are_bit_identical(library: Any, n: int, bound: float) -> None:
    floats, state = c_floats(library, "rng_uniform", n, 7, -bound, bound)
    rng = RNG(7)
    assert same_bits(floats, rng.uniform(n, -bound, bound).astype(np.float32))
    assert state == rng.state


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("seed", SEEDS)
def test_normal_floats_are_bit_identical(library: Any, n: int, seed: int) -> None:
    floats, state = c_floats(library, "rng_normal", n, seed)
    rng = RNG(seed)
    assert same_bits(floats, rng.normal(n).astype(np.float32))
    assert state == rng.state


def test_normal_is_box_and_muller_on_pairs_of_words() -> None:
    words = RNG(5)
    u = np.array([words.random() for _ in range(2000)])
    pairs = np.sqrt(-2 * np.log(u[::2])) * np.exp(2j * np.pi * u[1::2])  # in the complex plane
    expected = np.stack([pairs.real, pairs.imag], axis=1).ravel()
    np.testing.assert_allclose(RNG(5).normal(2000), expected, rtol=1e-12)


def test_normal_has_mean_0_and_variance_1() -> None:
    values = RNG(3).normal(20_000)
    assert abs(values.mean()) < 0.02
    assert abs(values.var() - 1) < 0.02
    assert abs((values[::2] * values[1::2]).mean()) < 0.02  # the two of a pair: uncorrelated


def test_uniform_fills_its_range() -> None:
    values = RNG(3).uniform(10_000, -2, 6)
    assert values.min() >= -2
    assert values.max() < 6
    assert abs(values.mean() - 2) < 0.1
    assert values.max() - values.min() > 7.99


def test_u1_of_zero_gives_a_finite_normal_number(library: Any) -> None:
    seed = seed_before(12345)  # below 2**40: the top 24 bits are 0
    assert RNG(seed).random() == 0
    u2 = RNG(seed)
    u2.random()
    expected = math.sqrt(48 * math.log(2)) * math.cos(2 * math.pi * u2.random())
    floats, _ = c_floats(library, "rng_normal", 4, seed)
    assert floats[0] == np.float32(expected)
    assert same_bits(floats, RNG(seed).normal(4).astype(np.float32))
    assert np.isfinite(floats).all()


@pytest.mark.parametrize("seed", [0, -1, 2**64])
def test_python_rejects_a_seed_outside_1_to_2_to_the_64(seed: int) -> None:
    with pytest.raises(MLPError, match=f"seed {seed}: must be from 1"):
        RNG(seed)
    with pytest.raises(MLPError, match=f"seed {seed}: must be from 1"):
        TrainingConfig(seed=seed)


def test_c_rejects_seed_0(library: Any) -> None:
    config, training = ffi.new("mlp_config *"), ffi.new("mlp_training *")
    assert library.mlp_preset(b"original", config, training) == 0
    kinds = ("model", "run", "sampler", "alphabet")
    model, run, sampler, alphabet = (ffi.new(f"mlp_{kind} **") for kind in kinds)
    training.seed = 0
    assert library.mlp_run_create(run, ffi.NULL, config, training) == library.MLP_ERROR_VALUE
    assert library.mlp_model_create(model, config, 1) == 0
    try:
        assert library.mlp_alphabet_create(alphabet, ffi.NULL, 0) == 0
        code = library.mlp_sampler_create(sampler, model[0], alphabet[0], 0, 1.0, 0)
        assert code == library.MLP_ERROR_VALUE
    finally:
        library.mlp_alphabet_free(alphabet[0])
        library.mlp_model_free(model[0])


def test_below_covers_its_range_evenly() -> None:
    # the same page: 100,000 draws of 0 to 4
    rng = RNG(987654321)
    counts = np.bincount([rng.below(5) for _ in range(100_000)])
    assert counts.tolist() == [20103, 19922, 19937, 20031, 20007]


def test_shuffle_keeps_every_item_and_reaches_every_order() -> None:
    orders = set()
    for seed in range(1, 200):
        items = list("abc")
        RNG(seed * 0x9E3779B97F4A7C15 % 2**64).shuffle(items)
        assert sorted(items) == list("abc")
        orders.add("".join(items))
    assert len(orders) == 6


# --- bits without a state ----------------------------------------------------

KEYS = (0, 1, 0xDEADBEEF, 2**32 - 1)


def mixed(key: int, n: int) -> int:
    """The bits of one number, in Python's whole numbers."""
    x = n * 0x9E3779B9 % 2**32 ^ key
    x = (x ^ x >> 16) * 0x21F0AAAD % 2**32
    x = (x ^ x >> 15) * 0x735A2D97 % 2**32
    return x ^ x >> 15


@pytest.mark.parametrize("key", KEYS)
def test_the_bits_are_the_same_in_c_and_python(library: Any, key: int) -> None:
    expected = [mixed(key, n) for n in range(3000)]
    assert bits(key, 3000).tolist() == expected
    assert bits(key, 3000).dtype == np.uint32
    assert bits(key, 1000, first=2000).tolist() == expected[2000:]
    assert [library.rng_bits(key, n) for n in range(3000)] == expected
    for n in (2**28 - 1, 2**31, 2**32 - 1):
        assert library.rng_bits(key, n) == mixed(key, n)


def test_the_bits_stay_what_they_are(library: Any) -> None:
    """A checkpoint of today goes on with them tomorrow."""
    words = [2451191661, 2018677153, 2525761949, 1779617004]
    assert bits(key(stream(1337, 7), 2), 4).tolist() == words
    mine = library.rng_key(library.rng_stream(1337, 7), 2)
    assert [library.rng_bits(mine, n) for n in range(4)] == words


@pytest.mark.parametrize("seed", SEEDS)
def test_the_keys_are_the_same_in_c_and_python_and_all_differ(library: Any, seed: int) -> None:
    steps = [*range(1000), 10**6, 2**32, 2**63 - 1]
    keys = [key(stream(seed, step), layer) for step in steps for layer in range(5)]
    c = [library.rng_stream(seed, step) for step in steps]
    assert keys == [library.rng_key(state, layer) for state in c for layer in range(5)]
    assert len(set(keys)) >= len(keys) - 1  # two in 2**32 may meet by chance


def masks(p: float, keys: list[int], n: int) -> npt.NDArray[np.float64]:
    """What is kept, as 0 and 1, less its mean: (keys,n)."""
    kept = np.stack([bits(each, n) for each in keys]) >= int(p * 2**32)
    return kept - (1 - p)


LAYERS_OF_STEPS = [key(stream(1337, step), layer) for step in range(40) for layer in range(4)]
SIGMAS = 5.0  # of the thousands of counts below, one in a million lies farther out


@pytest.mark.parametrize("p", [0.01, 0.1, 0.3, 0.5, 0.9])
def test_the_share_that_is_kept_is_the_wanted_one(p: float) -> None:
    n = 2**16
    means = masks(p, LAYERS_OF_STEPS, n).mean(axis=1)
    sigma = math.sqrt(p * (1 - p) / n)
    assert np.abs(means).max() < SIGMAS * sigma
    assert means.std() == pytest.approx(sigma, rel=0.2)


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_masks_of_steps_and_layers_are_independent(p: float) -> None:
    n = 2**16
    kept = masks(p, LAYERS_OF_STEPS, n) / math.sqrt(p * (1 - p))
    products = kept @ kept.T / n
    apart = products[np.triu_indices(len(kept), 1)]
    assert np.abs(apart).max() < SIGMAS / math.sqrt(n)
    assert apart.std() * math.sqrt(n) == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_neighbours_in_a_mask_are_independent(p: float) -> None:
    """Those side by side, and those in the same place of the next rows."""
    n = 2**16
    kept = masks(p, LAYERS_OF_STEPS, n) / math.sqrt(p * (1 - p))
    for lag in (1, 2, 3, 5, 16, 144, 256, 512, 1000, 4096):
        products = (kept[:, lag:] * kept[:, :-lag]).mean(axis=1) * math.sqrt(n - lag)
        assert np.abs(products).max() < SIGMAS, lag
        assert abs(products.mean()) * math.sqrt(len(kept)) < SIGMAS, lag


def test_each_bit_of_the_words_is_even() -> None:
    words = bits(key(1, 0), 2**16)
    for bit in range(32):
        assert abs(float((words >> bit & 1).mean()) - 0.5) < SIGMAS / 2 / 2**8, bit


@pytest.mark.parametrize("p", [0.1, 0.5, 1 - 2**-53])
def test_the_masks_are_the_same_in_all_three(library: Any, p: float) -> None:
    ones, out = np.ones((40, 25), np.float32), np.empty((40, 25), np.float32)
    pointers = (ffi.from_buffer("float[]", array) for array in (out, ones))
    library.dropout_forward(*pointers, p, 12345, 0, ones.size)
    module = Dropout(p)
    module.key = 12345
    numpy = dropout_forward(ones, p, 12345)[0]
    assert same_bits(out, numpy)
    assert same_bits(out, module(torch.from_numpy(ones)).numpy())
    kept = bits(12345, 1000).reshape(40, 25) >= int(p * 2**32)
    assert ((out > 0) == kept).all()


def test_the_module_of_pytorch_drops_in_training_only() -> None:
    ones = torch.ones(10, 10, dtype=torch.float64)
    module = Dropout(0.5)
    for train in (True, False, True):
        module.train(train)
        assert module(ones).unique().tolist() == ([0, 2] if train else [1])
    assert Dropout(0.0)(ones) is ones
