"""The models on the way from 2003 to a transformer, trained alike."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional as F

from mlp.corpora import Corpus
from mlp.rng import RNG
from mlp.schedule import cosine_schedule
from mlp.tokens import END, Stream
from records.transformer import CHANGES, LONGEST, Attention

NAMES, STEPS, RATE, DECAY, SEED = 64, 3000, 3e-3, 0.1, 1337
WARMUP = 100
SHOWN = "emma"
NOTHING = -100  # no target: what F.cross_entropy leaves out

Rows = npt.NDArray[np.int64]


def rows(stream: Stream) -> tuple[Rows, Rows]:
    """Return the names of a stream as inputs (N,L) and targets (N,L); each input begins with END.

    Names that do not fit are left out.
    """
    ends = np.flatnonzero(stream == END)
    names = [name[:-1] for name in np.split(stream, ends + 1) if 0 < len(name) <= LONGEST]
    inputs = np.full((len(names), LONGEST), END, np.int64)
    targets = np.full((len(names), LONGEST), NOTHING, np.int64)
    for row, name in enumerate(names):
        inputs[row, 1 : len(name) + 1] = name
        targets[row, : len(name)] = name
        targets[row, len(name)] = END
    width = max(map(len, names)) + 1
    return inputs[:, :width], targets[:, :width]


def mean_loss(model: nn.Module, inputs: Rows, targets: Rows) -> torch.Tensor:
    """Return the mean loss () over the targets that there are."""
    logits = model(torch.from_numpy(inputs))
    return F.cross_entropy(logits.flatten(0, 1), torch.from_numpy(targets).flatten())


def record_since(splits: Corpus) -> dict[str, Any]:
    """Train each, and say how good it gets."""
    train, val = rows(splits.train), rows(splits.val)
    found: dict[str, Any] = {}
    for kind in CHANGES:
        torch.manual_seed(SEED)
        model = kind()
        optimizer = torch.optim.AdamW(model.parameters(), weight_decay=DECAY)
        order = RNG(SEED)
        for step in range(STEPS):
            chosen = [order.below(len(train[0])) for _ in range(NAMES)]
            optimizer.param_groups[0]["lr"] = cosine_schedule(RATE, step, STEPS, WARMUP)
            optimizer.zero_grad()
            loss = mean_loss(model, train[0][chosen], train[1][chosen])
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        model.eval()
        with torch.inference_mode():
            losses = {
                "train_loss": mean_loss(model, *(part[:2000] for part in train)).item(),
                "val_loss": mean_loss(model, *val).item(),
            }
            if not math.isfinite(losses["val_loss"]):
                raise ArithmeticError(f"{kind.__name__}: not a number")
            found[kind.__name__] = {
                "parameters": sum(p.numel() for p in model.parameters()),
                **losses,
            }
            if type(model) is Attention:
                tokens = torch.tensor([[END, *splits.alphabet.encode(SHOWN)]])
                weights = model.weights(model.look_up(tokens))[0].tolist()
    return {"steps": STEPS, "names": NAMES, "models": found, "shown": SHOWN, "weights": weights}
