"""From the model of 2003 to a transformer, in five changes.

Each class makes one change to the one above it. All of them read whole names, and predict at every
place at once: (B,L) tokens in, (B,L,V) logits out.

Shapes: B names, L places, T context, E embedding, H hidden, V vocabulary, N heads.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mlp.tokens import END, VOCAB_SIZE

T, E, H, N, V = 8, 64, 256, 4, VOCAB_SIZE
LONGEST = 32  # places
BLOCKS = 3


class Everywhere(nn.Module):
    """1. The model of 2003 at every place at once: a context for each of the L places."""

    def __init__(self) -> None:
        super().__init__()
        self.wte = nn.Embedding(V, E)
        self.hidden = nn.Linear(T * E, H)
        self.output = nn.Linear(H, V)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the logits (B,L,V) of what follows each of the tokens (B,L)."""
        x = self.wte(F.pad(tokens, (T - 1, 0), value=END))  # (B,T-1+L,E)
        x = x.unfold(1, T, 1).transpose(2, 3).flatten(2)  # (B,L,T*E)
        logits: Tensor = self.output(F.gelu(self.hidden(x)))
        return logits


class Mean(nn.Module):
    """2. Rows are no longer put side by side. Each place has a row of its own, which is added to
    the letter's, and a mean is taken of all that stands up to there."""

    def __init__(self) -> None:
        super().__init__()
        self.wte = nn.Embedding(V, E)
        self.wpe = nn.Embedding(LONGEST, E)
        self.hidden = nn.Linear(E, H)
        self.output = nn.Linear(H, V)

    def look_up(self, tokens: Tensor) -> Tensor:
        """Return a row (B,L,E) for each of the tokens (B,L)."""
        x: Tensor = self.wte(tokens) + self.wpe(torch.arange(tokens.shape[1]))
        return x

    def weights(self, x: Tensor) -> Tensor:
        """Return how much each place (row) takes from each (column): the same from all."""
        places = x.shape[1]
        before = torch.ones(places, places).tril()  # none from what comes later
        return before / before.sum(1, keepdim=True)

    def mix(self, x: Tensor) -> Tensor:
        return self.weights(x) @ x

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.mix(self.look_up(tokens))
        logits: Tensor = self.output(F.gelu(self.hidden(x)))
        return logits


class Attention(Mean):
    """3. Each place says what it looks for (a query), what it can be found by (a key), and what
    it has to offer (a value). Where query and key fit, it takes more."""

    def __init__(self) -> None:
        super().__init__()
        self.query = nn.Linear(E, E, bias=False)
        self.key = nn.Linear(E, E, bias=False)
        self.value = nn.Linear(E, E, bias=False)

    def weights(self, x: Tensor) -> Tensor:
        scores = self.query(x) @ self.key(x).transpose(1, 2) / E**0.5  # (B,L,L)
        later = torch.ones_like(scores).triu(1).bool()
        return scores.masked_fill(later, -torch.inf).softmax(-1)

    def mix(self, x: Tensor) -> Tensor:
        return self.weights(x) @ self.value(x)


class Residual(Attention):
    """4. What was there stays, and each part only adds to it. A norm before each part keeps the
    numbers at one size."""

    def __init__(self) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(E) for _ in range(3))
        self.back = nn.Linear(H, E)
        self.output = nn.Linear(E, V)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.look_up(tokens)
        x = x + self.mix(self.norms[0](x))
        x = x + self.back(F.gelu(self.hidden(self.norms[1](x))))
        logits: Tensor = self.output(self.norms[2](x))
        return logits


class Block(nn.Module):
    """A part that mixes places and a part that computes at each, as above, but with N heads: N
    attentions side by side, each with E/N numbers of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(E) for _ in range(2))
        self.query_key_value = nn.Linear(E, 3 * E)
        self.heads = nn.Linear(E, E)
        self.hidden = nn.Linear(E, H)
        self.back = nn.Linear(H, E)

    def mix(self, x: Tensor) -> Tensor:
        parts = self.query_key_value(x).unflatten(2, (3, N, E // N))  # (B,L,3,N,E/N)
        query, key, value = parts.permute(2, 0, 3, 1, 4)  # (B,N,L,E/N) each
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        out: Tensor = self.heads(mixed.transpose(1, 2).flatten(2))
        return out

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.mix(self.norms[0](x))
        out: Tensor = x + self.back(F.gelu(self.hidden(self.norms[1](x))))
        return out


class Transformer(nn.Module):
    """5. Several such blocks, one after another."""

    def __init__(self) -> None:
        super().__init__()
        self.wte = nn.Embedding(V, E)
        self.wpe = nn.Embedding(LONGEST, E)
        self.blocks = nn.Sequential(*(Block() for _ in range(BLOCKS)))
        self.norm = nn.LayerNorm(E)
        self.output = nn.Linear(E, V)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.wte(tokens) + self.wpe(torch.arange(tokens.shape[1]))
        logits: Tensor = self.output(self.norm(self.blocks(x)))
        return logits


CHANGES = (Everywhere, Mean, Attention, Residual, Transformer)
