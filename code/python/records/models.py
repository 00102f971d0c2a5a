"""Trained models, kept in build/: several records look at the same ones."""

from pathlib import Path

from mlp.checkpoint import load_checkpoint
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
        saved = load_checkpoint(path)
        same = (saved.config, saved.training, saved.source) == (config, training, splits.source)
        if same and saved.step == training.steps:
            return Run.resume(path, "c", threads=THREADS)
    fold = config.input_dropout == 0  # sooner, and equal but for rounding
    run = Run.start(config, training, "c", threads=THREADS, fold=fold)
    run.source = splits.source
    parts = windows(splits, "train", run), windows(splits, "val", run)
    train(run, *parts, training.steps, training.steps, lambda report: None)
    run.save(path)
    return run


def windows(splits: Corpus, split: str, run: Run) -> Windows:
    """Return the windows of a split as a run looks at them."""
    return Windows(getattr(splits, split), run.config.context, run.training.padded)
