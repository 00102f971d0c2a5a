"""Names of your own, in your own script: made by `mlp data`, then used by both programs alike."""

import hashlib
import re
from pathlib import Path

import pytest
from cases import (
    NAMES,
    SIZES,
    Result,
    Run,
    assert_same,
    backend,
    complaint,
    corpus,
    loss_lines,
    run_c,
    run_python,
    succeed,
)
from checkpoints import built, header_of

from mlp.checkpoint import load_checkpoint
from mlp.corpora import Source, load
from mlp.rng import RNG

both = pytest.mark.parametrize("mlp", [run_c, run_python], ids=["c", "python"])
ALL = ("program", "c", "numpy", "torch")


def out(folder: Path, name: str = "m") -> tuple[str | Path, ...]:
    """Write the checkpoint there, in place of the one of a training before."""
    return "--out", folder / name, "--force"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MLP_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "corpora"


def made_up(letters: str, n: int, seed: int) -> list[str]:
    """Words of some letters."""
    random = RNG(seed)
    return ["".join(letters[random.below(len(letters))] for _ in range(2 + random.below(8)))
            for _ in range(n)]  # fmt: skip


RUSSIAN, ARABIC, HINDI = (
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    ("अआइईउऊएऐओऔकखगघचछजझटठडढतथदधनपफबभमयरलवशषसह"),
)
LATIN = "abcdefghijklmnopqrstuvwxyz"


def file_of(words: list[str], end: str = "\n") -> bytes:
    return "".join(word + end for word in words).encode()


# Each a file, the options, and a prompt in its script.
LISTS: dict[str, tuple[bytes, tuple[str, ...], str]] = {
    "capitals": (file_of([w.title() for w in made_up(LATIN, 120, 1)]), (), "an"),
    "bom": ("\ufeff".encode() + file_of(made_up(LATIN, 120, 2)), (), "an"),
    "crlf": (file_of(made_up(LATIN, 120, 3), "\r\n"), (), "an"),
    "tabs": (file_of([f"\t{w}\t17" for w in made_up(LATIN, 120, 4)]), (), "an"),
    "accents": (file_of(made_up(LATIN + "éèüßøñ", 200, 5)), (), "an"),
    "accents kept": (file_of(made_up(LATIN + "éèüßøñ", 120, 6)), ("--keep-script",), "éa"),
    "cyrillic": (file_of([w.title() for w in made_up(RUSSIAN, 120, 7)]), ("--keep-script",), "ма"),
    "arabic": (file_of(made_up(ARABIC, 120, 8)), ("--keep-script",), "من"),
    "devanagari": (file_of(made_up(HINDI, 120, 9)), ("--keep-script",), "मन"),
    "emoji": (file_of([*made_up(LATIN, 120, 10), "a😀", "😀"]), ("--keep-script",), "an"),
    "utf-16": ("\n".join(made_up(RUSSIAN, 120, 11)).encode("utf-16"), ("--keep-script",), "ма"),
}


def losses(out: str) -> list[float]:
    return [float(x) for line in loss_lines(out).values() for x in re.findall(r"\d\.\d{6}", line)]


@pytest.mark.parametrize("name", LISTS)
def test_a_messy_list_trains_evaluates_and_samples_alike_everywhere(
    name: str, tmp_path: Path
) -> None:
    """The preset as it is, apart from the number of steps: about 100 words need no option."""
    data, options, prompt = LISTS[name]
    (tmp_path / "list").write_bytes(data)
    result = run_python("data", tmp_path / "list", "--name", name, *options)
    assert result.code == 0, result
    letters = load(name).alphabet.letters
    outs = {}
    for implementation in ALL:
        words = ("--corpus", name, "--steps", "20", "--eval-every", "10", "--hidden", "64")
        out = tmp_path / implementation
        outs[implementation] = losses(
            succeed(backend(implementation)("train", *words, "--out", out))
        )
        assert outs[implementation] == pytest.approx(outs["program"], abs=5e-6)
    assert_same(load_checkpoint(tmp_path / "program"), load_checkpoint(tmp_path / "c"))
    assert load_checkpoint(tmp_path / "torch").source == load(name).source

    words = ("--checkpoint", tmp_path / "program", "--n", "8", "--seed", "5", "--prompt", prompt)
    names = succeed(run_c("sample", *words))
    assert re.fullmatch(f"(?:{prompt}[{letters}]*\n){{8}}", names)
    values = []
    for implementation in ALL:
        mlp = backend(implementation)
        assert succeed(mlp("sample", *words)) == names
        said = mlp("eval", "--checkpoint", tmp_path / "numpy")
        assert said.err == f"mlp: the corpus of {tmp_path}/numpy: {name}\n"
        values.append([float(x) for x in said.out.split()[1::2]])
        assert values[-1] == pytest.approx(values[0], abs=5e-6)
    assert "best: order " in succeed(run_python("ngram", "--corpus", name, "--order", "2"))
    words = ("--corpus", name, "--steps", "3", "--preset", "deep")
    assert "losses agree within" in succeed(run_python("agree", *words))


@both
def test_a_small_split_is_one_batch_and_a_small_train_split_is_said(
    mlp: Run, tmp_path: Path
) -> None:
    folder = corpus(tmp_path / "names", val=b"ava\nbo\n", test=b"emma\n")
    words = ("--corpus", folder, *SIZES, "--sliding", "--steps", "3", *out(tmp_path))
    succeed(mlp("train", *words))
    result = mlp("eval", "--checkpoint", tmp_path / "m")
    assert re.search(r"^test  \d\.\d{6}$", result.out, re.MULTILINE)
    message = complaint(mlp("train", *words, "--batch", "70"))
    assert message == (
        f"{folder}/train.txt: 58 windows, fewer than a batch of 70: --batch 58 is the most"
    )
    succeed(mlp("train", *words, "--batch", "58"))
    (folder / "train.txt").write_bytes(b"bo\n")
    message = complaint(mlp("train", *words))
    assert message == f"{folder}/train.txt: 3 characters are too few for context 4"


def test_a_small_split_has_the_same_loss_everywhere(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names", val=b"ava\nbo\n", test=b"emmaz\n")
    succeed(run_c("train", "--corpus", folder, *SIZES, "--steps", "3", *out(tmp_path)))
    words = ("eval", "--checkpoint", tmp_path / "m", "--corpus", folder)
    expected = [float(x) for x in succeed(run_c(*words)).split()[1::2]]
    for name in ALL[1:]:
        said = [float(x) for x in succeed(backend(name)(*words)).split()[1::2]]
        assert said == pytest.approx(expected, abs=5e-6)
    folder = corpus(tmp_path / "padded", val=b"z\n", test=b"ab\nc\n")
    words = (
        "--corpus",
        folder,
        *SIZES,
        "--padded",
        "--steps",
        "3",
        "--out",
        tmp_path / "m",
        "--force",
    )
    a, b = (losses(succeed(backend(name)("train", *words))) for name in ("program", "numpy"))
    assert a == pytest.approx(b, abs=5e-6)


@both
def test_train_needs_no_test_split_and_eval_says_so_before_it_computes(
    mlp: Run, tmp_path: Path
) -> None:
    folder = corpus(tmp_path / "names")
    (folder / "test.txt").unlink()
    succeed(mlp("train", "--corpus", folder, *SIZES, "--steps", "3", *out(tmp_path)))
    result = mlp("eval", "--checkpoint", tmp_path / "m", "--corpus", folder)
    assert complaint(result) == f"{folder}/test.txt: No such file or directory"
    assert result.out == ""


# --- a checkpoint knows its corpus -----------------------------------------------


def trained(mlp: Run, tmp_path: Path, name: str | Path, *words: str | Path) -> Path:
    words = ("--corpus", name, *SIZES, "--steps", "6", "--until", "3", *words)
    succeed(mlp("train", *words, *out(tmp_path)))
    return tmp_path / "m"


def again(mlp: Run, checkpoint: Path, *words: str | Path) -> list[Result]:
    """Evaluate and resume, with the same words."""
    out = checkpoint.with_name("again")
    return [
        mlp("eval", "--checkpoint", checkpoint, *words),
        mlp("train", "--resume", checkpoint, "--out", out, "--force", *words),
    ]


@both
def test_the_corpus_of_a_checkpoint_is_taken_and_said(mlp: Run, tmp_path: Path, home: Path) -> None:
    for name, folder in (("mine", home / "mine"), (tmp_path / "here", tmp_path / "here")):
        corpus(folder)
        checkpoint = trained(mlp, tmp_path, name)
        sha256 = hashlib.sha256(NAMES).hexdigest()
        assert load_checkpoint(checkpoint).source == Source(corpus=str(name), sha256=sha256)
        for result in again(mlp, checkpoint):
            assert (result.code, result.err) == (0, f"mlp: the corpus of {checkpoint}: {name}\n")
        assert load_checkpoint(tmp_path / "again").source.corpus == str(name)
        for result in again(mlp, checkpoint, "--corpus", name):
            succeed(result)


@both
def test_a_corpus_that_has_changed_is_refused_unless_it_is_named(mlp: Run, tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names")
    checkpoint = trained(mlp, tmp_path, folder)
    (folder / "train.txt").write_bytes(b"other\n" + NAMES)
    for result in again(mlp, checkpoint):
        said, refused = result.err.splitlines()
        assert (result.code, said) == (1, f"mlp: the corpus of {checkpoint}: {folder}")
        assert refused == (
            f"mlp: {folder}/train.txt: has changed since {checkpoint} learned from it:"
            f" --corpus {folder} takes it all the same"
        )
        assert result.out == ""
    for result in again(mlp, checkpoint, "--corpus", folder):
        assert result.code == 0
        assert result.err == f"mlp: {checkpoint} learned from other names than those of {folder}\n"
    sha256 = hashlib.sha256(b"other\n" + NAMES).hexdigest()
    assert load_checkpoint(tmp_path / "again").source.sha256 == sha256


@both
def test_a_corpus_in_another_alphabet_is_refused(mlp: Run, tmp_path: Path) -> None:
    checkpoint = trained(mlp, tmp_path, corpus(tmp_path / "names"))
    other = corpus(tmp_path / "other")
    (other / "alphabet.txt").write_text("\n".join(LATIN + "é"), "utf-8")
    for result in again(mlp, checkpoint, "--corpus", other):
        assert complaint(result) == f"{other}: has another alphabet than {checkpoint}"


@both
def test_a_checkpoint_from_before_corpora_were_known_still_loads(mlp: Run, tmp_path: Path) -> None:
    checkpoint = trained(mlp, tmp_path, corpus(tmp_path / "names"))
    header, numbers = header_of(checkpoint.read_bytes())
    for key in ("corpus", "corpus_sha256"):
        del header["__metadata__"][key]
    checkpoint.write_bytes(built(header, numbers))
    assert load_checkpoint(checkpoint).source == Source()
    for result in again(mlp, checkpoint):
        assert complaint(result) == (
            f"{checkpoint}: does not say which corpus it learned from: add --corpus"
        )
    for result in again(mlp, checkpoint, "--corpus", tmp_path / "names"):
        succeed(result)
    assert load_checkpoint(tmp_path / "again").source.corpus == str(tmp_path / "names")


@both
@pytest.mark.parametrize("odd", ['"', "\\", "\n", "\x1f", "\udcff"])
def test_a_folder_that_a_header_cannot_hold_is_not_remembered(
    odd: str, mlp: Run, tmp_path: Path
) -> None:
    folder = corpus(tmp_path / f"my{odd}names")
    checkpoint = trained(mlp, tmp_path, folder)
    assert load_checkpoint(checkpoint).source.corpus == ""
    assert load_checkpoint(checkpoint).source.sha256 == hashlib.sha256(NAMES).hexdigest()
    for result in again(mlp, checkpoint):
        assert complaint(result).endswith("add --corpus")
    for result in again(mlp, checkpoint, "--corpus", folder):
        succeed(result)


def test_both_find_the_same_corpora_by_name(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("mine", "also", "Zoë", ".hidden"):
        corpus(home / name)
    corpus(tmp_path / "mine", train=b"ab\n" * 9)
    (tmp_path / "names.txt").write_bytes(NAMES)
    (home / "file").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    folders = ("mine", "./mine", "also", "Zoë", "nine", "", ".", "..", "/", ".hidden", "mine/")
    for name in (*folders, "names.txt", "./names.txt", "file", str(home / "also"), "a/../mine"):
        sources, messages = set(), set()
        for mlp in (run_c, run_python):
            result = mlp(
                "train",
                "--corpus",
                name,
                *SIZES,
                "--steps",
                "1",
                "--out",
                tmp_path / "m",
                "--force",
            )
            if result.code == 0:
                sources.add(load_checkpoint(tmp_path / "m").source)
            else:
                messages.add(complaint(result))
        assert bool(sources) != bool(messages), (name, sources, messages)
        assert len(sources) <= 1
        assert len(messages) <= 1 or name in (".", "..", "/"), messages  # ./train.txt
    corpus(home / "ssa-names")
    for mlp in (run_c, run_python):
        message = complaint(mlp("train", "--corpus", "nine"))
        known = "given-names, ssa-names, Zoë, also, mine"
        assert message == f"nine: neither a folder nor one of the corpora {known}"


def test_without_mlp_home_the_names_are_in_the_users_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLP_HOME")
    (tmp_path / "list").write_bytes(NAMES)
    for variable, value in (("XDG_CACHE_HOME", str(tmp_path / "xdg")), ("HOME", str(tmp_path))):
        monkeypatch.setenv(variable, value)
        result = run_python("data", tmp_path / "list", "--name", "mine")
        assert result.code == 0
        words = ("--corpus", "mine", *SIZES, "--steps", "1", *out(tmp_path))
        succeed(run_c("train", *words))
        monkeypatch.delenv(variable)
    assert "not made yet: mlp data given-names makes it" in complaint(
        run_c("train", "--corpus", "given-names")
    )


# --- prompts ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ("Emma", f"not in the alphabet: 'E'; it is {LATIN}"),
        ("EmEE!", f"not in the alphabet: 'E', '!'; it is {LATIN}"),
        ("zoë ZE", f"not in the alphabet: 'ë' U+00EB, U+0020, 'Z', 'E'; it is {LATIN}"),
        ("\u0430nn\n", f"not in the alphabet: '\u0430' U+0430, U+000A; it is {LATIN}"),
        ("a" * 64, "64 letters: must be fewer than 64"),
        ("é" * 70, "70 letters: must be fewer than 64"),
        ("\udcff", f"not in the alphabet: 0xff; it is {LATIN}"),
    ],
)
def test_a_prompt_outside_the_alphabet_is_named_letter_by_letter(
    prompt: str, message: str, tmp_path: Path
) -> None:
    trained(run_c, tmp_path, corpus(tmp_path / "names"))
    for mlp in (run_c, run_python):
        result = mlp("sample", "--checkpoint", tmp_path / "m", "--prompt", prompt)
        shown = message.replace("\n", " ")
        assert complaint(result) == f"--prompt: {shown}"
        assert result.code == 1


def test_a_long_alphabet_is_only_counted(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names")
    letters = "".join(map(chr, range(0x4E00, 0x4E00 + 100)))
    (folder / "alphabet.txt").write_text("\n".join(letters), "utf-8")
    for split in ("train", "val", "test"):
        (folder / f"{split}.txt").write_text("\n".join(letters[i : i + 5] for i in range(90)))
    trained(run_c, tmp_path, folder)
    for mlp in (run_c, run_python):
        words = ("sample", "--checkpoint", tmp_path / "m", "--prompt")
        message = complaint(mlp(*words, "x"))
        assert message == "--prompt: not in the alphabet: 'x'; it has 100 letters"
        names = succeed(mlp(*words, letters[7] * 63)).splitlines()
        assert len(names) == 10
        assert all(name.startswith(letters[7] * 63) and len(name) <= 64 for name in names)


# --- numbers on the command line ---------------------------------------------------

SPELLINGS = ("1", "007", "+1", "-1", " 1", "1_0", "1e0", "1.0", ".5", "5.", "inf", "nan", "0x1")


def test_both_programs_take_the_same_numbers(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "names")
    trained(run_c, tmp_path, folder)
    train = (
        "train",
        "--corpus",
        folder,
        *SIZES,
        "--steps",
        "1",
        "--out",
        tmp_path / "n",
        "--force",
    )
    sample = ("sample", "--checkpoint", tmp_path / "m", "--n", "1")
    for words, options in (
        (train, ("--hidden", "--learning-rate", "--weight-decay", "--until", "--eval-every")),
        (sample, ("--n", "--seed", "--temperature")),
    ):
        for option in options:
            for spelling in SPELLINGS:
                c, python = (mlp(*words, option, spelling) for mlp in (run_c, run_python))
                assert c.code == python.code, (option, spelling, c, python)
                if c.code != 0:
                    assert c.code == 2
                    assert complaint(python) == complaint(c)
