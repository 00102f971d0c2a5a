"""A corpus of a file of words: what is kept, what is changed, and that all of it is said."""

import re
from pathlib import Path

import pytest
from cases import MESSY, complaint, run_python, succeed

from mlp.corpora import load
from mlp.errors import MLPError
from mlp.tokens import LATIN
from mlp.words import Changes, import_words


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MLP_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "corpora"


def imported(data: str | bytes, tmp_path: Path, **options: object) -> tuple[set[str], Changes]:
    """Import a file; return its words, and what was changed."""
    file = tmp_path / "list.txt"
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    folder, changes = import_words(file, **options)  # type: ignore[arg-type]
    return words_of(folder), changes


def words_of(folder: Path) -> set[str]:
    words = [
        word
        for split in ("train", "val", "test")
        for word in (folder / f"{split}.txt").read_text("utf-8").splitlines()
    ]
    assert len(words) == len(set(words)), "no word twice"
    return set(words)


def test_a_messy_list_is_folded_as_given_names_is_and_all_of_it_is_said(tmp_path: Path) -> None:
    words, changes = imported(MESSY, tmp_path)
    assert words == {"emma", "olivia", "ava", "zoe", "mia", "nora", "jurgen", "liam", "theo"}
    assert [line.strip() for line in changes.lines()] == [
        "1 byte order mark removed",
        "12 lines ended by a carriage return",
        "13 words in small letters: 'Emma' → 'emma'",
        "1 empty line dropped",
        "1 word trimmed of blanks: ' Ava ' → 'Ava'",
        "2 words without accents: 'zoë' → 'zoe'",
        "1 word dropped, repeated: 'zoe'",
        "1 word dropped, blanks inside: 'Mary Ann'",
        "2 words dropped, hyphens, digits and other signs: 'Jean-Luc'",
        "1 word dropped, letters other than a to z (--keep-script keeps them): 'Иван'",
        "1 line cut at a tab: 'Mia<U+0009>12' → 'Mia'",
        f"1 word dropped, more than 64 letters: '{'a' * 39}…'",
    ]
    assert not (tmp_path / "home" / "corpora" / "list" / "alphabet.txt").exists()


def test_with_keep_script_the_letters_stay(tmp_path: Path, home: Path) -> None:
    lines = "ИВАН\nИрина\nЯна\nЙога\nИ\u0306ога\nÉva\nE\u0301mile\nнет-нет\nя 1\nЁж"
    words, changes = imported(lines, tmp_path, keep_script=True)
    assert words == {"иван", "ирина", "яна", "йога", "éva", "émile", "ёж"}
    assert changes.counts["words composed (NFC)"] == 2
    assert changes.counts["words dropped, repeated"] == 1
    letters = (home / "list" / "alphabet.txt").read_text("utf-8").split()
    assert letters == sorted(set("".join(words))) == list(load("list").alphabet.letters)


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ("محمد\nفاطمة\nعَلِيّ\n", 3),
        ("मोहन\nसीता\nकृष्ण\n", 3),
        ("Ελένη\nΝίκος\nΆννα\n", 3),
        ("민준\n서연\nㅤ\nა\n", 3),  # a Hangul filler is a letter that does not show
        ("佳奈\n名\n山田\n", 3),
        ("Emma\nZoé\nAva\n", 3),
        ("می\u200cرود\nسارا\nرضا\nمینا", 3),  # a joiner does not show either
    ],
)
def test_every_script_can_be_kept(lines: str, kept: int, tmp_path: Path) -> None:
    words, _ = imported(lines, tmp_path, keep_script=True)
    assert len(words) == kept
    corpus = load("list")
    text = "".join(
        corpus.alphabet.decode(tokens) for tokens in (corpus.train, corpus.val, corpus.test)
    )
    assert set(text.split()) == words


def test_a_list_of_a_to_z_needs_no_alphabet_even_with_keep_script(tmp_path: Path) -> None:
    imported("emma\nava\nmia\n", tmp_path, keep_script=True)
    assert load("list").alphabet == LATIN


def test_utf_16_is_read_too(tmp_path: Path) -> None:
    words, changes = imported("Emma\nZoë\nAva\n".encode("utf-16"), tmp_path)
    assert words == {"emma", "zoe", "ava"}
    assert changes.counts["file in UTF-16, now UTF-8"] == 1


def test_the_same_list_is_the_same_corpus_in_whatever_order(tmp_path: Path, home: Path) -> None:
    words = [a + b for a in "abcdefghij" for b in "abcdefghij"]
    imported("\n".join(words), tmp_path)
    files = {path.name: path.read_bytes() for path in (home / "list").iterdir()}
    sizes = {name: data.count(b"\n") for name, data in files.items()}
    assert sizes == {"train.txt": 90, "val.txt": 5, "test.txt": 5}
    train = files["train.txt"].split()
    assert train != sorted(train), "shuffled"
    imported("\n".join(reversed(words)) + "\n", tmp_path)
    assert {path.name: path.read_bytes() for path in (home / "list").iterdir()} == files


def test_the_shares_can_be_chosen_and_each_split_has_a_word(tmp_path: Path, home: Path) -> None:
    words = [a + b for a in "abcdefghij" for b in "abcdefghij"]
    imported("\n".join(words), tmp_path, val=10, test=30)
    sizes = {p.name: p.read_bytes().count(b"\n") for p in (home / "list").iterdir()}
    assert sizes == {"train.txt": 60, "val.txt": 10, "test.txt": 30}
    imported("a\nb\nc\n", tmp_path, force=True)
    sizes = {p.name: p.read_bytes().count(b"\n") for p in (home / "list").iterdir()}
    assert sizes == {"train.txt": 1, "val.txt": 1, "test.txt": 1}


def test_a_corpus_of_that_name_is_replaced_only_by_force(tmp_path: Path, home: Path) -> None:
    imported("a\nb\nc\n", tmp_path)
    with pytest.raises(MLPError, match=r"/list: has other contents: --force replaces it, or an"):
        imported("d\ne\nf\n", tmp_path)
    assert words_of(home / "list") == {"a", "b", "c"}
    assert imported("d\ne\nf\n", tmp_path, force=True)[0] == {"d", "e", "f"}
    imported("и\nв\nа\n", tmp_path, name="other", keep_script=True)
    assert sorted(p.name for p in home.iterdir()) == ["list", "other"], "nothing is left behind"


FEW = "a corpus needs 3 or more, one for each split"
BAD = {
    b"": "list.txt: empty",
    b"\xef\xbb\xbf": "list.txt: empty",
    b" \r\n\t\n": "list.txt: empty",
    b"emma\n": f"list.txt: words that can be kept: 1; {FEW}",
    b"emma\nava\n": f"list.txt: words that can be kept: 2; {FEW}",
    "a\nb\n\u0301\n".encode(): f"list.txt: words that can be kept: 2; {FEW}",
    b"1\n2\n3\n": f"list.txt: words that can be kept: 0; {FEW}",
    b"emma\nzo\xeb\n": "list.txt:2: byte 0xeb is not UTF-8: save the file as UTF-8",
    b"\x89PNG\r\n\x1a\n\0\0\0": "list.txt:1: byte 0x89 is not UTF-8: save the file as UTF-8",
    b"\xff\xfea\0\x00\xd8": "list.txt:1: byte 0x00 is not UTF-16: save the file as UTF-8",
    b"abc\0def\n": "list.txt: holds zeros: not a text file",
}


@pytest.mark.parametrize("data", BAD, ids=repr)
def test_a_file_that_is_no_list_is_one_line_and_leaves_nothing(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes(data)
    result = run_python("data", tmp_path / "list.txt")
    *changes, refusal = result.err.splitlines()
    assert (result.code, result.out, refusal) == (1, "", f"mlp: {tmp_path}/{BAD[data]}")
    assert all(re.match(r" +\d+ (word|line)", line) for line in changes)
    assert [path.name for path in tmp_path.iterdir()] == ["list.txt"]


def test_a_list_that_is_refused_says_what_became_of_its_words(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("Иван\nМария\nMary Ann\nava\nAva\n", "utf-8")
    result = run_python("data", tmp_path / "list.txt")
    assert (result.code, result.out) == (1, "")
    assert result.err.splitlines() == [
        "        4 words in small letters: 'Иван' → 'иван'",
        "        2 words dropped, letters other than a to z (--keep-script keeps them): 'Иван'",
        "        1 word dropped, blanks inside: 'Mary Ann'",
        "        1 word dropped, repeated: 'Ava'",
        f"mlp: {tmp_path}/list.txt: words that can be kept: 1; {FEW}",
    ]


def test_a_path_that_is_no_file_is_one_line(tmp_path: Path) -> None:
    message = complaint(run_python("data", tmp_path / "nowhere.txt"))
    known = "neither a file nor one of given-names, ssa-names"
    assert message == f"{tmp_path}/nowhere.txt: {known}"
    assert complaint(run_python("data", tmp_path)) == f"{tmp_path}: Is a directory"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--name", "given-names"), "--name given-names: is that of a corpus of this program"),
        (
            ("--name", "a/b"),
            "--name 'a/b': must be visible, without / \\ \" and no . or - in front",
        ),
        (("--name", ".a"), "--name '.a': must be visible"),
        (("--name", "a\nb"), "--name 'a\\nb': must be visible"),
        (("--name", ""), "--name '': must be visible"),
        (("--val", "0"), "--val: '0' is not a whole number from 1 to 98"),
        (("--val", "50", "--test", "50"), "--val 50, --test 50: must be 1 or more, and leave 1"),
        (("--val", "98"), "--val 98, --test 5: must be 1 or more, and leave 1 for train"),
        (("--val", "98", "--test", "1"), "--val 98, --test 1: leave none of 4 words for train"),
        (("--source", "."), "--source: only for given-names and ssa-names"),
    ],
)
def test_an_option_that_cannot_be_is_named(
    words: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    (tmp_path / "list.txt").write_text("a\nb\nc\nd\n")
    said = complaint(run_python("data", tmp_path / "list.txt", *words))
    assert said.startswith(message)
    assert [path.name for path in tmp_path.iterdir()] == ["list.txt"]


@pytest.mark.parametrize(
    "words", [("--name", "x"), ("--keep-script",), ("--val", "5"), ("--test", "9")]
)
@pytest.mark.parametrize("ready", [False, True])
def test_what_is_for_a_file_is_refused_for_a_corpus_of_ours(
    words: tuple[str, ...], ready: bool, home: Path
) -> None:
    if ready:
        assert run_python("data", "given-names").code == 0
    said = complaint(run_python("data", "given-names", *words))
    assert said == f"{words[0]}: given-names is made already; it is for a file of words"


def test_the_command_prints_the_folder_and_reports_on_stderr(tmp_path: Path, home: Path) -> None:
    (tmp_path / "My list.txt").write_text(MESSY, "utf-8")
    result = run_python("data", tmp_path / "My list.txt")
    assert (result.code, result.out) == (0, f"{home}/My list\n")
    assert "\n       13 words in small letters: 'Emma' → 'emma'\n" in result.err
    assert re.search(r"^train       7 names +\d+ characters$", result.err, re.MULTILINE)
    words = ("--hidden", "8", "--batch", "4", "--steps", "2", "--out", tmp_path / "m")
    succeed(run_python("train", "--corpus", "My list", *words))
