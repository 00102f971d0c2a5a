"""How low can it go?"""

from book.figures.common import RESULTS
from book.said import DEEP, T, V
from book.words import part, word
from litdocs.results import record
from mlp.config import PRESETS
from records.ensemble import ORDER, SEEDS
from records.rungs import CHANGES
from records.training import FIRST_STEPS, LONG, N_NAMES, THREADS

SSA = "ssa-names"
RUNGS = record(RESULTS / f"rungs-{SSA}.json")["rungs"]
TOGETHER = record(RESULTS / f"ensemble-{SSA}.json")
STUDY = record(RESULTS / f"study-{SSA}.json")
BEST, BEST_TRAINING = PRESETS["best"]
SMALL, SMALL_TRAINING = PRESETS["small"]
LIST = 213_796  # characters of train
CHANGED = {key: changed for key, (_, changed) in CHANGES.items()}
VAL = {key: rung["val_loss"] for key, rung in RUNGS.items()}
LEARNED = {key: rung["train_loss"] for key, rung in RUNGS.items()}
EPOCHS = {key: rung["windows"] / LIST for key, rung in RUNGS.items()}
DEEP_RUN, SMALL_RUN = (
    record(RESULTS / f"{name}-given-names.json")["runs"]["c"] for name in ("deep", "small")
)
STUDIED = (
    f"--corpus {SSA}",
    STUDY["setup"]["max_parameters"],
    STUDY["setup"]["epochs"],
    len(STUDY["trials"]),
)
BEST_TRIAL = next(t for t in STUDY["trials"] if t["number"] == STUDY["best"])
ALONE, MIXED = TOGETHER["alone"], TOGETHER["mixed"]
WARM = TOGETHER["by_temperature"]
NEAR = int(min(WARM, key=WARM.__getitem__))  # hundredths

# What the text says in words.
assert LEARNED["gelu"] < LEARNED["anew"]
assert VAL["gelu"] > VAL["anew"]
assert RUNGS["gelu"]["test_loss"] < RUNGS["anew"]["test_loss"]
assert LEARNED["gelu"] - LEARNED["context"] > 10 * (VAL["gelu"] - VAL["context"])
assert VAL["context"] - VAL["dropout"] > VAL["original"] - VAL["context"]
assert VAL["input"] < VAL["two"] < VAL["three"]
assert LEARNED["three"] < LEARNED["two"]
assert BEST.dropout > CHANGED["dropout"]["dropout"]
assert BEST.input_dropout > CHANGED["input"]["input_dropout"]
assert BEST_TRAINING.learning_rate == CHANGED["batches"]["learning_rate"]
assert all(round(epochs) == 30 for key, epochs in EPOCHS.items() if key not in ("wide", "tempered"))
assert abs(WARM["115"] - WARM["120"]) < 5e-4
assert min(WARM, key=WARM.__getitem__) in ("115", "120")
assert min(DEEP_RUN["val"]) < DEEP_RUN["val"][-1] - 0.05
turned = DEEP_RUN["val"].index(min(DEEP_RUN["val"]))
assert DEEP_RUN["train"][-1] < DEEP_RUN["train"][turned] - 0.1
gap_of_deep, gap_of_small = (run["val"][-1] - run["train"][-1] for run in (DEEP_RUN, SMALL_RUN))
assert gap_of_small < gap_of_deep
assert STUDY["setup"]["corpus"] == SSA
assert BEST_TRIAL["number"] == 151
assert BEST_TRIAL["options"]["layers"] == 1
assert BEST_TRIAL["options"]["dropout"] == 0
assert all(ALONE["counts"][part_] > each[part_] for each in ALONE.values()
           for part_ in ("val", "test") if each is not ALONE["counts"])  # fmt: skip
assert ALONE["seeds"]["val"] < ALONE["best"]["val"]
assert MIXED["best"]["val"] < ALONE["best"]["val"]
assert MIXED["small"]["val"] < ALONE["small-1337"]["val"]
assert MIXED["seeds"]["val"] < ALONE["seeds"]["val"] < ALONE["small-1337"]["val"]
assert MIXED["all"]["val"] < min(MIXED["best"]["val"], MIXED["seeds"]["val"])

SAYS = [
    f"of order {ORDER} has",
    f"{word(CHANGED['context']['context'])} characters of context |",
    f"{word(CHANGED['context']['context']).capitalize()} characters of context**",
    f"dropout of a {part(CHANGED['dropout']['dropout']).removeprefix('a ')}",
    f"a {part(CHANGED['dropout']['dropout']).removeprefix('a ')} of the units of the hidden layer are set to 0",
    f"divided by {1 - CHANGED['dropout']['dropout']:g}",
    f"a {part(CHANGED['dropout']['dropout']).removeprefix('a ')} of dropout",
    f"| {word(CHANGED['two']['layers'])} hidden layers |",
    f"| {word(CHANGED['three']['layers'])} hidden layers |",
    f"**{word(CHANGED['two']['layers']).capitalize()} hidden layers**",
    f"**{word(CHANGED['three']['layers']).capitalize()}** are worse than {word(CHANGED['two']['layers'])}",
    f"{word(CHANGED['three']['layers'])} layers are better than {word(CHANGED['two']['layers'])}",
    f"a temperature of {BEST.temperature:g}: this is",
    f"Between {NEAR / 100:g} and {BEST.temperature:g} there",
    f"`best` has {BEST.temperature:g}",
    f"over the first {CHANGED['batches']['warmup']} steps",
    f"{word(BEST.layers).capitalize()} layers of {BEST.hidden} units",
    f"for {word(round(EPOCHS['wide']))} epochs",
    f"about {round(EPOCHS['original'])} times the list",
    f"{STUDIED[0]} --max-parameters {STUDIED[1]}",
    f"--epochs {STUDIED[2]:g} --trials {STUDIED[3]}",
    f"Every trial had {word(int(STUDY['setup']['epochs']))} epochs",
    f"In {word(int(STUDY['setup']['epochs']))} epochs nothing",
    f"With {round(EPOCHS['dropout'])} epochs it",
    f"{word(SMALL.layers)} layers and a loss",
    f"after {round(SMALL_TRAINING.steps * SMALL_TRAINING.batch / LIST)} epochs",
    f"`small` has {part(SMALL.size / DEEP.size)} as many parameters",
    f"`context3` looks at {word(PRESETS['context3'][0].context)} characters",
    f"as counts of order {T + 1} do",
    f"logarithm of {V}",
    f"on one core, or {word(THREADS['best'])} for `best`",
    f"For the {word(len(LONG))} presets that take minutes",
    f"the first {FIRST_STEPS:,} steps",
    f"those of {N_NAMES} sampled ones",
    f"Kneser-Ney, order {ORDER}",
    f"mean of {word(len(SEEDS))} seeds",
    f"| {word(len(SEEDS))} seeds, mixed",
    f"`best`, {word(len(SEEDS))} seeds of `small`",
    f"after {word(ORDER - 1)} letters",
    f"The mean of {word(len(SEEDS))} models of the size",
    f"has {word(int(BEST.size / SMALL.size / len(SEEDS)))} times as many parameters as the {word(len(SEEDS))}",
]
READ = [
    "Three lists, and what each is for",
    "The names are in three lists",
    "chooses among a hundred settings",
    "input dropout of a tenth",
    "All but the last two",
    "A thousand names do not decide",
    "sets a tenth of what the first layer reads to 0",
    "a probability of 0.9",
    "in 2017 how sure",
    "| Temperature | 1 | 1.1 | 1.15 | 1.2 | 1.3 |",
    "Here are two presets",
    "the two losses stay",
    "in a quarter of an hour",
    "Two models that were trained",
    "saw that in 2003",
    "$w_k$ are 0 or more, and 1 together",
    "In 2018 somebody",
    "Show it with two models",
    "for a hundred pairs",
    "Two models say 0.5 and 0.1 of a letter that came, then 0.1 and 0.4",
    "Do three steps",
    "in half of all cases",
    "with a temperature of 2",
    "mean of the two parts",
    "the loss is 0",
    "In the other half",
    "a probability of 1 has",
    "2014: where it comes from",
    "2017: how sure networks",
    "2019: the library",
]
