"""`mlp tune`: a study goes on whatever happens, and its best can be trained again."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any
from xml.etree import ElementTree

import numpy as np
import optuna
import pytest
from cases import (
    NAMES,
    PYTHON,
    complaint,
    corpus,
    environment,
    file_size_limit,
    run,
    run_python,
    succeed,
)
from training import end, started, until

from mlp import corpora, tune
from mlp.checkpoint import load_checkpoint
from mlp.config import PRESETS
from mlp.log import HEADER
from mlp.run import Run
from mlp.tune import (
    COMPLETE,
    FAILED,
    PRUNED,
    RUNNING,
    SPACE,
    STOPPED,
    Results,
    Trial,
    configs_of,
    read_study,
    setup_of,
)
from mlp.windows import Windows
from records import store, study

# Quick: 62 characters to learn from. Without a fixed batch, most are larger than that.
QUICK = ("--batch", "32", "--max-parameters", "3000", "--epochs", "40", "--preset", "original")


def words(tmp_path: Path, trials: int, name: str = "study", more: tuple[str, ...] = QUICK) -> Any:
    """The words of a quick study, with its corpus beside it."""
    if not (tmp_path / "names").exists():
        corpus(tmp_path / "names")
    files = ("--study", tmp_path / name, "--corpus", tmp_path / "names")
    return ("tune", *files, "--trials", str(trials), *more)


def counted(results: Results) -> list[Trial]:
    return [trial for trial in results.trials if trial.state not in (STOPPED, RUNNING)]


def same(trials: list[Trial]) -> list[Any]:
    """What two studies have in common if they are one: all but numbers and times."""
    return [(t.state, t.chosen, t.val, t.options, t.fold, t.parameters, t.why) for t in trials]


# The program, in which the training number N (from 0) never gets on.
HANGING = """
import sys, time
from mlp import tune
left, plain = int(sys.argv.pop(1)), tune.train
def train(*arguments, between, **options):
    global left
    left -= 1
    while left < 0:
        between()
        time.sleep(0.001)
    plain(*arguments, between=between, **options)
tune.train = train
sys.argv[0] = "mlp"
from mlp.__main__ import main
main()
"""


def start(command: tuple[Any, ...], *line: Any) -> subprocess.Popen[bytes]:
    pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    all_words = [str(word) for word in (*command, *line)]
    process = subprocess.Popen(all_words, env=environment(), start_new_session=True, **pipes)
    started.append(process)
    return process


def hanging_at(trial: int, *line: Any) -> subprocess.Popen[bytes]:
    """Start a study that gets to its training number `trial`, and wait until it is there."""
    journal = Path(line[2])

    def trials() -> int:
        return journal.read_bytes().count(b'{"started":') if journal.exists() else 0

    before = trials()
    process = start((sys.executable, "-c", HANGING), trial, *line)
    until(lambda: trials() > before + trial, process)
    return process


# --- what comes of it ------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, Results]:
    """A folder with a study, what the program said, and the study."""
    tmp_path = tmp_path_factory.mktemp("whole")
    out = succeed(run_python(*words(tmp_path, 24)))
    return tmp_path, out, read_study(tmp_path / "study")


def test_each_trial_has_a_line_and_the_best_a_command(whole: tuple[Path, str, Results]) -> None:
    _, out, results = whole
    *lines, best, command, last = out.splitlines()
    assert lines == [str(trial) for trial in results.trials]
    assert [trial.number for trial in results.trials] == list(range(24))
    assert best == f"best: {results.best}"
    assert command == f"train it: {results.command(results.best)}"
    assert re.search(r"val \d\.\d{6}\b", last)
    complete = re.compile(
        r"trial +\d+( pruned at \d/10)? \| val \d\.\d{6} \| [\d,]+ parameters \| [\d.]+ s"
        r" \| context \d+, embedding \d+, hidden \d+, layers \d, activation (tanh|gelu),"
        r" dropout [\d.]+, input_dropout [\d.]+, learning_rate [\d.e-]+, weight_decay [\d.e-]+,"
        r" warmup [\d.]+"
    )
    for line in lines:
        assert complete.fullmatch(line), line
    assert all(trial.parameters <= 3000 for trial in results.trials)
    assert min(t.loss for t in results.trials if t.state == COMPLETE) == results.best.loss


def test_what_is_not_given_is_searched_in_its_range(whole: tuple[Path, str, Results]) -> None:
    _, _, results = whole
    assert set(results.setup["space"]) == set(SPACE) - {"batch"}
    for trial in results.trials:
        assert trial.chosen.keys() == results.setup["space"].keys()
        for name, value in trial.chosen.items():
            within = results.setup["space"][name]
            if "choices" in within:
                assert value in within["choices"]
            else:
                assert within["low"] * 0.999 <= value <= within["high"], name
        options = trial.options
        assert (options["batch"], options["steps"]) == (32, round(40 * len(NAMES) / 32))
        assert (options["padded"], options["shuffled"]) == (True, True)
        assert options["warmup"] == round(trial.chosen["warmup"] * options["steps"])
    assert len({str(trial.chosen) for trial in results.trials}) == 24


@pytest.mark.parametrize("preset", PRESETS)
def test_the_presets_values_are_tried_first(preset: str, tmp_path: Path) -> None:
    sizes = ("--hidden", "32", "--embedding", "5", "--batch", "32", "--epochs", "1")
    more = ("--preset", preset, *sizes)
    succeed(run_python(*words(tmp_path, 1, more=more)))
    [trial] = read_study(tmp_path / "study").trials
    config, training = PRESETS[preset]
    for name in ("context", "layers"):
        low, high = SPACE[name].low, SPACE[name].high  # type: ignore[union-attr]
        assert trial.chosen[name] == min(max(getattr(config, name), low), high)
    assert trial.chosen["activation"] == config.activation
    assert trial.options["seed"] == training.seed
    assert trial.options["learning_rate"] == pytest.approx(training.learning_rate, rel=0.005)


def test_so_is_what_is_nearest_to_them_in_the_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SPACE, "context", tune.Whole(4, 5))
    monkeypatch.setitem(SPACE, "weight_decay", tune.Real(1e-6, 1e-5, log=True))
    succeed(run_python(*words(tmp_path, 1, more=QUICK)))
    [trial] = read_study(tmp_path / "study").trials
    assert (trial.chosen["context"], trial.chosen["weight_decay"]) == (4, 1e-5)


@pytest.mark.parametrize("fold", [False, True])
def test_a_trial_can_be_trained_again(
    fold: bool, whole: tuple[Path, str, Results], tmp_path: Path
) -> None:
    folder, _, results = whole
    trials = [t for t in results.trials if t.state == COMPLETE and t.fold == fold]
    trial = min(trials, key=lambda t: t.loss)
    again = shlex.split(results.command(trial))[1:]
    assert ("--fold" in again) == fold
    out = succeed(run_python(*again, "--out", tmp_path / "m"))
    assert trial.shown is not None
    val = re.findall(r"\| val (\S+)", out)[-1]
    assert val == f"{trial.shown:.6f}"
    # And the loss of the trial is that on all windows, one after another.
    model = Run.resume(tmp_path / "m", "numpy")
    tokens = corpora.load(folder / "names").val
    windows = Windows(tokens, model.config.context, True)
    one = [model.backend.loss(*windows.take(np.array([i]))) for i in range(len(windows))]
    assert trial.loss == pytest.approx(np.mean(one), abs=1e-6)
    assert abs(trial.loss - trial.shown) > 1e-5, "here, the batches leave many out"


def test_the_best_can_be_trained_again(whole: tuple[Path, str, Results], tmp_path: Path) -> None:
    _, out, results = whole
    *_, command, last = out.splitlines()
    trained = run_python(
        *shlex.split(command.removeprefix("train it: mlp ")), "--out", tmp_path / "m"
    )
    said = re.findall(r"\| val (\S+)", succeed(trained))[-1]
    assert f"val {said}" in last
    checkpoint = load_checkpoint(tmp_path / "m")
    values = vars(checkpoint.config) | vars(checkpoint.training)
    assert {name: values[name] for name in results.best.options} == results.best.options


def test_pruned_is_what_was_worse_than_the_median_of_the_others(
    whole: tuple[Path, str, Results],
) -> None:
    pruned = [trial for trial in whole[2].trials if trial.state == PRUNED]
    assert pruned
    for trial in pruned:
        tenth = max(trial.val)
        before = [t for t in whole[2].trials[: trial.number] if t.state == COMPLETE]
        assert 3 <= tenth < 10
        assert min(trial.val.values()) > median(t.val[tenth] for t in before)


def test_never_more_parameters_than_may_be_and_no_fewer_than_need_be(tmp_path: Path) -> None:
    names = corpora.load(corpus(tmp_path / "names"))
    dice = np.random.default_rng(1)
    for most in (1300, 3000, 30_000, 10**6):
        setup = setup_of(names, "original", {}, 5, most, "c")
        for _ in range(100):
            proposed: dict[str, Any] = {
                name: int(dice.integers(space.low, space.high + 1))
                for name, space in SPACE.items()
                if isinstance(space, tune.Whole)
            }
            config, _ = configs_of(setup, proposed, 1000)
            assert config.size <= most
            wanted = {k: v for k, v in proposed.items() if k in vars(config)}
            if replace(config, **wanted).size <= most:
                assert {k: vars(config)[k] for k in wanted} == wanted
            elif config.hidden > 32:
                assert replace(config, hidden=config.hidden + 1).size > most


# --- stopped, killed, and at the same time ---------------------------------------


def test_a_study_goes_on_as_if_it_had_not_been_interrupted(
    whole: tuple[Path, str, Results], tmp_path: Path
) -> None:
    names = whole[0] / "names"
    line = ("tune", "--study", tmp_path / "study", "--corpus", names, *QUICK)
    first = succeed(run_python(*line, "--trials", "4"))
    assert first.count("\ntrial") + 1 == 4
    stopping = hanging_at(3, *line, "--trials", "24")
    stopping.send_signal(signal.SIGINT)
    code, out, err = end(stopping)
    assert (code, err) == (130, "")
    assert out.count("trial") == 3
    assert out.endswith(f"stopped; the same command goes on with {tmp_path}/study\n")
    hanging = hanging_at(8, *line, "--trials", "24")
    hanging.kill()
    end(hanging)
    assert [t.state for t in read_study(tmp_path / "study").trials].count(RUNNING) == 1
    succeed(run_python(*line, "--trials", "24"))
    results = read_study(tmp_path / "study")
    lost = [trial for trial in results.trials if trial.state == STOPPED]
    assert [trial.number for trial in lost] == [7, 16]
    for trial in lost:
        assert results.trials[trial.number + 1].options == trial.options
    assert same(counted(results)) == same(whole[2].trials)
    assert results.importances == whole[2].importances
    # There is nothing left to do.
    *trials, best, _, _ = succeed(run_python(*line, "--trials", "24")).splitlines()
    assert (trials, best) == ([], f"best: {results.best}")


def test_a_trial_of_a_process_that_lives_is_left_alone(tmp_path: Path) -> None:
    line = words(tmp_path, 4)
    hanging = hanging_at(0, *line)
    out = succeed(run_python(*line))
    assert re.findall(r"^trial +(\d+)", out, re.MULTILINE) == ["1", "2", "3"]
    assert read_study(tmp_path / "study").trials[0].state == RUNNING
    hanging.kill()
    end(hanging)
    assert re.findall(r"^trial +(\d+)", succeed(run_python(*line)), re.MULTILINE) == ["4"]
    trials = read_study(tmp_path / "study").trials
    assert trials[0].state == STOPPED
    assert trials[4].options == trials[0].options


def test_processes_share_a_study(tmp_path: Path) -> None:
    line = words(tmp_path, 30)
    processes = [start(PYTHON, *line) for _ in range(3)]
    outs = []
    for process in processes:
        code, out, err = end(process)
        assert (code, err) == (0, "")
        outs.append(out)
    trials = read_study(tmp_path / "study").trials
    assert [trial.number for trial in trials] == list(range(30))
    assert len({str(trial.chosen) for trial in trials}) == 30
    assert len(counted(read_study(tmp_path / "study"))) == 30
    said = [text for out in outs for text in out.splitlines() if text.startswith("trial")]
    assert sorted(said) == sorted(str(trial) for trial in trials)


def test_only_one_process_appends_to_a_journal_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "study"
    path.touch()
    program = (
        f"import fcntl; from mlp.tune import Locks; Locks({str(path)!r})._lock(0, fcntl.LOCK_NB)"
    )
    locks = tune.Locks(str(path))
    locks.acquire()
    assert "BlockingIOError" in run(sys.executable, "-c", program, code=1).err
    locks.release()
    run(sys.executable, "-c", program, code=0)
    locks.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_real_training(number: int, tmp_path: Path) -> None:
    line = words(tmp_path, 3, more=("--batch", "7", "--steps", str(10**12)))
    process = start(PYTHON, *line)
    journal = tmp_path / "study"
    until(lambda: journal.exists() and b'"started"' in journal.read_bytes(), process)
    os.killpg(process.pid, number)
    code, out, err = end(process)
    assert (code, out, err) == (130, f"stopped; the same command goes on with {journal}\n", "")
    [trial] = read_study(journal).trials
    assert trial.state == STOPPED


def test_a_reader_that_goes_away_loses_nothing(tmp_path: Path) -> None:
    line = shlex.join(str(word) for word in (*PYTHON, *words(tmp_path, 3)))
    result = run("sh", "-c", f"{line} > /dev/full", code=1)
    assert result.err == "mlp: cannot write the output: No space left on device\n"
    assert [t.state for t in read_study(tmp_path / "study").trials] == [COMPLETE]


# --- trials that come to nothing -------------------------------------------------


def test_a_trial_whose_loss_is_no_number_has_failed_and_the_next_comes(tmp_path: Path) -> None:
    line = words(tmp_path, 3, more=(*QUICK, "--learning-rate", "1e38"))
    result = run_python(*line)
    assert (result.code, result.err) == (1, "mlp: no trial has come to its end yet\n")
    trials = read_study(tmp_path / "study").trials
    assert [trial.state for trial in trials] == [FAILED] * 3
    for text, trial in zip(result.out.splitlines(), trials):
        assert text == str(trial)
        assert re.match(r"trial +\d failed \| .* \| step \d+: .* no longer a number", text)


def test_so_has_one_with_impossible_sizes(tmp_path: Path) -> None:
    result = run_python(*words(tmp_path, 6, more=("--max-parameters", "3000", "--layers", "1")))
    trials = read_study(tmp_path / "study").trials
    assert len(trials) == 6
    failed = [trial for trial in trials if trial.state == FAILED]
    assert failed
    for trial in failed:
        batch = trial.options["batch"]
        assert f"62 windows, fewer than a batch of {batch}: --batch 62 is the most" in trial.why
        assert str(trial) in result.out


# --- refusals --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "what"),
    [
        (("--epochs", "3"), "epochs 40.0 (here 3.0)"),
        (("--layers", "2"), "layers searched 1 to 4 (here 2)"),
        (("--sliding",), "padded True (here False)"),
        (("--max-parameters", "4000"), "max parameters 3000 (here 4000)"),
        (("--backend", "numpy"), "backend c (here numpy)"),
        (("--seed", "5", "--batch", "16"), "seed not given (here 5), batch 32 (here 16)"),
    ],
)
def test_another_study_is_refused_with_what_differs(
    more: tuple[str, ...], what: str, whole: tuple[Path, str, Results]
) -> None:
    study = whole[0] / "study"
    before = study.read_bytes()
    message = complaint(run_python(*words(whole[0], 30), *more))
    for part in what.split(", "):
        assert part in message
    assert message.startswith(f"{study}: a study of ")
    assert study.read_bytes() == before


@pytest.mark.parametrize("split", ["train", "val"])
def test_so_is_a_corpus_that_has_changed(split: str, tmp_path: Path) -> None:
    succeed(run_python(*words(tmp_path, 1)))
    corpus(tmp_path / "names", **{split: NAMES[5:]})
    message = complaint(run_python(*words(tmp_path, 2)))
    assert re.fullmatch(rf".*: a study of {split} sha256 \w+ \(here \w+\)", message)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--steps", "5"), "--steps: they follow from --epochs"),
        (("--max-parameters", "100"), "--max-parameters 100: the smallest model to search has"),
        (("--max-parameters", "2000", "--hidden", "500"), "the smallest model to search has"),
        (("--epochs", "0"), "--epochs: '0' is not a positive number"),
        (("--trials", "0"), "--trials: '0' is not a whole number from 1"),
        (("--corpus", "/nowhere"), "/nowhere: neither a folder nor"),
        (("--warmup", "x"), "--warmup: 'x' is not a whole number"),
    ],
)
def test_what_cannot_be_is_said_before_there_is_a_file(
    more: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    assert message in complaint(run_python(*words(tmp_path, 2), *more))
    assert [path.name for path in tmp_path.iterdir()] == ["names"]


def test_so_is_what_is_wrong_with_a_corpus(tmp_path: Path) -> None:
    corpus(tmp_path / "names", val=b"emma\nAva\n")
    assert "val.txt: 1 capital ('A' at 2:1)" in complaint(run_python(*words(tmp_path, 2)))
    assert [path.name for path in tmp_path.iterdir()] == ["names"]


def test_with_nothing_to_search_there_is_no_study(tmp_path: Path) -> None:
    values = {"context": 3, "embedding": 4, "hidden": 5, "layers": 1, "activation": "tanh"}
    values |= {"dropout": 0, "input-dropout": 0, "batch": 7, "learning-rate": 1e-3}
    values |= {"weight-decay": 0, "warmup": 0}
    given = tuple(str(word) for name, value in values.items() for word in (f"--{name}", value))
    message = complaint(run_python(*words(tmp_path, 2, more=given)))
    assert message == "nothing to search: every hyperparameter is given"


def test_a_study_is_asked_for(tmp_path: Path) -> None:
    result = run_python("tune", "--trials", "1")
    assert "--study" in complaint(result)
    assert result.code == 2


def other_study(path: Path) -> bytes:
    backend = optuna.storages.journal.JournalFileBackend(str(path))
    optuna.create_study(storage=optuna.storages.JournalStorage(backend), study_name="other")
    return path.read_bytes()


@pytest.mark.parametrize(
    "text",
    [b"\n", b"emma\nava\n", b"emma", b"{}", b'{"op_code": 0}\n', HEADER, b"\x89PNG\r\n\0", None,
     b'{"op_code":0}\n', b'{"op_code":99,"worker_id":"a"}\n', b'{"op_code":0,\n',
     b'{"op_code":4,"worker_id":"a","study_id":0}\n'],
)  # fmt: skip
def test_what_is_no_study_stays_as_it_is(text: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "study"
    if text is None:
        text = other_study(tmp_path / "study")
    path.write_bytes(text)
    line = words(tmp_path, 2)
    for command in (line, ("plot", path, "--out", tmp_path / "p.svg")):
        message = complaint(run_python(*command))
        assert message.startswith(f"{path}: not a ") or f"{path}:" in message
        assert path.read_bytes() == text
    assert not (tmp_path / "p.svg").exists()


def test_a_journal_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    line = words(tmp_path, 3)
    succeed(run_python(*line))
    path = tmp_path / "study"
    data, all_trials = path.read_bytes(), read_study(path).trials
    lines = data.splitlines(keepends=True)
    assert len(lines) > 60
    for kept in (2, *range(1, len(lines), 11)):
        path.write_bytes(b"".join(lines[:kept]) + lines[kept][: len(lines[kept]) // 2])
        succeed(run_python(*line))
        results = read_study(path)
        assert same(counted(results)) == same(all_trials)
        for text in path.read_bytes().splitlines():
            json.loads(text)


@pytest.mark.parametrize("junk", [b"\0", b"x"])
def test_a_journal_that_is_damaged_is_left_alone(junk: bytes, tmp_path: Path) -> None:
    line = words(tmp_path, 2)
    succeed(run_python(*line))
    path = tmp_path / "study"
    lines = path.read_bytes().splitlines(keepends=True)
    for i in (1, len(lines) // 2, len(lines) - 1):
        damaged = b"".join([*lines[:i], junk * 30 + b"\n", *lines[i + 1 :]])
        path.write_bytes(damaged)
        message = complaint(run_python(*line))
        assert message == f"{path}: not a study of mlp tune, or damaged"
        assert path.read_bytes() == damaged


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    for name, why in (("no/study", "No such file or directory"), ("", "Is a directory")):
        message = complaint(run_python(*words(tmp_path, 2, name)))
        assert message == f"{tmp_path / name}: cannot write: {why}"
    assert [path.name for path in tmp_path.iterdir()] == ["names"]


def test_after_a_full_disk_it_goes_on(tmp_path: Path) -> None:
    line = words(tmp_path, 4)
    path = tmp_path / "study"
    for limit in (50, 1000, 4567, 12345):
        with file_size_limit(limit):
            message = complaint(run_python(*line))
        assert message == f"{path}: cannot write: File too large"
    succeed(run_python(*line))
    assert len(counted(read_study(path))) == 4


def test_without_optuna_it_says_what_to_install(tmp_path: Path) -> None:
    absent = "import sys; sys.modules['optuna'] = None; sys.argv[0] = 'mlp'"
    program = f"{absent}; from mlp.__main__ import main; main()"
    message = complaint(run(sys.executable, "-c", program, *words(tmp_path, 1)))
    assert message == "tune: optuna is not installed: pip install optuna"
    assert "mlp tune [OPTIONS]" in succeed(run(sys.executable, "-c", program, "tune", "--help"))


def test_no_other_command_imports_it() -> None:
    program = "import sys, mlp.cli; sys.exit('optuna' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


# --- pictures and records --------------------------------------------------------


def test_a_study_becomes_a_picture(whole: tuple[Path, str, Results], tmp_path: Path) -> None:
    study = whole[0] / "study"
    pictures = [tmp_path / name for name in ("p.svg", "q.svg")]
    for path in pictures:
        assert succeed(run_python("plot", study, "--out", path)) == f"{path}\n"
    assert pictures[0].read_bytes() == pictures[1].read_bytes()
    text = "{http://www.w3.org/2000/svg}text"
    said = [str(element.text) for element in ElementTree.parse(pictures[0]).iter(text)]
    assert said.count("loss, in nats per letter") == len(whole[2].importances) == 10
    for name in whole[2].importances:
        assert said.count(name) == 2, "beside its bar, and below its dots"
    dots = pictures[0].read_text().count('<use xlink:href="#')
    complete = sum(trial.state == COMPLETE for trial in whole[2].trials)
    assert dots >= 10 * complete


def test_a_study_and_a_log_are_not_drawn_together(whole: tuple[Path, str, Results]) -> None:
    study = whole[0] / "study"
    message = complaint(run_python("plot", study, study, "--out", whole[0] / "p.svg"))
    assert message == f"{study}: not a log of mlp train"


def test_a_study_without_an_end_is_no_picture(tmp_path: Path) -> None:
    run_python(*words(tmp_path, 1, more=(*QUICK, "--learning-rate", "1e38")))
    message = complaint(run_python("plot", tmp_path / "study", "--out", tmp_path / "p.svg"))
    assert message == f"{tmp_path}/study: no trial has come to its end yet"


def test_a_study_becomes_a_record(
    whole: tuple[Path, str, Results], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "RESULTS", tmp_path)
    monkeypatch.setattr(store, "_git", lambda *_: "0123456789ab")
    study.main([str(whole[0] / "study"), "names"])
    record = json.loads((tmp_path / "study-names.json").read_text())
    assert store.digest(record) == record["sha256"]
    assert record["command"] == "python -m records.study study names"
    assert record["versions"]["optuna"] == optuna.__version__
    results = whole[2]
    assert record["setup"] == results.setup
    assert list(record["importances"].items()) == list(results.importances.items())
    assert record["train"] == results.command(results.best)
    assert record["trials"][record["best"]]["loss"] == results.best.loss
    assert len(record["trials"]) == 24
    assert record["trials"][3]["val"] == {str(k): v for k, v in results.trials[3].val.items()}
