"""Names, drawn from a model one letter at a time, but many side by side.

Each name has random numbers of its own, so that names can be drawn in any order. One
thing still ties a name to the one before: where windows slide, its first contexts reach
back into it. So a block of names is drawn from a guess of these contexts, and whatever
the guess got wrong is drawn again, until each name follows the one before it: the names
are those that come out one by one.

Names share beginnings, and short contexts recur: what the model said is kept, and a
context that it has seen costs it nothing. `sample.c` does the same.
"""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from mlp.arrays import Array
from mlp.backends import Backend
from mlp.errors import MLPError
from mlp.ops_numpy import softmax_forward
from mlp.rng import UInt64s, coins, streams
from mlp.tokens import END, LATIN, Alphabet, Tokens, describe

MAX_NAME = 64  # letters; the limit of mlp.h
SHORT_ALPHABET = 64  # letters that a message can list
WIDEST = 4096  # names in a block
ROWS = 256  # contexts that a model is asked for at once
MEMORY = 2**21  # numbers that the memory may hold
MOST_SLOTS = 2**16


def probabilities(backend: Backend, contexts: Tokens, temperature: float = 1.0) -> Array:
    """Return the probabilities (B,V) of the tokens after `contexts` (B,T).

    MLPError if what the model says is no number.
    """
    starts = range(0, len(contexts), ROWS)
    logits = np.concatenate([backend.logits(contexts[i : i + ROWS]) for i in starts])
    scaled = logits / logits.dtype.type(temperature)
    if not np.isfinite(scaled).all():
        raise MLPError("sample: a result is not a number")
    return softmax_forward(scaled)


def sample_token(probs: Array, coins: npt.ArrayLike) -> Tokens:
    """Return the first token whose cumulative probability, of probs
    (...,V), exceeds a coin.

    Coins (...) are in [0, 1).
    """
    cumulative = np.cumsum(probs, axis=-1, dtype=np.float64)
    below = cumulative <= np.asarray(coins)[..., None]
    tokens = below.sum(axis=-1, dtype=np.int32)
    # The sum may have been rounded to just below the coin.
    return np.minimum(tokens, probs.shape[-1] - 1)


def sample_names(
    probabilities: Callable[[Tokens], Array],
    context: int,
    padded: bool,
    seed: int,
    prompt: str = "",
    alphabet: Alphabet = LATIN,
) -> Iterator[str]:
    """Yield names without end, each starting with `prompt`, letters of the alphabet.

    `probabilities` maps contexts (B,T) to the probabilities (B,V) of the next tokens; its
    answers are kept, so they must not change. Name i takes its coins from stream i of the
    seed, so that the first names are the same however many are asked for. Names are drawn
    ahead, side by side: one, then twice as many each time, up to thousands.
    """
    start = _encode(prompt, alphabet)
    memory = _Memory(probabilities, context, alphabet.vocab)
    widest = min(WIDEST, memory.slots)  # or a large alphabet would take much memory
    before = np.zeros((1, context), np.int32)
    first, width = 0, 1
    while True:
        starts = before.repeat(width, axis=0)  # a guess, but for the first
        names, ends = np.zeros((width, MAX_NAME), np.int32), starts.copy()
        wrong = np.arange(width)
        # The first starts right, so after n rounds at least n names are right; nearly
        # always a few rounds are enough.
        while wrong.size:
            states = streams(seed, first + wrong)
            names[wrong], ends[wrong] = _draw(memory, starts[wrong], states, start, padded)
            wrong = 1 + np.flatnonzero((starts[1:] != ends[:-1]).any(axis=1))
            starts[1:] = ends[:-1]
        text = alphabet.decode(names.ravel())
        for i in range(0, len(text), MAX_NAME):
            yield text[i : i + MAX_NAME].rstrip("\n")
        before = ends[-1:]
        first, width = first + width, min(2 * width, widest)


def _draw(
    probabilities: Callable[[Tokens], Array],
    contexts: Tokens,
    states: UInt64s,
    prompt: list[int],
    padded: bool,
) -> tuple[Tokens, Tokens]:
    """Draw a name from each context (B,T) and state (B,) of a stream.

    Return their tokens (B,MAX_NAME), END after the last letter, and the contexts (B,T)
    after them.
    """
    names, ends = np.zeros((len(contexts), MAX_NAME), np.int32), contexts.copy()
    live = np.arange(len(contexts))
    for letter in range(MAX_NAME):
        if letter < len(prompt):
            tokens = np.full(len(live), prompt[letter], np.int32)
        else:
            tokens = sample_token(probabilities(contexts), coins(states))
        contexts = _push(contexts, tokens, padded)
        names[live, letter], ends[live] = tokens, contexts
        going = tokens != END
        live, contexts, states = live[going], contexts[going], states[going]
        if not live.size:
            break
    # Cut off: the next name starts like any other.
    ends[live] = _push(contexts, np.zeros(len(live), np.int32), padded)
    return names, ends


def _push(contexts: Tokens, tokens: Tokens, padded: bool) -> Tokens:
    """Return what the training windows would show after contexts (B,T) and tokens (B,)."""
    pushed = np.column_stack([contexts[:, 1:], tokens])
    if padded:
        pushed[tokens == END] = END
    return pushed


class _Memory:
    """Keeps what the model said after a context."""

    def __init__(self, probabilities: Callable[[Tokens], Array], context: int, vocab: int) -> None:
        self.probabilities = probabilities
        self.slots = MOST_SLOTS
        while self.slots > max(1, MEMORY // (context + vocab)):
            self.slots //= 2
        self.powers = np.full(context, 0x9E3779B97F4A7C15, np.uint64).cumprod()[::-1]
        self.known = np.full((self.slots, context), -1, np.int32)  # no tokens
        self.probs = np.zeros((self.slots, vocab))

    def __call__(self, contexts: Tokens) -> Array:
        """Return the probabilities (B,V) of the tokens after `contexts` (B,T)."""
        slots = self._slots(contexts)
        probs = self.probs[slots]
        unknown = (self.known[slots] != contexts).any(axis=1)
        if unknown.any():
            probs[unknown] = self.probabilities(contexts[unknown])
            self.known[slots[unknown]] = contexts[unknown]
            self.probs[slots[unknown]] = probs[unknown]
        return probs

    def _slots(self, contexts: Tokens) -> npt.NDArray[np.intp]:
        """Return the place (B,) of each context (B,T), which others share."""
        hashes = contexts.astype(np.uint64) @ self.powers
        return (hashes >> 32).astype(np.intp) % self.slots


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
