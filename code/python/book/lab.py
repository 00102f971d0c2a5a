"""The MkDocs hook for the pages that train: it puts what they fetch beside their scripts.

That is the C library as WebAssembly, if somebody has built it; the default corpus; and the losses
that a reader may want to see the model's beside, from the records of docs/results. Without the
library the pages say what is missing. Library and corpus are packed here, since the gzip of hosts
leaves one byte in twenty more.
"""

import json
import logging
import math
from functools import cache
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from zopfli import gzip

from book import example as book
from litdocs.results import record
from mlp.corpora import GIVEN_NAMES, Corpus, load

FOLDER = "assets/lab"
SPLITS = ("train", "val")  # test stays with those who train in earnest


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the files that no folder of the pages holds."""
    root = Path(config.config_file_path).parent
    corpus = load(GIVEN_NAMES)
    copies = {f"{corpus.name}/{split}.txt": corpus.folder / f"{split}.txt" for split in SPLITS}
    module = root / "build" / "mlp.wasm"
    if module.exists():
        copies["mlp.wasm"] = module
    else:
        logging.getLogger("mkdocs.hooks.lab").info("no build/mlp.wasm: no page can train")
    for name, path in copies.items():
        packed = pack(path.read_bytes())
        files.append(File.generated(config, f"{FOLDER}/{name}.gz", content=packed))
    made = {
        "example.json": example(),
        "baselines.json": {corpus.name: baselines(root / "docs" / "results", corpus)},
    }
    for name, value in made.items():
        content = json.dumps(value, ensure_ascii=False)
        files.append(File.generated(config, f"{FOLDER}/{name}", content=content))
    return files


@cache  # while a server rebuilds the site
def pack(content: bytes) -> bytes:
    """Return a gzip file, in as few bytes as a second of search finds."""
    return gzip.compress(content)


def baselines(results: Path, corpus: Corpus) -> list[dict[str, object]]:
    """Return validation losses to pass, from the highest down."""
    counts = record(results / f"ngram-{corpus.name}.json")
    original = record(results / f"original-{corpus.name}.json")["runs"]["c"]["val"]
    smoothed = counts["best"]["val_loss"]
    smoothest = min(found["val_loss"] for found in counts["kneser_ney"].values())
    return [
        {"name": "guessing", "loss": math.log(corpus.alphabet.vocab)},
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
