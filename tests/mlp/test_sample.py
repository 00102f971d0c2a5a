"""Names, side by side: those that come out one by one, the same in C, NumPy and PyTorch."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tolerances
from kernels import TABLES

from mlp import sample
from mlp.backend_c import CBackend
from mlp.backends import BACKENDS, Backend
from mlp.clib import check, ffi, pointer
from mlp.config import ModelConfig, TrainingConfig
from mlp.corpora import Corpus
from mlp.errors import MLPError
from mlp.rng import RNG, streams
from mlp.run import Run
from mlp.sample import MAX_NAME, probabilities, sample_names, sample_token
from mlp.tokens import END, LATIN, Alphabet, Tokens
from mlp.windows import Windows

Array = npt.NDArray[Any]


@dataclass
class OneByOne:
    """The textbook's sampler: one name, one letter, one context at a time."""

    backend: Backend
    context: int
    padded: bool
    seed: int
    prompt: str = ""
    temperature: float = 1.0
    margins: list[float] = field(default_factory=list)  # of coins, to the nearest boundary
    cumulatives: list[Array] = field(default_factory=list)

    def names(self) -> Iterator[str]:
        stream = [END] * self.context
        number = 0
        while True:
            rng = RNG(int(streams(self.seed, np.array([number]))[0]))
            name: list[int] = LATIN.encode(self.prompt).tolist()
            while len(name) < MAX_NAME and END not in name:
                name.append(self.token([*stream, *name][-self.context :], rng.random()))
            stream += name if END in name else [*name, END]
            yield LATIN.decode(name).rstrip("\n")
            number += 1

    def token(self, stream: list[int], coin: float) -> int:
        # As the training windows would show it: the last of the stream and one more token.
        windows = Windows(np.array([*stream, END], np.int32), self.context, self.padded)
        context, _ = windows.batch(len(windows) - 1, 1)
        probs = probabilities(self.backend, context, self.temperature)[0]
        self.cumulatives.append(np.cumsum(probs, dtype=np.float64))
        self.margins.append(float(np.abs(self.cumulatives[-1][:-1] - coin).min()))
        return int(np.argmax(self.cumulatives[-1] > coin))


def c_names(
    library: Any, backend: Backend, padded: bool, seed: int, prompt: str, n: int
) -> list[str]:
    """The first names of the C library's sampler, from the model of a backend in C."""
    assert isinstance(backend, CBackend)
    alphabet, sampler = ffi.new("mlp_alphabet **"), ffi.new("mlp_sampler **")
    name = ffi.new("char[]", library.MLP_NAME)
    check(library.mlp_alphabet_create(alphabet, ffi.NULL, 0), "alphabet")
    try:
        model = (backend.model, alphabet[0], padded)
        check(library.mlp_sampler_create(sampler, *model, 1.0, seed), "sampler")
        start = LATIN.encode(prompt)
        check(library.mlp_sampler_prompt(sampler[0], pointer(start), len(start)), "prompt")
        names = []
        for _ in range(n):
            check(library.mlp_sampler_next(sampler[0], name), "next")
            names.append(ffi.string(name).decode())
    finally:
        library.mlp_sampler_free(sampler[0])
        library.mlp_alphabet_free(alphabet[0])
    return names


# --- one letter ---------------------------------------------------------------


def c_token(library: Any, probs: Array, coin: float) -> int:
    return int(library.sample_token(ffi.from_buffer("float[]", probs), len(probs), coin))


def test_a_coin_falls_on_the_first_token_whose_cumulative_probability_exceeds_it(
    library: Any,
) -> None:
    probs = np.array([0.25, 0, 0.5, 0.125], np.float32)  # exact in binary; they add up to 0.875
    expected = {0: 0, 0.2499: 0, 0.25: 2, 0.7499: 2, 0.75: 3, 0.8749: 3, 0.875: 3, 0.999: 3}
    for coin, token in expected.items():
        assert sample_token(probs, coin) == token
        assert c_token(library, probs, coin) == token


def test_c_and_python_choose_the_same_tokens(library: Any, random: np.random.Generator) -> None:
    for _ in range(300):
        probs = random.dirichlet(np.full(27, 0.3)).astype(np.float32)
        boundaries = np.cumsum(probs, dtype=np.float64)
        coins = np.concatenate([random.random(20), boundaries, np.nextafter(boundaries, 0)])
        tokens = sample_token(np.tile(probs, (len(coins), 1)), coins)
        for coin, token in zip(coins, tokens):
            assert token == c_token(library, probs, coin)
            before = boundaries[token - 1] if token > 0 else 0
            assert before <= coin < boundaries[token] or (token == 26 and coin >= boundaries[26])


# --- many names ---------------------------------------------------------------


SMALL = ModelConfig(context=4, embedding=3, hidden=8)
LONG = ModelConfig(context=500, embedding=1, hidden=3)  # its memory has few places


@pytest.mark.parametrize("padded", [False, True], ids=["sliding", "padded"])
@pytest.mark.parametrize(
    ("config", "prompt", "n"),
    [
        pytest.param(SMALL, "", 150, id="small"),
        pytest.param(SMALL, "ab", 60, id="prompt"),
        pytest.param(SMALL, "a" * (MAX_NAME - 1), 9, id="long-prompt"),
        pytest.param(LONG, "", 20, id="long-context"),
    ],
)
def test_names_side_by_side_are_those_one_by_one(
    library: Any,
    monkeypatch: pytest.MonkeyPatch,
    config: ModelConfig,
    prompt: str,
    n: int,
    padded: bool,
) -> None:
    def backend(batch: int) -> Backend:
        run = Run.start(config, TrainingConfig(batch=batch, padded=padded), "c")
        params = run.backend.params()
        params["wte.weight"][...] *= 3  # or every context would say nearly the same
        params["output.weight"][...] *= 5
        return run.backend

    one = OneByOne(backend(1), config.context, padded, 42, prompt)
    expected = list(islice(one.names(), n))
    assert len(set(expected)) > n // 2
    assert any(len(name) == MAX_NAME for name in expected), "no name was cut off"
    for room in (1, 7, 100, 1000):
        model = backend(room)
        assert c_names(library, model, padded, 42, prompt, n) == expected, room
        monkeypatch.setattr(sample, "WIDEST", 3 * room)  # more than a model in C has room for
        monkeypatch.setattr(sample, "ROWS", room + 3)

        def ask(contexts: Tokens, model: Backend = model) -> Array:
            return probabilities(model, contexts)

        names = sample_names(ask, config.context, padded, 42, prompt)
        assert list(islice(names, n)) == expected, room


@pytest.mark.parametrize("kernels", TABLES)
def test_what_c_says_of_a_context_does_not_depend_on_those_beside_it(
    kernels: str, random: np.random.Generator
) -> None:
    config = ModelConfig(context=9, embedding=31, hidden=300, layers=2)  # sums in several parts
    try:
        backend = CBackend(config, TrainingConfig(batch=40), kernels)
    except MLPError:
        pytest.skip(f"this processor has no {kernels}")
    contexts = random.integers(0, 27, (40, 9)).astype(np.int32)
    alone = np.concatenate([backend.logits(context[None]) for context in contexts])
    for n in (2, 3, 5, 8, 40):
        assert backend.logits(contexts[:n]).tobytes() == alone[:n].tobytes(), n


def test_a_context_that_was_seen_is_not_asked_again() -> None:
    asked: list[tuple[int, ...]] = []

    def ask(contexts: Tokens) -> Array:
        asked.extend(map(tuple, contexts.tolist()))
        return np.tile(np.array([0.5, 0.25, 0.25]), (len(contexts), 1))

    list(islice(sample_names(ask, 1, True, 7, alphabet=Alphabet("ab")), 1000))
    assert set(asked) == {(0,), (1,), (2,)}
    assert len(asked) < 10  # of some 2000; in one batch it may come twice


@pytest.mark.parametrize(
    ("prompt", "code"), [([0], -3), ([27], -3), ([-1], -3), ([1] * MAX_NAME, -2)]
)
def test_c_refuses_a_prompt_that_is_no_beginning(
    library: Any, prompt: list[int], code: int
) -> None:
    backend = Run.start(SMALL, TrainingConfig(), "c").backend
    assert isinstance(backend, CBackend)
    alphabet, sampler = ffi.new("mlp_alphabet **"), ffi.new("mlp_sampler **")
    check(library.mlp_alphabet_create(alphabet, ffi.NULL, 0), "alphabet")
    check(library.mlp_sampler_create(sampler, backend.model, alphabet[0], 0, 1, 42), "sampler")
    try:
        assert library.mlp_sampler_prompt(sampler[0], prompt, len(prompt)) == code
    finally:
        library.mlp_sampler_free(sampler[0])
        library.mlp_alphabet_free(alphabet[0])


@pytest.mark.parametrize(
    ("temperature", "seed", "letters", "code"),
    [
        (1e-3, 1, None, 0),
        (1e3, 2**64 - 1, None, 0),
        (np.nextafter(1e-3, 0), 1, None, -9),
        (np.nextafter(1e3, np.inf), 1, None, -9),
        (0.0, 1, None, -9),
        (-1.0, 1, None, -9),
        (np.nan, 1, None, -9),
        (1.0, 0, None, -9),
        (1.0, 1, "ab", -9),
    ],
)
def test_c_refuses_a_sampler_that_could_not_sample(
    library: Any, temperature: float, seed: int, letters: str | None, code: int
) -> None:
    backend = Run.start(SMALL, TrainingConfig(), "c").backend
    assert isinstance(backend, CBackend)
    alphabet, sampler = ffi.new("mlp_alphabet **"), ffi.new("mlp_sampler **")
    text = ffi.NULL if letters is None else letters.encode()
    check(library.mlp_alphabet_create(alphabet, text, len(letters or "")), "alphabet")
    try:
        made = library.mlp_sampler_create(sampler, backend.model, alphabet[0], 0, temperature, seed)
        assert made == code
    finally:
        library.mlp_sampler_free(sampler[0])
        library.mlp_alphabet_free(alphabet[0])


# --- all programs -------------------------------------------------------------


@pytest.fixture(scope="module", params=[False, True], ids=["sliding", "padded"])
def checkpoint(
    request: pytest.FixtureRequest, given_names: Corpus, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A model that has learned a little: 300 steps of the C library."""
    training = TrainingConfig(steps=300, learning_rate=5e-3, padded=request.param)
    run = Run.start(ModelConfig(context=4, embedding=16, hidden=64), training, "c")
    windows = Windows(given_names.train, 4, training.padded)
    for _ in range(training.steps):
        run.train_step(windows)
    path = tmp_path_factory.mktemp("checkpoint") / "names.safetensors"
    run.save(path)
    return path


def printed(program: Path, *words: object) -> list[str]:
    command = [str(word) for word in (program, "sample", *words)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode().splitlines()


@pytest.mark.parametrize("prompt", ["", "mar"])
@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_all_four_programs_sample_the_same_names(
    program: Path, checkpoint: Path, prompt: str, temperature: float
) -> None:
    n, seed = 15, 47  # a seed whose coins stay clear of the boundaries
    words = ("--checkpoint", checkpoint, "--n", n, "--seed", seed)
    names = printed(program, *words, "--temperature", temperature, "--prompt", prompt)

    cumulatives, margins = {}, []
    for backend in BACKENDS:
        run = Run.resume(checkpoint, backend)

        def ask(contexts: Tokens, run: Run = run) -> Array:
            return probabilities(run.backend, contexts, temperature)

        python = sample_names(ask, 4, run.training.padded, seed, prompt)
        assert list(islice(python, n)) == names, backend
        one = OneByOne(run.backend, 4, run.training.padded, seed, prompt, temperature)
        assert list(islice(one.names(), n)) == names, backend
        cumulatives[backend] = np.array(one.cumulatives)
        margins += one.margins

    for backend in BACKENDS:
        difference = float(np.abs(cumulatives[backend] - cumulatives["numpy"]).max())
        tolerances.CUMULATIVE.check(difference, backend)
    # No coin came so close to a boundary that rounding could have decided it.
    assert min(margins) > 20 * tolerances.CUMULATIVE.bound
    assert len(set(names)) > n // 2
    assert all(name.startswith(prompt) for name in names)


def test_more_names_begin_with_the_fewer(program: Path, checkpoint: Path) -> None:
    many = printed(program, "--checkpoint", checkpoint, "--n", 1000)
    assert len(many) == 1000
    for n in (1, 2, 3, 127, 128, 500):
        assert printed(program, "--checkpoint", checkpoint, "--n", n) == many[:n]
