"""The MkDocs hook for the pages that train: it puts what they fetch beside their scripts.

That is the C library as WebAssembly, if somebody has built it; the default corpus; and the losses
that a reader may want to see the model's beside, from the records of docs/results. Without the
library the pages say what is missing.
"""

import json
import logging
import math
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from book import example as book
from litdocs.results import record
from mlp.corpora import GIVEN_NAMES, load

FOLDER = "assets/lab"
SPLITS = ("train", "val")  # test stays with those who train in earnest


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the files that no folder of the pages holds."""
    root = Path(config.config_file_path).parent
    module = root / "build" / "mlp.wasm"
    if module.exists():
        path = str(module)
        files.append(File.generated(config, f"{FOLDER}/mlp.wasm", abs_src_path=path))
    else:
        logging.getLogger("mkdocs.hooks.lab").info("no build/mlp.wasm: no page can train")
    corpus = load(GIVEN_NAMES)
    for split in SPLITS:
        path = str(corpus.folder / f"{split}.txt")
        files.append(
            File.generated(config, f"{FOLDER}/{corpus.name}/{split}.txt", abs_src_path=path)
        )
    content = json.dumps(example(), ensure_ascii=False)
    files.append(File.generated(config, f"{FOLDER}/example.json", content=content))
    lines = {corpus.name: baselines(root / "docs" / "results", corpus.name)}
    content = json.dumps(lines, ensure_ascii=False)
    files.append(File.generated(config, f"{FOLDER}/baselines.json", content=content))
    return files


def baselines(results: Path, corpus: str) -> list[dict[str, object]]:
    """Return validation losses to pass, from the highest down."""
    counts = record(results / f"ngram-{corpus}.json")
    original = record(results / f"original-{corpus}.json")["runs"]["c"]["val"]
    alphabet = load(corpus).alphabet
    smoothed = counts["best"]["val_loss"]
    smoothest = min(found["val_loss"] for found in counts["kneser_ney"].values())
    return [
        {"name": "guessing", "loss": math.log(alphabet.vocab)},
        {"name": "counting", "loss": smoothed},
        {"name": "original", "loss": original[-1]},
        {"name": "counting, done well", "loss": smoothest},
    ]


def example() -> dict[str, object]:
    """Return what the explorer of one window starts from: the running example of the book."""
    tokens, target = book.ONE.tokens[0], book.ONE.targets[0]
    return {
        "window": "".join(book.letter(token) for token in tokens),
        "target": book.letter(target),
        "embedding": book.CONFIG.embedding,
        "hidden": book.CONFIG.hidden,
        "seed": str(book.SEED),
        "learning_rate": book.LEARNING_RATE,
        "weight_decay": book.WEIGHT_DECAY,
    }
