"""Names, drawn from a model one letter at a time."""

from collections.abc import Callable, Iterator

import numpy as np

from mlp.arrays import Array
from mlp.backends import Backend
from mlp.errors import MLPError
from mlp.ops_numpy import softmax_forward
from mlp.rng import RNG
from mlp.tokens import END, LATIN, Alphabet, Tokens, describe

MAX_NAME = 64  # letters; the limit of mlp.h
SHORT_ALPHABET = 64  # letters that a message can list
TEMPERATURES = (0.001, 1000.0)  # lowest, highest: within, logits do not overflow a float32


def probabilities(backend: Backend, context: Tokens, temperature: float = 1.0) -> Array:
    """Return the probabilities (V,) of the token after `context` (T,).

    MLPError if what the model says is no number.
    """
    logits = backend.logits(context[None])
    scaled = logits / logits.dtype.type(temperature)
    if not np.isfinite(scaled).all():
        raise MLPError("sample: a result is not a number")
    return softmax_forward(scaled)[0]


def sample_token(probs: Array, coin: float) -> int:
    """Return the first token whose cumulative probability exceeds `coin`, in [0, 1)."""
    cumulative = np.cumsum(probs, dtype=np.float64)
    token = int(np.searchsorted(cumulative, coin, side="right"))
    return min(token, len(probs) - 1)  # the sum was rounded to just below the coin


def sample_names(
    probabilities: Callable[[Tokens], Array],
    context: int,
    padded: bool,
    rng: RNG,
    prompt: str = "",
    alphabet: Alphabet = LATIN,
) -> Iterator[str]:
    """Yield names without end, each starting with `prompt`, letters of the alphabet.

    `probabilities` maps a context (T,) to the probabilities (V,) of the next
    token. The context is what the training windows would show at this point.
    """
    start = _encode(prompt, alphabet)
    window = np.zeros(context, np.int32)

    def push(token: int) -> None:
        window[:-1] = window[1:]
        window[-1] = token
        if token == END and padded:
            window[:] = END

    while True:
        name = list(start)
        for token in name:
            push(token)
        token = -1
        while token != END and len(name) < MAX_NAME:
            token = sample_token(probabilities(window), rng.random())
            push(token)
            if token != END:
                name.append(token)
        if token != END:  # cut off: the next name starts like any other
            push(END)
        yield alphabet.decode(name)


def _encode(prompt: str, alphabet: Alphabet) -> list[int]:
    """Return the tokens of a prompt; MLPError names what is no letter of the alphabet."""
    if len(prompt) >= MAX_NAME:
        raise MLPError(f"--prompt: {len(prompt)} letters: must be fewer than {MAX_NAME}")
    tokens: list[int] = alphabet.encode(prompt).tolist()
    wrong = dict.fromkeys(letter for letter, token in zip(prompt, tokens) if token <= END)
    if wrong:
        letters = alphabet.letters
        short = len(letters) <= SHORT_ALPHABET
        raise MLPError(
            f"--prompt: not in the alphabet: {', '.join(map(describe, wrong))}; "
            + (f"it is {letters}" if short else f"it has {len(letters)} letters")
        )
    return tokens
