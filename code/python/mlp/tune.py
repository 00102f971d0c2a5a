"""A study: many short trainings, each with other hyperparameters, for the best loss on val.

optuna proposes the hyperparameters. It keeps the study in a journal: a file to which every
process on the study appends. So a study goes on where it was, and several processes share it.
"""

import fcntl
import json
import os
import shlex
import time
import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mlp.backends import DEFAULT_BACKEND, load_backend
from mlp.config import ModelConfig, TrainingConfig, configured
from mlp.corpora import Corpus, one_line
from mlp.errors import MLPError
from mlp.files import check_writable, writing
from mlp.options import HYPERPARAMETERS, option_words
from mlp.plot import is_study
from mlp.run import Report, Run, check_batch, train
from mlp.signals import Stopped
from mlp.windows import Windows

try:
    import optuna
except ModuleNotFoundError as error:
    raise MLPError("tune: optuna is not installed: pip install optuna") from error
from optuna.distributions import BaseDistribution, distribution_to_json
from optuna.distributions import CategoricalDistribution as Choice
from optuna.distributions import FloatDistribution as Real
from optuna.distributions import IntDistribution as Whole
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.pruners import MedianPruner
from optuna.samplers import TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

optuna.logging.set_verbosity(optuna.logging.ERROR)

# What is searched, unless it is given.
SPACE: dict[str, Whole | Real | Choice] = {
    "context": Whole(2, 16),
    "embedding": Whole(4, 64, log=True),
    "hidden": Whole(32, 1024, log=True),
    "layers": Whole(1, 4),
    "activation": Choice(("tanh", "gelu")),
    "dropout": Real(0, 0.5, step=0.05),
    "input_dropout": Real(0, 0.3, step=0.05),
    "batch": Whole(32, 1024, log=True),
    "learning_rate": Real(3e-4, 3e-2, log=True),
    "weight_decay": Real(1e-4, 1, log=True),
    "warmup": Real(0, 0.2, step=0.02),  # as a share of the steps
}
ON = {"padded": True, "shuffled": True}  # unless it is given, too; the seed is the preset's

# Where a trial may be given up: whenever a tenth of its steps is done, from the third on. It is if
# the median of the others was better there. Of 40 random trials, that would have ended none of the
# ten that were best; keeping the best third at that point, as Hyperband does, would have ended two.
TENTHS = 10
PRUNER = {"n_startup_trials": 8, "n_warmup_steps": 3}

STUDY = "mlp tune"  # the name of ours in a journal


# --- trials ------------------------------------------------------------------------------

COMPLETE, PRUNED, FAILED, STOPPED, RUNNING = "complete", "pruned", "failed", "stopped", "running"


@dataclass(frozen=True)
class Trial:
    """A training of a study."""

    number: int
    state: str  # stopped: on the way, by a signal; it is tried again, and does not count
    chosen: dict[str, Any]  # what was searched, and warmup as a share
    val: dict[int, float]  # the loss on val by tenth of the steps
    options: dict[str, Any]  # all hyperparameters, as for `mlp train`
    fold: bool
    parameters: int
    seconds: float
    why: str  # it failed
    shown: float | None  # the loss on val in the last line of `mlp train`

    @property
    def loss(self) -> float:
        """The loss on val where it ended; infinite before the first."""
        return self.val[max(self.val)] if self.val else float("inf")

    def __str__(self) -> str:
        """The line that `mlp tune` prints."""
        state = "" if self.state == COMPLETE else f" {self.state}"
        state += f" at {max(self.val)}/{TENTHS}" if self.state == PRUNED else ""
        parts = [f"trial {self.number:3}{state}"]
        if self.val:
            parts.append(f"val {self.loss:.6f}")
        parts += [f"{self.parameters:,} parameters", f"{self.seconds:.1f} s"]
        parts.append(", ".join(f"{name} {_short(value)}" for name, value in self.chosen.items()))
        return " | ".join([*parts, self.why] if self.why else parts)


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _trial(trial: FrozenTrial) -> Trial:
    ended = trial.user_attrs.get("ended", {})
    state = {
        TrialState.COMPLETE: COMPLETE,
        TrialState.PRUNED: FAILED if ended.get("why") else PRUNED,
        TrialState.FAIL: STOPPED,
    }.get(trial.state, RUNNING)
    started = {"options": {}, "fold": False, "parameters": 0} | trial.user_attrs.get("started", {})
    options = started["options"]
    chosen = {name: options.get(name, value) for name, value in trial.params.items()}
    if "warmup" in trial.params:
        chosen["warmup"] = trial.params["warmup"]
    val = dict(sorted(trial.intermediate_values.items()))
    ended = {"seconds": 0.0, "why": "", "shown": None} | ended
    return Trial(trial.number, state, chosen, val, **started, **ended)


# --- what a study is of ------------------------------------------------------------------


def setup_of(
    corpus: Corpus,
    preset: str,
    given: dict[str, Any],
    epochs: float | None,
    max_parameters: int | None,
    backend: str,
) -> dict[str, Any]:
    """Return what all processes on a study must have in common; MLPError if nothing fits it.

    Where the steps are not given, they follow from the epochs.
    """
    searched = {name: space for name, space in SPACE.items() if name not in given}
    if not searched:
        raise MLPError("nothing to search: every hyperparameter is given")
    setup = {
        "corpus": corpus.name or str(corpus.folder),
        "train_sha256": corpus.source.sha256,
        "val_sha256": corpus.val_sha256,
        "vocab": corpus.alphabet.vocab,
        "preset": preset,
        "given": ON | given,
        "space": {name: _attributes(space) for name, space in searched.items()},
        "epochs": epochs,
        "max_parameters": max_parameters,
        "backend": backend,
    }
    least = {name: space.low for name, space in searched.items() if isinstance(space, Whole)}
    config, _ = configured(preset, {**_sizes(given), **_sizes(least)}, corpus.alphabet.vocab)
    if max_parameters is not None and config.size > max_parameters:
        raise MLPError(
            f"--max-parameters {max_parameters}: the smallest model to search has {config.size}"
        )
    return setup


def _attributes(space: Whole | Real | Choice) -> dict[str, Any]:
    attributes: dict[str, Any] = json.loads(distribution_to_json(space))["attributes"]
    return attributes


def _sizes(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in asdict(ModelConfig())}


def _differences(there: dict[str, Any], here: dict[str, Any]) -> str:
    """Say what differs between two setups."""
    flat = [
        {k: v for k, v in setup.items() if k not in ("given", "space")}
        | {name: f"searched {_range(space)}" for name, space in setup["space"].items()}
        | setup["given"]
        for setup in (there, here)
    ]
    names = dict.fromkeys([*flat[0], *flat[1]])
    values = [[each.get(name) for each in flat] for name in names]
    return ", ".join(
        f"{name.replace('_', ' ')} {_said(a)} (here {_said(b)})"
        for name, (a, b) in zip(names, values)
        if a != b
    )


def _said(value: Any) -> str:
    return "not given" if value is None else str(value)


def _range(space: dict[str, Any]) -> str:
    if "choices" in space:
        return " or ".join(map(str, space["choices"]))
    return f"{space['low']:g} to {space['high']:g}"


def configs_of(
    setup: dict[str, Any], proposed: dict[str, Any], n: int
) -> tuple[ModelConfig, TrainingConfig]:
    """Return the two configs of a proposal, for n characters; MLPError if they are impossible.

    Numbers have as many digits as one would write, and sizes shrink to fit the parameters.
    """
    values = setup["given"] | proposed
    for name, value in proposed.items():
        if isinstance(value, float):
            values[name] = float(f"{value:.2e}")
    if setup["epochs"] is not None:
        values["steps"] = max(1, round(setup["epochs"] * n / values["batch"]))
    if "warmup" in proposed:
        values["warmup"] = round(proposed["warmup"] * values["steps"])
    config, training = configured(setup["preset"], values, setup["vocab"])
    most = setup["max_parameters"]
    return (config if most is None else fitting(config, most, proposed)), training


def fitting(config: ModelConfig, most: int, proposed: dict[str, Any]) -> ModelConfig:
    """Return the config with at most so many parameters: smaller in what was proposed."""
    for name in ("hidden", "embedding", "layers", "context"):
        space = SPACE[name]
        if config.size > most and name in proposed and isinstance(space, Whole):
            sizes = range(space.low, getattr(config, name))
            fit = bisect_right(sizes, most, key=lambda n: _resized(config, name, n).size)
            config = _resized(config, name, space.low + max(fit - 1, 0))
    return config


def _resized(config: ModelConfig, name: str, size: int) -> ModelConfig:
    values: dict[str, Any] = {name: size}
    return replace(config, **values)


# --- the journal -------------------------------------------------------------------------


class Locks:
    """Locks on single bytes of a file beside the journal, which end with their process.

    optuna's own are files: one that a killed process leaves blocks all others for half a minute.
    And it cannot tell a trial that runs from one whose process has died.
    """

    def __init__(self, journal: str) -> None:
        self.journal = journal
        self.descriptor = os.open(f"{journal}.lock", os.O_RDWR | os.O_CREAT, 0o666)

    def acquire(self) -> bool:
        """Lock the journal, for optuna to append to; cut off what a killed process half wrote."""
        self._lock(0)
        with open(self.journal, "r+b") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - 1, 0))
            if file.read() not in (b"", b"\n"):
                file.seek(0)
                file.truncate(file.read().rfind(b"\n") + 1)
        return True

    def release(self) -> None:
        """Unlock the journal."""
        self._unlock(0)

    @contextmanager
    def choosing(self) -> Iterator[None]:
        """Be the only process that looks which trials there are, and adds one."""
        self._lock(1)
        try:
            yield
        finally:
            self._unlock(1)

    def hold(self, trial: int) -> None:
        """Tell the others that this process is at a trial."""
        self._lock(2 + trial)

    def drop(self, trial: int) -> None:
        """Tell them that it is no longer."""
        self._unlock(2 + trial)

    def held(self, trial: int) -> bool:
        """Say whether another process is at a trial."""
        try:
            self._lock(2 + trial, fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        self._unlock(2 + trial)
        return False

    def close(self) -> None:
        os.close(self.descriptor)

    def _lock(self, byte: int, how: int = 0) -> None:
        fcntl.lockf(self.descriptor, fcntl.LOCK_EX | how, 1, byte)

    def _unlock(self, byte: int) -> None:
        fcntl.lockf(self.descriptor, fcntl.LOCK_UN, 1, byte)


def _open(path: str, locks: Any = None) -> optuna.Study:
    """Load the study of a journal, or with locks make one; MLPError if it is of others."""
    try:
        journal = JournalFileBackend(path, locks)
        with one_line(Path(path)):
            lines = Path(path).read_bytes().rpartition(b"\n")[0].splitlines()
        json.loads(lines[-1] if lines else "0")  # optuna would complain only at a line after it
        storage = JournalStorage(journal)
        names = [study.study_name for study in storage.get_all_studies()]
    except (AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise MLPError(f"{path}: not a study of mlp tune, or damaged") from error
    if STUDY not in names and (lines or locks is None):
        raise MLPError(f"{path}: not a study of mlp tune")
    get = optuna.load_study if names else optuna.create_study
    return get(study_name=STUDY, storage=storage, pruner=MedianPruner(**PRUNER))


@dataclass(frozen=True)
class Results:
    """A study, read."""

    setup: dict[str, Any]
    trials: list[Trial]
    importances: dict[str, float]  # of what was searched, the largest first; empty where too early

    @property
    def best(self) -> Trial:
        """The trial with the lowest loss on val; MLPError if none has come to its end."""
        complete = [trial for trial in self.trials if trial.state == COMPLETE]
        if not complete:
            raise MLPError("no trial has come to its end yet")
        return min(complete, key=lambda trial: trial.loss)

    def command(self, trial: Trial) -> str:
        """Return the command that trains a trial again."""
        words = ["mlp", "train", "--corpus", self.setup["corpus"]]
        words += ["--backend", self.setup["backend"]] * (self.setup["backend"] != DEFAULT_BACKEND)
        for name, value in trial.options.items():
            words += option_words(HYPERPARAMETERS[name], value)
        return shlex.join(words + ["--fold"] * trial.fold)


def read_study(path: Path) -> Results:
    """Read a study, of which nothing is locked or written; MLPError if it is none."""
    if not is_study(path):
        raise MLPError(f"{path}: not a study of mlp tune")
    study = _open(str(path))
    if "setup" not in study.user_attrs:
        raise MLPError(f"{path}: a study that has not begun")
    return _results(study)


def _results(study: optuna.Study) -> Results:
    trials = [t for t in study.get_trials(deepcopy=False) if t.state != TrialState.WAITING]
    importances: dict[str, float] = {}
    if sum(t.state == TrialState.COMPLETE for t in trials) > 2:
        with warnings.catch_warnings(action="ignore"):  # few trials say little
            importances = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator())
    return Results(study.user_attrs["setup"], [_trial(t) for t in trials], importances)


# --- the search --------------------------------------------------------------------------


class _Pruned(Exception):
    """A trial is worse than others were by then."""


class Search:
    """A process at work on a study."""

    def __init__(self, path: Path, corpus: Corpus, setup: dict[str, Any], threads: int) -> None:
        """Start the study, or join it; MLPError if it is another."""
        load_backend(setup["backend"])
        check_writable(path)
        if path.exists() and path.stat().st_size > 0 and not is_study(path):
            raise MLPError(f"{path}: not a study of mlp tune")
        self.path = path
        self.corpus = corpus
        self.setup = setup
        self.threads = threads
        self.space: dict[str, BaseDistribution] = {name: SPACE[name] for name in setup["space"]}
        journal = os.path.realpath(path)
        with writing(path):
            self.locks = Locks(journal)
            with self.locks.choosing():
                self.study = self._joined(journal)

    def _joined(self, journal: str) -> optuna.Study:
        study = _open(journal, self.locks)
        if "setup" not in study.user_attrs:
            study.enqueue_trial(self._first(), skip_if_exists=True)
            study.set_user_attr("setup", self.setup)
        if different := _differences(study.user_attrs["setup"], self.setup):
            raise MLPError(f"{self.path}: a study of {different}")
        return study

    def _first(self) -> dict[str, Any]:
        """Return the preset's values, or what is nearest to them in the space."""
        config, training = configured(self.setup["preset"], {}, self.setup["vocab"])
        values = asdict(config) | asdict(training)
        values["warmup"] /= training.steps
        first = {}
        for name, space in self.space.items():
            value = values[name]
            if isinstance(space, Real) and space.step:
                value = space.low + round((value - space.low) / space.step) * space.step
            if isinstance(space, Whole | Real):
                value = min(max(value, space.low), space.high)
            first[name] = value
        return first

    def close(self) -> None:
        """Let go of the study."""
        self.locks.close()

    def results(self) -> Results:
        """Return the study as it is now, with the trials of all processes."""
        return _results(self.study)

    def run(self, most: int, look: Callable[[], None]) -> Iterator[Trial]:
        """Yield trial after trial, until the study has so many; `look` may raise Stopped."""
        while (trial := self._next(most)) is not None:
            with writing(self.path):
                self._train(trial, look)
                self.locks.drop(trial.number)
            yield _trial(self._frozen(trial))

    def _next(self, most: int) -> optuna.Trial | None:
        """Return the next trial, or None if there are enough, done or running."""
        with writing(self.path), self.locks.choosing():
            trials = self.study.get_trials(deepcopy=False)
            ended = sum(t.state in (TrialState.COMPLETE, TrialState.PRUNED) for t in trials)
            running = [t for t in trials if t.state == TrialState.RUNNING]
            dead = [t for t in running if not self.locks.held(t.number)]
            for each in dead:
                self._stop(each)
            count = ended + len(running) - len(dead)
            if count >= most:
                return None
            # Each has a seed of its own, whoever runs it: nothing is drawn twice, and a study that
            # was stopped goes on as if nothing had happened.
            self.study.sampler = TPESampler(seed=count, multivariate=True, constant_liar=True)
            trial = self.study.ask(self.space)
            self.locks.hold(trial.number)
            return trial

    def _stop(self, trial: FrozenTrial) -> None:
        """Mark a trial that was stopped, and have it tried again."""
        self.study.tell(trial.number, state=TrialState.FAIL)
        again = trial.system_attrs.get("fixed_params", {})
        if trial.params.keys() == self.space.keys():
            again = trial.params
        if again:  # else it was killed while it was drawn, as it will be drawn once more
            self.study.enqueue_trial(again)

    def _train(self, trial: optuna.Trial, look: Callable[[], None]) -> None:
        """Train, and tell the study how it ended."""
        start = time.perf_counter()
        ended: dict[str, Any] = {}
        state = TrialState.PRUNED
        try:
            ended["shown"] = self._trained(trial, look)
            state = TrialState.COMPLETE
        except _Pruned:
            pass
        except MLPError as error:  # sizes that are impossible, a loss that is no number
            ended["why"] = str(error)
        except Stopped:
            self._stop(self._frozen(trial))
            raise
        trial.set_user_attr("ended", ended | {"seconds": time.perf_counter() - start})
        last = self._frozen(trial).intermediate_values.get(TENTHS)
        self.study.tell(trial, last if state == TrialState.COMPLETE else None, state)

    def _frozen(self, trial: optuna.Trial) -> FrozenTrial:
        return self.study.get_trials(deepcopy=False)[trial.number]

    def _trained(self, trial: optuna.Trial, look: Callable[[], None]) -> float:
        """Train; return the last loss that `mlp train` would show."""
        corpus, setup = self.corpus, self.setup
        config, training = configs_of(setup, trial.params, len(corpus.train))
        fold = folds(setup["backend"], config, training)
        values = asdict(config) | asdict(training)
        started = {
            "options": {name: values[name] for name in HYPERPARAMETERS},
            "fold": fold,
            "parameters": config.size,
        }
        trial.set_user_attr("started", started)
        where = f"{corpus.folder}/train.txt"
        train_windows = Windows(corpus.train, config.context, training.padded, where)
        check_batch(training.batch, train_windows, where)
        val_windows = Windows(
            corpus.val, config.context, training.padded, f"{corpus.folder}/val.txt"
        )
        run = Run.start(config, training, setup["backend"], fold=fold, threads=self.threads)
        shown = 0.0

        def on_report(report: Report) -> None:
            nonlocal shown
            tenth = TENTHS * report.step // training.steps
            if tenth > 0:
                shown = report.val_loss
                trial.report(run.checked(whole_loss(run, val_windows, shown)), tenth)
                if tenth < TENTHS and trial.should_prune():
                    raise _Pruned

        every = -(-training.steps // TENTHS)
        train(run, train_windows, val_windows, training.steps, every, on_report, between=look)
        return shown


def folds(backend: str, config: ModelConfig, training: TrainingConfig) -> bool:
    """Say whether a training is faster with its first layer in tables, and can be."""
    possible = backend != "torch" and config.input_dropout == 0
    return possible and config.vocab <= training.batch


def whole_loss(run: Run, windows: Windows, full_batches: float) -> float:
    """Return the loss on all windows, from that on the batches that they fill.

    Which windows are left over depends on the batch, and they may be hard or easy ones.
    """
    n, size = len(windows), min(run.training.batch, len(windows))
    counted = windows.n_tokens // size * size
    if counted >= n:
        return full_batches
    rest = run.backend.loss(*windows.take(np.arange(counted, n)))
    return (full_batches * counted + rest * (n - counted)) / n
