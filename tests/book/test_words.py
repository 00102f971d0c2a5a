"""No page uses a word of the field, or a name of the snippets, before one has explained it."""

import re

import cases
import pytest
from mkdocs.config import load_config

DOCS = cases.REPOSITORY / "docs"
NAV = str(load_config(str(cases.REPOSITORY / "mkdocs.yml"))["nav"])
ORDER = [DOCS / name for name in re.findall(r"[\w/-]+\.md", NAV)]

WORDS = {  # how a text uses a word, and where it explains it: in italics
    r"loss(es)?": "loss",
    r"forward": "forward",
    r"backward": "backward",
    r"gradients?": "gradient",
    r"nats?": "nat",
    r"(training )?steps?(?! by step)": "step",
    r"training": "Training",
    r"batch(es)?": "batch",
    r"presets?": "preset",
    r"checkpoints?": "checkpoint",
    r"parameters?": "parameters",
    r"tokens?": "token",
    r"windows": "windows",
    r"activations?": "activation",
    r"logits?": "logit",
    r"tensors?": "tensor",
    r"optimizer": "optimizer",
    r"autograd": "Autograd",
    r"learning rate": "learning rate",
    r"chain rule": "chain rule",
    r"finite differences?": "finite difference",
    r"corpus": "corpus",
    r"FLOPs?": "FLOP",
    r"FMAs?": "fused multiply-add",
}
NAMES = ("ONE", "ALL", "CONFIG", "MLPRaw")


def reading_order(text: str) -> str:
    """Leave out what is no prose: front matter, listings, code, formulas, targets of links."""
    _, _, page = text.split("---\n", 2)
    page = re.sub(r"(?ms)^( *)```.*?^ *```$|^\$\$.*?^\$\$$", "", page)
    page = re.sub(r"^#+ .*$|^- \[.*$", "", page, flags=re.MULTILINE)  # titles, also of chapters
    return re.sub(r"`[^`]*`|\$[^$]*\$|\{\{.*?\}\}|\]\([^)]*\)|\|.*\|", " ", page)


PROSE = "\n".join(reading_order(page.read_text()) for page in ORDER)


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_explained_where_it_stands_first(word: str) -> None:
    first = re.search(rf"\b{word}\b", PROSE, re.IGNORECASE)
    explained = re.search(rf"\*{WORDS[word]}\*", PROSE)
    assert first, "nobody uses it"
    assert explained, "nobody explains it"
    sentence = PROSE.rfind(". ", 0, explained.start())
    before = PROSE[max(0, first.start() - 40) : first.end() + 40]
    assert first.start() >= sentence, f"used before it is explained: {before!r}"


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_the_snippets_is_explained_before_it_is_used(name: str) -> None:
    pages = "\n".join(page.read_text() for page in ORDER)
    explained = pages.index(f"`{name}`")
    assert pages.rfind("```", 0, explained) == pages.rfind("```\n\n", 0, explained), "in a listing"
    assert re.search(rf"\b{name}\b", pages).start() >= explained
