"""What keeps the text from lying: each function returns what is wrong in a tree of this repository.

Each takes the root of the tree, so that a lie can be planted in a copy of it.
"""

import ast
import importlib
import inspect
import json
import re
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from markdown.extensions.toc import slugify
from markdown_it import MarkdownIt

from book import said
from litdocs import equations, prose
from litdocs.fences import Fence, fences
from litdocs.results import PATTERN, lookup
from litdocs.sources import LitdocsError, Source
from mlp.config import PRESETS
from mlp.corpora import CORPORA
from records.store import digest
from records.training import FIRST_STEPS, LONG

SITE = "https://mlp-spelled-out.github.io/mlp-spelled-out/"


def pages(root: Path) -> list[Path]:
    """Return everything that is written for readers, in Markdown."""
    return [root / "README.md", *sorted((root / "docs").rglob("*.md"))]


def said_of(page: Path) -> ModuleType:
    """Return the module of book.said that vouches for the numbers of a page."""
    return importlib.import_module(f"book.said.{page.stem.lower().replace('-', '_')}")


# --- numbers -----------------------------------------------------------------


def numbers(text: str, module: ModuleType) -> list[str]:
    """Numbers and formulas that nothing vouches for, and what should be said and is not."""
    own = [*module.SAYS, *module.READ]
    phrases = [*own, *said.SAYS, *said.READ]
    found = prose.unsaid(text, [*phrases, *(f"${latex}$" for latex in formulas(module))])
    found += [f"'{phrase}' is not there" for phrase in own if not prose.spans(text, phrase)]
    for latex, values in formulas(module).items():
        if not prose.spans(text, f"${latex}$"):
            found.append(f"'${latex}$' is not there")
        try:
            equations.holds(re.sub(r"^\{(.*)\}$", r"\1", latex), values)
        except LitdocsError as error:
            found.append(error.message)
    return found


def formulas(module: ModuleType) -> dict[str, dict[str, Any]]:
    return getattr(module, "FORMULAS", {})


def page_numbers(root: Path, name: str) -> list[str]:
    return numbers(prose.of_page(markdown(root / name)), said_of(root / name))


def markdown(page: Path) -> str:
    """Return a page, but for the parts of the README that a program writes."""
    text = page.read_text("utf-8")
    return re.sub(r"<!-- begin (\w+) -->.*?<!-- end \1 -->", "", text, flags=re.DOTALL)


def notebook_numbers(root: Path, name: str) -> list[str]:
    cells = json.loads((root / name).read_text("utf-8"))["cells"]
    text = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    return numbers(text, said_of(root / name))


def shown(root: Path) -> list[Source]:
    """Return the sources that the pages show."""
    found: dict[str, Source] = {}
    for page in pages(root):
        for fence in fences(markdown(page).splitlines()):
            sources = [fence.include(root)]
            if fence.language == "sources":
                sources = [column.source for column in fence.columns(root)]
            found |= {f"{s.path}:{s.first}-{s.last}": s for s in sources if s}
    return list(found.values())


def comment_numbers(root: Path) -> list[str]:
    """The same in the comments of what the pages show, and of the presets."""
    texts = [f"{source.text}\n\n" for source in shown(root)]
    texts += [
        (root / f"code/{name}").read_text() for name in ("c/config.c", "python/mlp/config.py")
    ]
    return numbers(prose.comments("".join(texts)), importlib.import_module("book.said.comments"))


def figure_numbers(root: Path) -> list[str]:
    """The same in the words of the figures: what is typed there, and not computed."""
    words = []
    for file in sorted((root / "code/python/book/figures").glob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        docstrings = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.FunctionDef) and isinstance(node.body[0], ast.Expr)
        }
        words += [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            if id(node) not in docstrings and " " in node.value.strip()
        ]
    text = re.sub(r"<[^>]+>", "", "\n\n".join(words))
    return numbers(text, importlib.import_module("book.said.captions"))


def typed(module: ModuleType) -> list[str]:
    """Phrases of a module that should be computed, and have a number that was typed."""
    tree = ast.parse(inspect.getsource(module))
    (says,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        if ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target) == "SAYS"
    )
    found = [ast.unparse(e) for e in says.elts if isinstance(e, ast.Constant)]
    forms = {id(n.format_spec) for n in ast.walk(says) if isinstance(n, ast.FormattedValue)}
    for node in ast.walk(says):
        if isinstance(node, ast.JoinedStr) and id(node) not in forms:
            fixed = [part.value for part in node.values if isinstance(part, ast.Constant)]
            computed = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
            hand = set(prose.NUMBER.findall("{}".join(fixed))) - {"0", "1"}
            if hand or not any(
                isinstance(leaf, ast.Name) for part in computed for leaf in ast.walk(part)
            ):
                found.append(ast.unparse(node))
    return found


# --- formulas, exercises, and fences that do not run ---------------------------


def unchecked_formulas(root: Path, name: str) -> list[str]:
    """Formulas of a page that no fence computes, and those that are not true."""
    text = markdown(root / name)
    lines = text.splitlines()
    found, computed = [], set()
    for fence in fences(lines):
        if fence.language == "equation":
            try:
                computed.add(equations.above(lines, fence))
                if not fence.not_run:
                    equations.check(lines, fence)
            except LitdocsError as error:
                found.append(error.message)
    for block in re.findall(r"^ *\$\$\n(.*?)\n *\$\$$", prose.of_page(text), re.S | re.M):
        latex = "\n".join(line.strip() for line in block.splitlines())
        if latex not in computed:
            found.append(f"no fence computes '{latex}'")
    return found


def unchecked_answers(root: Path, name: str) -> list[str]:
    """Answers to exercises that no fence computes, and no computed phrase vouches for."""
    text = markdown(root / name)
    if '??? success "Answers"' not in text:
        return []
    answers = text.split('??? success "Answers"')[1].split("\n## ")[0]
    module = said_of(root / name)
    unchecked = getattr(module, "UNCHECKED", {})  # with a reason for each
    computed = [*module.SAYS, *(f"${latex}$" for latex in formulas(module))]
    found = []
    for number, answer in re.findall(r"^    (\d)\. (.*?)(?=^    \d\. |\Z)", answers, re.S | re.M):
        runs = [f for f in fences(answer.splitlines()) if f.language in ("python", "c", "sh")]
        prose_only = prose.of_page(answer)
        says = any(prose.spans(prose_only, phrase) for phrase in computed)
        if not runs and not says and not unchecked.get(int(number)):
            found.append(f"answer {number}: nothing computes it")
    return found


USE = """
mlp data                                        # 18,730 given names, no download
mlp train --log losses.csv                      # in C; or --backend numpy, or torch
mlp sample --backend numpy --prompt ma          # from what was trained last, mlp.safetensors
mlp plot losses.csv                             # the curve of the losses, plot.svg
mlp tune --study names.study                    # better hyperparameters; needs optuna
mlp agree --steps 2000                          # how far the three part; needs PyTorch
"""
NOT_RUN = {  # what a reader runs, and the tests cannot: reviewed
    USE.strip(),
    "git clone https://github.com/mlp-spelled-out/mlp-spelled-out && cd mlp-spelled-out",
    "python3 -m pip install nox && nox -s docs",
    "python3 -m pip install nox && nox -s tests",
    "python3 -m pip install -c constraints.txt -e '.[torch,tune]'",
    "mlp data ssa-names",
    "cc -Icode/c snippet.c build/libmlp.a -lm -o snippet && ./snippet",
}


def fences_that_do_not_run(root: Path, name: str) -> list[str]:
    """Fences that are only shown, without a reason that somebody reviewed."""
    found = []
    for fence in fences(markdown(root / name).splitlines()):
        if "norun" in fence.classes and not reviewed(fence):
            found.append(f"{fence.first}: not among the fences that need not run")
        elif fence.language == "text":
            found.append(f"{fence.first}: a text that nothing prints")
    return found


def reviewed(fence: Fence) -> bool:
    return fence.text.strip() in NOT_RUN or (
        fence.language == "equation" and not fence.text.strip()
    )


# --- tables ------------------------------------------------------------------

KINDS: tuple[dict[str, str], ...] = (  # the keys of records, and how a table calls them
    {
        "c": r"\bC\b(?!, called)", "numpy": r"\bNumPy\b", "torch": r"\bPyTorch\b",
        "c-python": "C, called from Python",
        "c-numpy": "C – NumPy", "c-torch": "C – PyTorch", "numpy-torch": "NumPy – PyTorch",
        "c-textbook": "C, as in the chapters", "c-fold": "C, (with fold|folded)",
        "numpy-original": "NumPy, the original", "numpy-fold": "NumPy, with fold",
        "to-torch": "to PyTorch", "to-original": "to the original",
    },
    {"base": "baseline", "avx2": r"\bAVX2\b", "avx512": r"\bAVX-512\b|^faster$|^without$",
     "textbook": r"`tanhf`", "fast-math": "with `-ffast-math`"},
    {"linear_forward": "textbook", "partial_sums": "many sums", "outputs_inside": "outputs inside",
     "transposed": "transposed", "tiled": "tile", "packed": "packed", "library": "library",
     "peak": "peak"},
    {"adamw": "`-fno-math-errno`", "adamw-errno": "with `errno`"},
    {"ms": r"\bms\b", "us": "µs", "gflops": "GFLOP/s", "faster": "faster",
     "seconds": "seconds", "megabytes": "MB", "kilobytes": "KB", "ns": r"\bns\b"},
    {"val": "[Vv]alidation", "test_loss": r"\b[Tt]est\b",
     "train": "[Tt]raining loss", "train_loss": r"\b[Tt]rain\b",
     "parameters": "[Pp]arameters|^[0-9,]+$", "steps": "[Ss]teps"},
    {"float32": "", "float64": "float64"},
    {f"512-{batch}": f"^{batch:,}$" for batch in (32, 128, 512, 1024)},
    dict.fromkeys(("small", "model", "large"), "(?!)"),  # in words nowhere: the column's own number
    {
        f"{record}-{corpus}": name
        for corpus in CORPORA
        for record, name in {"ngram": "counts", **{n: f"`{n}`" for n in PRESETS}}.items()
    },
    {"original": "`original`", "anew": "anew", "gelu": "GELU", "context": "characters of context",
     "dropout": "^dropout", "shuffled": "each epoch", "batches": "batches", "decay": "decay",
     "two": "two hidden", "three": "three hidden", "input": "input dropout", "wide": "wider",
     "tempered": "temperature"},
    {"counts": "^counts", "small-1337": "^`small`$", "small": "^`small`, mixed", "best": "^`best`",
     "seeds": "three seeds", "all": "^`best`, three seeds of `small`, and counts"},
    {"alone": "", "mixed": "mixed|and counts"},
    {str(hundredths): f"^{hundredths / 100:g}$" for hundredths in range(100, 131, 5)},
    {"add_lambda": "λ", "kneser_ney": "Kneser-Ney", "sliding": "sliding"},
    {str(order): rf"order {order}\b" for order in (4, 6)},
    {
        name: f"^{name.replace('_', ' ')}"
        for name in ("learning_rate", "context", "layers", "padded", "weight_decay", "batch",
                     "hidden", "activation", "embedding")
    },
    {"alone": "it alone", "without": "all but it"},
    {
        name: f"^{number}. {name.lower()}"
        for number, name in enumerate(
            ("Everywhere", "Mean", "Attention", "Residual", "Transformer"), 1
        )
    },
)  # fmt: skip


class Cell:
    """A recorded number in a table, and what its row and its column say about it."""

    def __init__(self, root: Path, row: list[str], column: int, head: list[str]) -> None:
        self.text = row[column].strip()
        self.keys = keys(self.text)
        self.step = next((int(key[1:]) for key in self.keys if key.startswith("@")), None)
        labels = row[0], head[column], head[0]  # the last is the corner
        self.labels = [(keys(label), rendered(root, label)) for label in labels]
        self.row = " | ".join(rendered(root, text) for text in row if text != row[column])

    def named(self, kind: dict[str, str], rivals: set[str]) -> set[str]:
        """Return which of these keys the labels say; the corner speaks where they are silent."""
        row, column, corner = (
            own & rivals | says(label, kind, rivals) for own, label in self.labels
        )
        return row | column or corner


def keys(text: str) -> set[str]:
    """Return the parts of the addresses in a cell, without those that say the same twice."""
    found: set[str] = set()
    for record, entry, _ in re.findall(PATTERN, text):
        entry = re.sub(r"\bratio\.(torch|original)\b", r"to-\1", entry)
        entry = entry.replace("adamw.adamw", "adamw").replace("val_loss", "val")
        found |= {record, *entry.split(".")}
    return found


def says(label: str, kind: dict[str, str], rivals: set[str]) -> set[str]:
    """Return the keys that a label says; of two that overlap, the one with more words."""
    spans = {key: match.span() for key in rivals if (match := re.search(kind[key], label))}
    return {
        key
        for key, (start, end) in spans.items()
        if start < end
        and not any(a <= start and end <= b and (a, b) != (start, end) for a, b in spans.values())
    }


def rendered(root: Path, text: str) -> str:
    """Return a cell as its reader sees it."""
    folder = root / "docs" / "results"
    return re.sub(
        PATTERN, lambda m: lookup(folder / f"{m[1]}.json", m[2], m[3] or ""), text
    ).strip()


def tables(root: Path, name: str) -> list[str]:
    """Cells of the tables of a page that hold another number than their labels say."""
    found = []
    text = prose.of_page(markdown(root / name))
    for block in re.findall(r"(?:^ *\|.*\n)+", text, re.MULTILINE):
        head, _, *rows = [line.strip().strip("|").split("|") for line in block.splitlines()]
        cells = [
            Cell(root, row, column, head)
            for row in rows
            for column, entry in enumerate(row)
            if column and re.search(PATTERN, entry)
        ]
        for kind in KINDS:
            rivals = set(kind) & set().union(*(cell.keys for cell in cells))
            if len(rivals) < 2:
                continue
            optional = not any(cell.named(kind, rivals) for cell in cells)
            for cell in cells:
                named, has = cell.named(kind, rivals), cell.keys & rivals
                spoken = {key for key in has if kind[key]}
                if not (spoken <= named <= has or optional):
                    found.append(f"{cell.text}: the labels say {named or 'nothing'}, it is {has}")
        for cell in cells:
            if cell.step is not None:
                word = f"{cell.step:,}" if cell.step else "before"
                if word not in f"{cell.labels[0]} | {cell.row}":
                    found.append(f"{cell.text}: its row does not say '{word}'")
    return found


# --- records -----------------------------------------------------------------


def records(root: Path, name: str) -> list[str]:
    """What does not fit together in a record."""
    record = json.loads((root / name).read_text("utf-8"))
    found = []
    if "setup" in record:
        ended = [t for t in record["trials"] if t["state"] == "complete"]
        if record["best"] != min(ended, key=lambda trial: trial["loss"])["number"]:
            found.append("its best trial is another")
    if record.get("sha256") != digest(record):
        found.append("its digest is another: it is not as a program wrote it")
    if {"preset", "runs"} <= record.keys():
        found += training(record)
    if "trials" in record and "setup" not in record:  # a grid of counts; studies have their own
        best = min(record["trials"], key=lambda trial: trial["val_loss"])
        if record["best"]["val_loss"] != best["val_loss"]:
            found.append(f"the best trial is {best}")
    return found + list(summaries(record, ""))


def training(record: dict[str, Any]) -> list[str]:
    config, plan = PRESETS[record["preset"]]
    runs, found = record["runs"], []
    if (record["parameters"], record["steps"]) != (config.size, plan.steps):
        found.append("parameters or steps are not those of the preset")
    for name, run in runs.items():
        steps = run["steps"]
        if not len(steps) == len(run["train"]) == len(run["val"]) or steps != sorted(steps):
            found.append(f"{name}: not a loss for each step")
        whole = name == "c" or record["preset"] not in LONG
        if (steps[0], steps[-1]) != (0, record["steps"] if whole else FIRST_STEPS):
            found.append(f"{name}: its steps end at {steps[-1]}")
    for a, b in combinations(runs, 2):
        for split in ("train", "val"):
            both = min(len(runs[a][split]), len(runs[b][split]))
            apart = float(np.abs(np.subtract(runs[a][split][:both], runs[b][split][:both])).max())
            if record["differences"][f"{a}-{b}"][split] != apart:
                found.append(f"{a} and {b} differ by {apart} in {split}")
    return found


def summaries(entry: Any, where: str) -> Iterator[str]:
    """Spreads that are out of order, and rates that are not work by time."""
    if isinstance(entry, list):
        entry = dict(enumerate(entry))
    if not isinstance(entry, dict):
        return
    if {"min", "q1", "median", "q3", "max"} <= entry.keys():
        low_to_high = [entry[key] for key in ("min", "q1", "median", "q3", "max")]
        if low_to_high != sorted(low_to_high):
            yield f"{where}: {low_to_high} are out of order"
    for key, value in entry.items():
        yield from summaries(value, f"{where}.{key}")


# --- links -------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """Return the ids of the sections of a page."""
    tokens = MarkdownIt("commonmark").parse(markdown(page))
    found: set[str] = set()
    for head, inline in pairwise(tokens):
        if head.type == "heading_open":
            plain = "".join(
                t.content for t in inline.children or [] if t.type in ("text", "code_inline")
            )
            own = re.search(r"\{ *#([\w-]+) *\}$", plain)
            found.add(own[1] if own else slugify(plain, "-"))
    return found


def links(root: Path, name: str) -> list[str]:
    """Links of a page that lead nowhere, and those to lines, which move."""
    page = root / name
    found = []
    tokens = MarkdownIt("commonmark").parse(prose.of_page(markdown(page)))
    addresses = [
        str(child.attrs["href"])
        for token in tokens
        for child in token.children or []
        if child.type == "link_open"
    ]
    for address in addresses:
        if re.search(r"#L\d+", address):
            found.append(f"{address}: the lines of a file move")
        address = re.sub(rf"^{SITE}(.*)\.html", r"/docs/\1.md", address)
        path, _, anchor = address.partition("#")
        if re.match(r"\w+:", path):
            continue
        there = root / path[1:] if path.startswith("/") else page.parent / path
        there = page if not path else there
        if not there.exists() and not there.with_suffix(".ipynb").exists():
            found.append(f"{address}: no such file")
        elif anchor and anchor not in anchors(there):
            found.append(f"{address}: no such section")
    return found
