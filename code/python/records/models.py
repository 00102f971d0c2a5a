"""Trained models, kept in build/: several records look at the same ones."""

from dataclasses import replace
from pathlib import Path

from mlp.config import ModelConfig, TrainingConfig
from mlp.corpora import Corpus
from mlp.run import Run, train
from mlp.windows import Windows

FOLDER = Path(__file__).parents[3] / "build" / "records"
THREADS = 2  # the numbers do not depend on it


def model_file(splits: Corpus, name: str) -> Path:
    """Return where the model of that name is kept."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    return FOLDER / f"{splits.name}-{name}.safetensors"


def trained(splits: Corpus, name: str, config: ModelConfig, training: TrainingConfig) -> Run:
    """Return a run in C at its last step; it is trained where that has not been done before."""
    path = model_file(splits, name)
    if path.exists():
        run = Run.resume(path, "c", threads=THREADS)
        asked = (config, training, splits.source, training.steps)
        if (run.config, run.training, run.source, run.step) == asked:
            return run
    fold = config.input_dropout == 0  # sooner, and equal but for rounding
    run = Run.start(config, training, "c", threads=THREADS, fold=fold)
    run.source = splits.source
    parts = windows(splits, "train", run), windows(splits, "val", run)
    train(run, *parts, training.steps, training.steps, lambda report: None)
    run.save(path)
    return run


def with_temperature(run: Run, temperature: float) -> Run:
    """Return the same model with another temperature."""
    config = replace(run.config, temperature=temperature)
    other = Run.start(config, run.training, "c", threads=THREADS)
    other.backend.load(run.backend.params(), *run.backend.moments(), run.step)
    return other


def windows(splits: Corpus, split: str, run: Run) -> Windows:
    """Return the windows of a split as a run looks at them."""
    return Windows(getattr(splits, split), run.config.context, run.training.padded)
