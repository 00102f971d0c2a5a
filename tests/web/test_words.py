"""The reader's own words in a page: kept, changed, dropped and split as `mlp data` does it."""

import json
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases import MESSY, REPOSITORY

from litdocs.npm import node
from mlp.corpora import SPLITS
from mlp.errors import MLPError
from mlp.words import Changes, TooFew, import_words

LISTS = {
    "messy": MESSY,
    "capitals": "EMMA\nOLIVIA\nAVA\n",
    "Cyrillic": "Иван\nМария\nЁлка\nАнна\n",
    "Greek": "Σωκράτης\nΟΔΥΣΣΕΥΣ\nΆννα\n",
    "Arabic": "محمد\nفاطمة\nعَلِيّ\n",
    "Devanagari": "राम\nसीता\nकृष्ण\n",
    "Turkish": "İbrahim\nIşıl\nÇağla\n",
    "German": "Größe\nStraße\nÄnne\nweiß\n",
    "beyond 16 bits": "𐐨𐐩\n𐑄𐐀\nﬀ\nﬁ\n",
    "blanks": "\u00a0ava\u3000\nzo\u2009e\n\x1cmia\x1f\nnora\x85\n",
    "invisible": "av\u200da\nz\u00adoe\nmi\ufe0fa\nli\u034fam\nnora\nemma\ntheo\n",
    "one word": "emma\n",
    "two words, twice": "emma\nzoe\nEmma\nZoe\n",
    "nothing": " \n\t\n",
    "zeros": "emma\0\n",
}


def in_node(wasm: Path, lists: list[tuple[str, bool]]) -> list[dict[str, Any]]:
    job = json.dumps([{"text": text, "keepScript": keep} for text, keep in lists])
    command = [node(), "--no-warnings", REPOSITORY / "tests/web/words.mjs", wasm]
    done = subprocess.run(command, input=job, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def by_mlp_data(text: str, keep: bool, tmp_path: Path) -> dict[str, Any]:
    """What `mlp data` makes of a text, told as the page tells it."""
    file = tmp_path / "list.txt"
    file.write_text(text, "utf-8", newline="")
    folder, changes = import_words(file, "list", tmp_path / "corpora", keep, force=True)
    files = {split: (folder / f"{split}.txt").read_text("utf-8") for split in SPLITS}
    alphabet = folder / "alphabet.txt"
    letters = "".join(alphabet.read_text("utf-8").splitlines()) if alphabet.exists() else ""
    words = sum(text.count("\n") for text in files.values())
    return {**files, "letters": letters, "words": words, "changes": said(changes)}


def check(found: dict[str, Any], text: str, keep: bool, tmp_path: Path) -> None:
    """Compare a corpus, or the complaint that there is none, with that of `mlp data`."""
    try:
        expected = by_mlp_data(text, keep, tmp_path)
    except TooFew as error:
        assert found["complaint"].split("\n")[1:] == said(error.changes)  # noqa: PT017
    except MLPError as error:
        why = found["complaint"].removeprefix("it is ").removeprefix("it ")
        assert why in str(error)  # noqa: PT017
    else:
        assert found == expected, repr(text)


def said(changes: Changes) -> list[str]:
    return [line.strip() for line in changes.lines()]


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("name", LISTS)
def test_a_page_makes_of_a_list_what_the_program_makes(
    name: str, keep: bool, wasm: Path, tmp_path: Path
) -> None:
    (found,) = in_node(wasm, [(LISTS[name], keep)])
    check(found, LISTS[name], keep, tmp_path)


@pytest.mark.parametrize("keep", [False, True])
def test_every_character_is_taken_alike(keep: bool, wasm: Path, tmp_path: Path) -> None:
    """Those that this Python knows: Node may know some more."""
    every = (chr(code) for code in range(sys.maxunicode + 1))
    known = [c for c in every if unicodedata.category(c)[:1] != "C" or ord(c) < 0x300]
    words = [f"a{c}b\n" for c in known if c not in "\0\n\r"]
    lists = [
        "emma\nava\nzoe\n" + "".join(words[i : i + 60_000]) for i in range(0, len(words), 60_000)
    ]
    for text, found in zip(lists, in_node(wasm, [(text, keep) for text in lists])):
        assert found == by_mlp_data(text, keep, tmp_path)


def test_random_lists_are_taken_alike(
    random: np.random.Generator, wasm: Path, tmp_path: Path
) -> None:
    characters = [
        *"abczABZéÉßıİσςΣ\u0301\u0323\u0345\t \r\n\n\n-'9\u00a0\u200bяЯ𐐀ق",
        "\r\n",
        "\ufeff",
    ]
    texts = ["".join(random.choice(characters, size=60)) for _ in range(200)]
    lists = [(text, bool(i % 2)) for i, text in enumerate(texts)]
    for (text, keep), found in zip(lists, in_node(wasm, lists)):
        check(found, text, keep, tmp_path)
