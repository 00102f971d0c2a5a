# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # A first model, by hand
#
# A notebook to play with: change a cell, run it again, see what happens. It trains the model
# with NumPy, for a few hundred steps, and asks it for names. This page shows one run of it;
# the file is `docs/notebooks/first_model.py`, which Jupyter opens as a notebook.

# %%
from itertools import islice

from mlp import corpora, tokens
from mlp.config import ModelConfig, TrainingConfig
from mlp.rng import RNG
from mlp.run import Run
from mlp.sample import probabilities, sample_names
from mlp.windows import Windows

names = corpora.load("given-names")
print(tokens.decode(names.train[:60]))

# %% [markdown]
# A small model: five letters of context, 64 hidden units. Make it larger if you like.

# %%
config = ModelConfig(context=5, embedding=10, hidden=64)
training = TrainingConfig(batch=128, steps=600, learning_rate=0.01, padded=True)
run = Run.start(config, training, "numpy")
print(f"{config.size:,} parameters")

# %% [markdown]
# Train it. The loss starts near that of a guess, the logarithm of 27, and falls.

# %%
windows = Windows(names.train, config.context, training.padded)
val_windows = Windows(names.val, config.context, training.padded)
while run.step < training.steps:
    if run.step % 100 == 0:
        print(f"step {run.step:4}  validation loss {run.evaluate(val_windows):.3f}")
    run.train_step(windows)
print(f"step {run.step:4}  validation loss {run.evaluate(val_windows):.3f}")

# %% [markdown]
# And ask it for names that start with *ma*.

# %%
made_up = sample_names(
    lambda context: probabilities(run.backend, context),
    config.context,
    training.padded,
    RNG(42),
    prompt="ma",
)
for name in islice(made_up, 8):
    print(name)
