"""The bench: its peers are one model, its counts and ratios are right. Nothing here is timed."""

import io
import json
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import cases
import numpy as np
import pytest
import torch
import torch.distributed as dist
from rich.console import Console
from torch._inductor.exc import InductorError, InvalidCxxCompiler

from bench import __main__ as command
from bench import flops, ideas, ladder, steps, timing, workers, xla
from bench.kernels import all_kernels, bind, runs
from bench.machine import Internals, compiler, describe, flags
from bench.peak import Peak, aligned
from bench.peers import JAX, PEERS, C, Peer, start
from bench.runs import EVERY, Clock, _process
from mlp import corpora
from mlp.backends import one_thread
from mlp.config import ModelConfig, TrainingConfig
from mlp.corpora import Corpus
from mlp.errors import MLPError
from mlp.tokens import LATIN, Tokens
from records import store

RESULTS = cases.REPOSITORY / "docs" / "results"
CONFIG = ModelConfig(context=3, embedding=5, hidden=33)
TRAINING = TrainingConfig(batch=7, steps=100, learning_rate=1e-2, weight_decay=1e-2)
LANES = {"base": 4, "avx2": 8, "avx512": 16}  # floats that a register holds
STEPS = 20  # the batches go round the corpus more than three times


@pytest.fixture
def tiny(tiny_tokens: Tokens) -> Corpus:
    corpus = Corpus(Path(), "tiny", LATIN)
    splits = {
        "_train": (tiny_tokens, ""),
        "_val": (tiny_tokens[::-1].copy(), ""),
        "test": tiny_tokens,
    }
    vars(corpus).update(splits)  # as if they were read
    return corpus


# --- the peers ---------------------------------------------------------------


def losses(peer: Peer) -> list[float]:
    """Losses of some steps, then those of an evaluation."""
    return [*(peer.step() for _ in range(STEPS // peer.per_call)), *peer.evaluate()]


@pytest.mark.filterwarnings("ignore:.*script_method:DeprecationWarning")  # within torch.compile
@pytest.mark.filterwarnings("ignore:Guards may run slower:RuntimeWarning")  # Python 3.13.0 alone
@pytest.mark.parametrize("name", PEERS)
def test_every_peer_is_the_same_model_on_the_same_batches(name: str, tiny: Corpus) -> None:
    assert STEPS * TRAINING.batch > 3 * len(tiny.train)
    if name == "torch-compiled" and shutil.which("c++") is None:
        pytest.skip("torch.compile needs a C++ compiler")
    if name in JAX:
        pytest.importorskip("jax", reason="JAX is there for `nox -s bench` alone")
    peer = PEERS[name](CONFIG, TRAINING, tiny)
    reference = PEERS["torch"](CONFIG, TRAINING, tiny)
    mine, theirs = losses(peer), losses(reference)
    # A peer that takes many steps a call returns the last one's loss.
    theirs = [*theirs[:STEPS][peer.per_call - 1 :: peer.per_call], *theirs[STEPS:]]
    np.testing.assert_allclose(mine, theirs, rtol=0, atol=5e-6)


def test_c_is_the_same_model_with_every_kernel_set(table: str, tiny: Corpus) -> None:
    reference = PEERS["torch"](CONFIG, TRAINING, tiny)
    mine = losses(C(CONFIG, TRAINING, tiny, kernels=table))
    np.testing.assert_allclose(mine, losses(reference), rtol=0, atol=5e-6)


def test_a_peer_that_needs_a_missing_compiler_is_left_out(
    tiny: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def __init__(self, *_: object) -> None: ...

        def step(self) -> float:
            raise InductorError(InvalidCxxCompiler(), None)

    monkeypatch.setitem(PEERS, "torch-compiled", Broken)
    assert list(start(["numpy", "torch-compiled"], CONFIG, TRAINING, tiny)) == ["numpy"]


STEP_OF_XLA = """HloModule jit_update

%fused (p: f32[8,4], q: f32[4]) -> f32[8,4] {
  %p = f32[8,4]{1,0} parameter(0)
  %q = f32[4]{0} parameter(1)
  %wide = f32[8,4]{1,0} broadcast(%q), dimensions={1}
  %sum = f32[8,4]{1,0} add(%p, %wide)
  ROOT %out = f32[8,4]{1,0} tanh(%sum)
}

%product (x: f32[8,3], w: f32[3,4]) -> f32[8,4] {
  %x = f32[8,3]{1,0} parameter(0)
  %w = f32[3,4]{1,0} parameter(1)
  ROOT %dot.1 = f32[8,4]{1,0} dot(%x, %w), lhs_contracting_dims={1}
}

ENTRY %main (a: f32[8,3], b: f32[3,4], c: f32[4]) -> (f32[8,4], f32[8,8]) {
  %a = f32[8,3]{1,0} parameter(0)
  %b = f32[3,4]{1,0} parameter(1)
  %c = f32[4]{0} parameter(2)
  %copy.1 = f32[3,4]{1,0} copy(%b)
  %one = f32[8,4]{1,0} fusion(%a, %copy.1), kind=kCustom, calls=%product, metadata={}
  %two = f32[8,4]{1,0} fusion(%one, %c), kind=kLoop, calls=%fused, metadata={}
  %three = f32[8,8]{1,0} dot(%two, %two), lhs_contracting_dims={1}
  ROOT %all = (f32[8,4]{1,0}, f32[8,8]{1,0}) tuple(%two, %three)
}
"""


def test_what_xla_runs_is_counted() -> None:
    counted = {"runs": 4, "products": 2, "loops": 1, "others": 1, "tanh": "add, tanh"}
    assert xla.read(STEP_OF_XLA) == counted


def test_xla_runs_the_six_products_of_a_step() -> None:
    pytest.importorskip("jax", reason="JAX is there for `nox -s bench` alone")
    result = xla.measure(1)
    assert result["products"] == 6
    assert result["loops"] > 10
    assert result["tanh"].split(", ")[-1] == "tanh"


# --- counting ----------------------------------------------------------------


class Counted:
    """A number that counts the operations done with it."""

    done = 0

    def __mul__(self, other: "Counted") -> "Counted":
        Counted.done += 1
        return self

    __add__ = __mul__


def counted(*shape: int) -> np.ndarray[Any, Any]:
    return np.full(shape, Counted(), dtype=object)


@pytest.fixture
def counter() -> type[Counted]:
    Counted.done = 0
    return Counted


def test_flops_of_linear_are_those_of_its_formulas(counter: type[Counted]) -> None:
    b, i, o = 3, 4, 5
    inp, weight, dout = counted(b, i), counted(o, i), counted(b, o)
    inp @ weight.T + counted(o)
    assert counter.done == flops.linear_forward(b, i, o)
    counter.done = 0
    dout @ weight
    dout.T @ inp
    # A sum of n products has n - 1 additions: the formula counts n.
    assert counter.done + b * i + o * i == flops.linear_backward(b, i, o)


def test_flops_of_fold_are_those_of_its_formulas(counter: type[Counted]) -> None:
    config, b = ModelConfig(vocab=4, context=3, embedding=2, hidden=5), 6
    v, t, e, h = config.vocab, config.context, config.embedding, config.hidden
    wte, weight, dtable = counted(v, e), counted(h, e), counted(v, h)
    for _ in range(t):
        wte @ weight.T + counted(h)  # the bias stands for the addition that a sum saves
    for _ in range(t - 1):
        counted(b, h) + counted(b, h)
    assert counter.done == flops.fold_forward(b, config)
    counter.done = 0
    for _ in range(t):
        dtable.T @ wte
        dtable @ weight
        counted(b, h) + counted(b, h)
    assert counter.done + t * (h * e + v * e) == flops.fold_backward(b, config)


def test_flops_of_a_step_add_up_over_the_layers() -> None:
    config, b = ModelConfig(hidden=32, layers=2), 8
    sizes = [(144, 32), (32, 32), (32, 27)]
    products = [6 * b * i * o for i, o in sizes]
    assert flops.step(config, b) == sum(products)
    folded = flops.fold_forward(b, config) + flops.fold_backward(b, config)
    assert flops.step(config, b, fold=True) == folded + products[1] + products[2]


def test_bytes_count_every_array_once_and_what_is_read_and_written_twice() -> None:
    kernels, n = all_kernels(), ModelConfig().size
    assert kernels["linear 1 forward"].bytes == 4 * (128 * 512 + 128 * 144 + 512 * 144 + 512)
    assert kernels["adamw"].bytes == 4 * 7 * n
    tables = 4 * 3 * 27 * 512
    arrays = sum(x.nbytes for x in kernels["fold forward"].arguments if isinstance(x, np.ndarray))
    assert kernels["fold forward"].bytes == arrays - tables


# --- kernels and peaks -------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["embedding forward", "linear 1 forward", "linear 1 backward", "linear 2 forward",
     "linear 2 backward", "tanh forward", "tanh backward", "gelu forward", "gelu backward",
     "cross-entropy forward", "cross-entropy backward"],
)  # fmt: skip
def test_c_and_torch_time_the_same_operation(name: str, table: str) -> None:
    internals, kernel = Internals(), all_kernels()[name]
    if not runs(internals, kernel, table):
        pytest.skip("this operation exists once")
    bind(internals, table, kernel)()
    assert kernel.torch is not None
    theirs: Any = kernel.torch()
    theirs = (theirs if isinstance(theirs, tuple) else (theirs,))[0].numpy()
    mine = kernel.arguments[0]
    assert isinstance(mine, np.ndarray)
    mine = mine.mean() if theirs.ndim == 0 else mine.reshape(theirs.shape)
    np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", all_kernels())
def test_what_is_timed_is_of_the_set_that_it_is_called(name: str, table: str) -> None:
    internals, kernel = Internals(), all_kernels()[name]
    call: Any = bind(internals, table, kernel)
    expected = internals.table(table)
    if name.startswith("fold"):
        assert call.args[0] == expected
    elif runs(internals, kernel, table) and kernel.function in internals.fields:
        assert call.func == getattr(expected, kernel.function)
    else:
        assert call.func == getattr(internals.lib, kernel.function)


@pytest.mark.parametrize("name", ["fold forward", "fold backward"])
def test_folded_kernels_are_bound_as_the_textbook_computes_them(name: str, table: str) -> None:
    internals, kernel = Internals(), all_kernels()[name]
    first = kernel.arguments[0]
    assert isinstance(first, np.ndarray)
    bind(internals, "textbook", kernel)()
    expected = first.copy()
    first.fill(np.nan)
    bind(internals, table, kernel)()
    np.testing.assert_allclose(first, expected, rtol=1e-4, atol=1e-3)


def test_peak_does_what_it_is_said_to_do(table: str) -> None:
    if table == "textbook":
        pytest.skip("it has the peak of the baseline")
    peak = Peak(table)
    lanes = LANES[table]
    assert peak.lib.peak_fma_flops() == 2 * 12 * lanes
    # Twelve chains, each at i + 0 before: x -> 0.999 x + 0.001 creeps towards 1.
    assert peak.lib.peak_fma(0) == sum(range(12))
    assert peak.lib.peak_fma(100_000) == pytest.approx(12, rel=1e-3)
    out, x, y = (aligned(1024) * k for k in (0, 2, 5))
    pointers = [peak.ffi.from_buffer("float[]", array) for array in (out, x, y)]
    peak.lib.peak_triad(*pointers, 1024, 2)
    assert (out == 17).all()
    assert peak.lib.peak_read(pointers[1], 1024, 3) == 3 * 2 * 1024 / lanes


def test_every_chain_of_the_peak_is_computed(table: str) -> None:
    if table == "textbook":
        pytest.skip("it has the peak of the baseline")
    source = cases.REPOSITORY / "code" / "c" / "bench" / "peak.c"
    assembly = subprocess.run(
        [*compiler(), *flags(table), "-S", "-o", "-", source],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    body = assembly.split("\npeak_fma:")[1].split("\npeak_fma_flops:")[0]
    products = re.findall(r"^\s+(?:vfn?madd\w+|v?mulps|fmla)\b", body, re.M)
    assert len(products) == Peak(table).lib.peak_fma_flops() / 2 / LANES[table]


# --- times -------------------------------------------------------------------


def test_interleaving_takes_turns_in_another_order_each_round() -> None:
    order: list[str] = []
    calls = {name: lambda name=name: order.append(name) for name in "abc"}
    times = timing.interleave("test", calls, 8, seconds=0)
    assert {name: len(of) for name, of in times.items()} == {"a": 8, "b": 8, "c": 8}
    said = "".join(order[-48:])  # before: finding out how often to repeat
    rounds = [said[i : i + 6] for i in range(0, 48, 6)]
    assert {tuple(sorted(one)) for one in rounds} == {tuple("aabbcc")}
    assert all(one[i] == one[i + 1] for one in rounds for i in (0, 2, 4))  # to warm up, then timed
    assert len(set(rounds)) > 2


def test_a_call_is_repeated_as_often_as_fits() -> None:
    calls = 0

    def call() -> None:
        nonlocal calls
        calls += 1

    clock = iter(np.arange(100) * 0.5)  # half a second between any two looks at it
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timing.time, "perf_counter", lambda: float(next(clock)))
        times = timing.interleave("test", {"one": call}, 1, seconds=1.0)
    repeats = round(1.0 / (0.5 / 3))  # three calls took half a second
    assert calls == 3 + 3 + 1 + repeats
    assert times == {"one": [0.5 / repeats]}


def test_ratios_are_within_rounds_and_their_spread_is_of_the_ratios() -> None:
    times = {"c": [1.0, 4.0, 3.0], "torch": [2.0, 4.0, 12.0]}
    assert timing.ratios(times, "c", "torch") == [0.5, 1.0, 0.25]
    assert timing.spread([0.5, 1.0, 0.25]) == {
        "min": 0.25, "q1": 0.375, "median": 0.5, "q3": 0.75, "max": 1.0,
    }  # fmt: skip
    assert set(timing.spread([2.0]).values()) == {2.0}


class Falling(Peer):
    """A peer whose validation loss is 3, then 2, then 1, …"""

    per_call = 20

    def __init__(self) -> None:
        self.steps, self.evaluations = 0, 0

    def step(self) -> float:
        self.steps += self.per_call
        return 0.0

    def evaluate(self) -> tuple[float, float]:
        self.evaluations += 1
        return 9.0, 4.0 - self.evaluations


def test_a_run_in_slices_evaluates_when_due_and_adds_up() -> None:
    peer = Falling()
    clock = Clock(peer)
    clock.evaluate()
    before = clock.seconds
    clock.advance(2 * EVERY)
    clock.advance(EVERY)
    assert (peer.steps, peer.evaluations) == (3 * EVERY, 4)
    assert clock.val == [3.0, 2.0, 1.0, 0.0]
    assert sum(clock.slices) == pytest.approx(clock.seconds - before)
    assert clock.evaluating < clock.seconds
    assert clock.at == sorted(clock.at)
    assert (clock.reaches(2.5), clock.reaches(-1)) == (clock.at[1], None)


# --- processes ---------------------------------------------------------------


def test_memory_of_a_process_is_its_own() -> None:
    def megabytes(size: int) -> float:
        return _process([sys.executable, "-c", f"x = b'x' * {size}"])[1]

    assert 90 < megabytes(100_000_000) - megabytes(1) < 120


def test_a_process_that_fails_is_an_error() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        _process([sys.executable, "-c", "exit(3)"])


def test_numpy_starts_without_torch_in_memory(tmp_path: Path) -> None:
    folder = cases.corpus(tmp_path / "names", **dict.fromkeys(("train", "val"), cases.NAMES * 20))
    code = (
        "import runpy, sys; sys.argv = ['startup', 'numpy', sys.argv[1]];"
        "runpy.run_module('bench.startup', run_name='__main__');"
        "assert 'numpy' in sys.modules and 'torch' not in sys.modules"
    )
    cases.run(sys.executable, "-c", code, folder, code=0)


# --- recording and showing ---------------------------------------------------


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Python keep what it compiles, which the bench insists on."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


def test_where_each_start_would_compile_all_anew_nothing_is_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setitem(command.PARTS, "steps", command.Part(lambda _: pytest.fail("ran"), 7, ()))
    with pytest.raises(MLPError, match=r"^bench: PYTHONDONTWRITEBYTECODE is set"):
        command.main(["steps"])


@pytest.mark.usefixtures("compiled")
def test_a_part_that_does_not_exist_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(MLPError, match=r"^bench: no part 'stops': known are steps, kernels"):
        command.main(["stops"])


@pytest.mark.usefixtures("compiled")
def test_a_record_says_where_it_is_from_but_no_name_or_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_up = command.Part(lambda rounds: {"rounds": rounds}, 7, ())
    monkeypatch.setitem(command.PARTS, "steps", made_up)
    monkeypatch.setattr(store, "RESULTS", tmp_path)
    monkeypatch.setattr(store, "_git", lambda *_: "abc")
    command.main(["steps"])
    assert not list(tmp_path.iterdir()), "recorded without being asked"
    command.main(["--record", "steps"])
    assert [path.name for path in tmp_path.iterdir()] == ["bench-steps.json"]
    text = (tmp_path / "bench-steps.json").read_text()
    written = json.loads(text)
    assert written["command"] == "nox -s bench -- --record"
    assert written["rounds"] == 7
    assert written["machine"] == describe()
    assert written["machine"]["kernels"] in ("avx512", "avx2", "base")
    assert platform.node() not in text
    assert str(cases.REPOSITORY) not in text


@pytest.mark.usefixtures("compiled")
def test_without_a_commit_to_name_nothing_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*_: str) -> str:
        raise FileNotFoundError("git")

    monkeypatch.setattr(store, "_git", git)
    monkeypatch.setitem(command.PARTS, "steps", command.Part(lambda _: pytest.fail("ran"), 7, ()))
    with pytest.raises(MLPError, match="no git checkout"):
        command.main(["--record", "steps"])


@pytest.mark.parametrize("name", command.PARTS)
def test_every_record_can_be_shown(name: str) -> None:
    result = json.loads((RESULTS / f"bench-{name}.json").read_text())
    console = Console(width=200, record=True, file=io.StringIO())
    for table in command.PARTS[name].tables:
        console.print(table(result))
    assert len(console.export_text().splitlines()) > 8


def test_no_library_of_the_bench_changes_how_the_process_computes() -> None:
    ladder.compile_rungs([*flags("base"), "-ffast-math"])
    smallest = np.array([1e-45, 1e-39], np.float32)
    assert (smallest * np.float32(1) > 0).all(), "small numbers are flushed to 0"


# --- ideas ----------------------------------------------------------------------


@pytest.mark.parametrize("idea", [*ideas.WITHOUT, *ideas.ADDED])
def test_an_idea_changes_the_speed_and_not_the_losses(
    idea: str, tiny: Corpus, tmp_path: Path
) -> None:
    changes = {**ideas.WITHOUT, **ideas.ADDED}[idea]
    lib = ideas.compile_changed(tmp_path / idea, changes, "x86_64=")
    mine = losses(C(CONFIG, TRAINING, tiny, lib=lib))
    np.testing.assert_allclose(mine, losses(C(CONFIG, TRAINING, tiny)), rtol=0, atol=5e-6)


def test_an_idea_that_no_longer_fits_the_sources_is_said(tmp_path: Path) -> None:
    change = ideas.Change("fast.c", "no such text", "")
    with pytest.raises(MLPError, match="fast.c no longer has 'no such text'"):
        ideas.compile_changed(tmp_path / "idea", [change])


def test_two_threads_are_compared_with_one(tiny: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpora, "load", lambda _: tiny)
    monkeypatch.setattr(steps, "GRID_PEERS", ("c", "c-fold", "torch"))
    with one_thread():
        result = steps.measure_grid(1, (8,), (4,), threads=2)
    cell = result["cells"]["8-4"]
    assert result["threads"] == 2
    assert set(cell["faster"]) == {"c", "c-fold"}
    assert {"c", "c-fold", "torch"} == set(cell["ms"])


def test_the_others_have_as_many_threads_as_is_said(
    tiny: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpora, "load", lambda _: tiny)
    monkeypatch.setattr(steps, "start", lambda *_: torch.set_num_threads(1) or {})
    with one_thread(), pytest.raises(MLPError, match="PyTorch has 1 threads: not 2"):
        steps.measure_grid(1, (8,), (4,), threads=2)


# --- workers ----------------------------------------------------------------------


def test_workers_are_timed_together(tiny: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpora, "load", lambda _: tiny)
    monkeypatch.setattr(workers, "SECONDS", 0)
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    try:
        result = workers.measure_cells(2, (8,), (4,))
    finally:
        dist.destroy_process_group()
    cell = result["cells"]["8-4"]
    assert (result["workers"], cell["parameters"]) == (1, 27 * 48 + 8 * 145 + 27 * 9)
    assert set(cell["ms"]) == {"alone", "together", "apart", "sum", "one"}
    assert workers.table(result).row_count == 1


def test_talking_is_what_a_step_takes_beyond_its_share_of_the_batch() -> None:
    times = {"alone": [8.0, 8.0], "together": [5.0, 6.0], "apart": [4.0, 3.0]}
    cell = workers.cell(times | {"sum": [1.0, 1.0], "one": [0.5, 0.5]})
    assert cell["talking"]["median"] == pytest.approx((0.2 + 0.5) / 2)
    assert cell["faster"]["min"] == pytest.approx(8 / 6)
    assert cell["faster_silent"]["max"] == pytest.approx(8 / 3)
