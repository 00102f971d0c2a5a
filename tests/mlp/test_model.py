"""The whole models and what surrounds them: the same numbers in C, NumPy and PyTorch."""

import gc
import hashlib
import math
import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tolerances
import torch

from mlp.adamw_numpy import AdamW
from mlp.agree import agree
from mlp.backend_c import CBackend
from mlp.backend_numpy import NumPyBackend
from mlp.backends import BACKENDS, create
from mlp.clib import ffi, pointer, struct
from mlp.config import ACTIVATIONS, PRESETS, ModelConfig, TrainingConfig, preset
from mlp.corpora import Corpus
from mlp.errors import MLPError
from mlp.model_torch import MLP as TorchMLP
from mlp.model_torch import MLPRaw, init_weights
from mlp.ops_numpy import softmax_forward
from mlp.rng import RNG
from mlp.run import Run
from mlp.schedule import cosine_schedule
from mlp.tokens import Stream
from mlp.weights import initial_weights
from mlp.windows import Windows

Array = npt.NDArray[Any]

# Of the 89,387 initial weights of the preset `original`, float32, in the order of the tensors.
ORIGINAL_WEIGHTS = "bf71e8b900d136a7f8d8cffa2045adfa0aea38b5c945317469b5de960beeea6f"

CONFIGS = [
    pytest.param(ModelConfig(), id="original"),
    pytest.param(
        ModelConfig(context=5, embedding=7, hidden=33, layers=3, activation="gelu"), id="deep"
    ),
    pytest.param(ModelConfig(vocab=2, context=1, embedding=1, hidden=1), id="smallest"),
]


def c_windows(library: Any, tokens: Array, context: int, padded: bool) -> Any:
    """Prepare an mlp_windows; the tokens must outlive it."""
    windows, at = ffi.new("mlp_windows *"), pointer(tokens)
    assert library.mlp_windows_init(windows, at, len(tokens), context, padded) == 0
    return windows


# --- initial weights ---------------------------------------------------------


def digest(tensors: dict[str, Array]) -> str:
    assert all(tensor.dtype == np.float32 for tensor in tensors.values())
    return hashlib.sha256(b"".join(tensor.tobytes() for tensor in tensors.values())).hexdigest()


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_initial_weights_of_the_original_are_the_recorded_ones(backend: str) -> None:
    model = create(backend, *preset("original"))
    assert digest(model.params()) == ORIGINAL_WEIGHTS


def test_the_arrays_of_c_outlive_their_backend() -> None:
    config, training = preset("original")
    params = create("c", config, training).params()
    gc.collect()
    # These would take its memory, were it freed.
    others = [create("c", config, replace(training, seed=seed)) for seed in range(1, 4)]
    assert digest(params) == ORIGINAL_WEIGHTS != digest(others[0].params())


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("seed", [1, 1337, 2**64 - 1])
def test_the_initial_weights_are_bit_identical(config: ModelConfig, seed: int) -> None:
    training = TrainingConfig(batch=1, seed=seed)
    models = [create(backend, config, training) for backend in BACKENDS]
    assert len({digest(model.params()) for model in models}) == 1


def test_the_initial_weights_follow_their_distributions() -> None:
    weights = initial_weights(ModelConfig(layers=2), RNG(1337))
    assert abs(weights["wte.weight"].std() - 1) < 0.05
    for name, inputs in {"hidden.0": 144, "hidden.1": 512, "output": 512}.items():
        for kind in ("weight", "bias"):
            largest = np.abs(weights[f"{name}.{kind}"]).max() * np.sqrt(inputs)
            assert 0.85 < largest <= 1  # uniform up to 1 / sqrt(inputs)


# --- the three models --------------------------------------------------------


@pytest.mark.parametrize("padded", [False, True])
def test_in_float64_numpy_and_pytorch_agree_over_300_steps(
    given_names: Corpus, padded: bool
) -> None:
    config, training = preset("original")
    windows = Windows(given_names.train, config.context, padded)
    steps = agree(("numpy", "torch"), config, training, windows, 300, 100, "float64")
    assert len(steps) == 3
    for step in steps:
        tolerances.FLOAT64_300_STEPS.check(step.differences["numpy-torch"].loss)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("config", CONFIGS)
def test_in_float64_numpy_agrees_with_its_fold_over_50_steps(
    random: np.random.Generator, config: ModelConfig, dropout: float
) -> None:
    config = replace(config, dropout=dropout)
    training = TrainingConfig(batch=16, steps=50)
    plain, folded = (NumPyBackend(config, training, "float64", fold) for fold in (False, True))
    for step in range(training.steps):
        inputs = random.integers(0, config.vocab, (16, config.context), dtype=np.int32)
        targets = random.integers(0, config.vocab, 16, dtype=np.int32)
        losses = [backend.step(inputs, targets, 1e-3) for backend in (plain, folded)]
        tolerances.FOLD_FLOAT64.check(abs(losses[0] - losses[1]), f"loss of step {step}")
        for name, gradient in plain.grads().items():
            difference = float(np.abs(gradient - folded.grads()[name]).max())
            tolerances.FOLD_FLOAT64.check(difference, f"gradient of {name}, step {step}")
    one = inputs[:1]
    difference = float(np.abs(plain.logits(one) - folded.logits(one)).max())
    tolerances.FOLD_FLOAT64.check(difference, "logits of one window")


@pytest.mark.parametrize("hidden", [1, 33, 512])  # small ones and large ones come from elsewhere
def test_the_memory_of_c_begins_where_a_cache_line_does(hidden: int) -> None:
    backend = CBackend(ModelConfig(hidden=hidden), TrainingConfig(batch=8))
    for flat in (backend.flat_params, backend.flat_grads):
        assert flat.ctypes.data % 64 == 0


@pytest.mark.parametrize("fold", [False, True], ids=["unfolded", "folded"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numpy_trains_in_flat_arrays_that_stay_where_they_are(
    random: np.random.Generator, dtype: str, fold: bool
) -> None:
    config, training = ModelConfig(hidden=33), TrainingConfig(batch=8)
    backend = NumPyBackend(config, training, dtype, fold)
    model, optimizer = backend.model, backend.optimizer
    flat = (model.flat_params, model.flat_grads, optimizer.m, optimizer.v, *optimizer.scratch)
    owners = (backend.params(), backend.grads(), *backend.moments())
    inputs = random.integers(0, 27, (8, 3), dtype=np.int32)
    for targets in (inputs[:, 0], inputs[:, 1]):
        model.flat_grads[...] = np.nan  # written over, not added to
        backend.step(inputs, targets, 1e-3)
    now = (model.flat_params, model.flat_grads, optimizer.m, optimizer.v, *optimizer.scratch)
    assert all(before is after for before, after in zip(flat, now, strict=True))
    for whole, tensors in zip(flat, owners):
        assert whole.dtype == dtype
        assert whole.ctypes.data % 64 == 0  # where a cache line begins
        assert np.isfinite(whole).all()
        assert b"".join(t.tobytes() for t in tensors.values()) == whole.tobytes()
        assert all(np.shares_memory(tensor, whole) for tensor in tensors.values())


def test_an_update_of_numpy_makes_no_array(random: np.random.Generator) -> None:
    n = 100_000
    optimizer = AdamW(random.standard_normal(n, np.float32), 0.1)
    grads = random.standard_normal(n, np.float32)
    optimizer.update(grads, 1e-3)
    tracemalloc.start()
    try:
        optimizer.update(grads, 1e-3)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < grads.nbytes / 4


def test_torch_has_no_fold() -> None:
    with pytest.raises(MLPError, match="^fold: only the backends c and numpy have it$"):
        create("torch", ModelConfig(), TrainingConfig(), fold=True)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("layers", [1, 3])
def test_the_torch_module_and_its_raw_twin_agree(
    random: np.random.Generator, layers: int, activation: str
) -> None:
    config = ModelConfig(embedding=7, hidden=33, layers=layers, activation=activation)
    weights = {n: torch.from_numpy(w) for n, w in initial_weights(config, RNG(1337)).items()}
    module, raw = TorchMLP(config), MLPRaw(config, weights)
    init_weights(module, weights)
    inputs = torch.from_numpy(random.integers(0, 27, (50, 3)))
    targets = torch.from_numpy(random.integers(0, 27, 50))
    tolerances.RAW_TORCH.check((module(inputs) - raw(inputs)).abs().max().item(), "logits")
    losses = module.loss(inputs, targets), raw.loss(inputs, targets)
    tolerances.RAW_TORCH.check(abs(losses[0] - losses[1]).item(), "loss")
    for loss in losses:
        loss.backward()  # type: ignore[no-untyped-call]
    for name, param in module.named_parameters():
        theirs, ours = param.grad, raw.params[name].grad
        assert theirs is not None
        assert ours is not None
        difference = (theirs - ours).abs().max().item()
        tolerances.RAW_TORCH.check(difference, f"gradient of {name}")


@pytest.mark.parametrize("size", [1, 2, 7, 16])
def test_c_computes_a_row_alike_in_a_batch_of_any_size(
    table: str, random: np.random.Generator, size: int
) -> None:
    model = CBackend(ModelConfig(hidden=33), TrainingConfig(batch=16), kernels=table)
    inputs = random.integers(0, 27, (16, 3), dtype=np.int32)
    together = model.logits(inputs)
    assert model.logits(inputs[:size]).tolist() == together[:size].tolist()


def test_c_refuses_kernels_batches_and_tokens_that_do_not_fit() -> None:
    with pytest.raises(MLPError, match="kernels 'none'"):
        CBackend(ModelConfig(), TrainingConfig(batch=4), kernels="none")
    model = CBackend(ModelConfig(), TrainingConfig(batch=4))
    ones = np.ones((5, 3), np.int32)
    for inputs in (ones, ones[:0]):
        with pytest.raises(MLPError, match="forward: a size is zero or beyond its limit"):
            model.loss(inputs, inputs[:, 0])
    for token in (-1, 27):
        wrong = ones[:4].copy()
        wrong[3, 2] = token  # the last one only
        for inputs, targets in ((wrong, ones[:4, 0]), (ones[:4], wrong[:, 2])):
            with pytest.raises(MLPError, match="forward: a token is outside the vocabulary"):
                model.loss(inputs, targets)
        with pytest.raises(MLPError, match="forward: a token is outside the vocabulary"):
            model.logits(wrong)


# --- the optimizer -----------------------------------------------------------


@pytest.mark.parametrize(("rate", "decay"), [(7e-4, 1e-4), (1e-2, 0.1), (1e-3, 0.0)])
def test_adamw_agrees_with_pytorch(
    library: Any, random: np.random.Generator, rate: float, decay: float
) -> None:
    n, steps = 1003, 200
    start = random.standard_normal(n, np.float32)
    tensor = torch.nn.Parameter(torch.from_numpy(start.copy()))
    theirs = torch.optim.AdamW([tensor], weight_decay=decay)
    ours = AdamW(start.copy(), decay)
    c, m, v = start.copy(), np.zeros_like(start), np.zeros_like(start)
    sizes = 10 ** random.uniform(-9, 2, n)  # of the gradients: below and above eps
    for step in range(steps):
        grads = (random.standard_normal(n) * sizes).astype(np.float32)
        now = cosine_schedule(rate, step, steps)
        theirs.param_groups[0]["lr"] = now
        tensor.grad = torch.from_numpy(grads)
        theirs.step()
        ours.update(grads, now)
        arrays = (ffi.from_buffer("float[]", a) for a in (c, grads, m, v))
        library.adamw_update(*arrays, n, step + 1, now, decay)

        assert c.tobytes() == ours.params.tobytes()
        assert m.tobytes() == ours.m.tobytes()
        assert v.tobytes() == ours.v.tobytes()
        difference = float(np.abs(ours.params - tensor.detach().numpy()).max())
        tolerances.ADAMW_TORCH.check(difference, f"step {step}")


def test_in_float64_adamw_is_pytorchs_to_the_last_places(random: np.random.Generator) -> None:
    start = random.standard_normal(100)
    tensor = torch.nn.Parameter(torch.from_numpy(start.copy()))
    theirs = torch.optim.AdamW([tensor], lr=1e-2, weight_decay=0.1)
    ours = AdamW(start.copy(), 0.1)
    sizes = 10 ** random.uniform(-12, 2, 100)  # of the gradients: below and above eps
    for _ in range(100):
        grads = random.standard_normal(100) * sizes
        tensor.grad = torch.from_numpy(grads)
        theirs.step()
        ours.update(grads, 1e-2)
        difference = float(np.abs(ours.params - tensor.detach().numpy()).max())
        tolerances.ADAMW_FLOAT64.check(difference)


@pytest.mark.parametrize("steps", [1, 2, 1000, 50_000])
def test_the_cosine_schedule_is_the_same_in_c_and_python(library: Any, steps: int) -> None:
    for step in range(steps):
        mine = cosine_schedule(7e-4, step, steps)
        assert library.cosine_schedule(7e-4, step, steps, 0) == mine
        assert mine == 7e-4 * 0.5 * (1 + math.cos(math.pi * (step / steps)))


def test_the_cosine_schedule_falls_from_the_rate_to_0() -> None:
    assert cosine_schedule(0.5, 0, 100) == 0.5
    assert cosine_schedule(0.5, 50, 100) == pytest.approx(0.25)
    assert cosine_schedule(0.5, 25, 100) == pytest.approx(0.25 * (1 + 2**-0.5))
    assert cosine_schedule(0.5, 100, 100) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize(("steps", "warmup"), [(1, 1), (100, 1), (100, 7), (100, 100), (999, 500)])
def test_the_warmup_is_a_line_and_the_same_in_c_and_python(
    library: Any, steps: int, warmup: int
) -> None:
    rates = [cosine_schedule(0.5, step, steps, warmup) for step in range(steps + 1)]
    assert rates == [library.cosine_schedule(0.5, step, steps, warmup) for step in range(steps + 1)]
    assert rates[:warmup] == pytest.approx([0.5 * (n + 1) / warmup for n in range(warmup)])
    assert rates[warmup - 1] == rates[warmup] == 0.5
    rest = [cosine_schedule(0.5, step, steps - warmup) for step in range(steps - warmup)]
    assert rates[warmup:-1] == rest
    assert rates[-1] == (pytest.approx(0, abs=1e-15) if steps > warmup else 0.5)


# --- dropout -----------------------------------------------------------------


@pytest.mark.parametrize("name", BACKENDS)
def test_only_training_drops(name: str, random: np.random.Generator) -> None:
    """Losses and logits are those of a model without dropout, before and after a step."""
    plain, training = ModelConfig(hidden=9, layers=2), TrainingConfig(batch=20)
    inputs = random.integers(0, 27, (20, 3)).astype(np.int32)
    targets = random.integers(0, 27, 20).astype(np.int32)
    for shares in ({"dropout": 0.5}, {"input_dropout": 0.5}):
        models = [create(name, each, training) for each in (plain, replace(plain, **shares))]
        for look in ("logits", "loss", "logits"):  # each after a step too
            read = (inputs,) if look == "logits" else (inputs, targets)
            a, b = (getattr(model, look)(*read) for model in models)
            assert np.all(a == b)
            a, b = (model.step(inputs, targets, 1e-3) for model in models)
            assert abs(a - b) > 1e-3
            models[0].load(models[1].params(), *models[1].moments(), 1)


@pytest.mark.parametrize("name", BACKENDS)
def test_the_temperature_divides_the_logits_but_in_training(
    name: str, random: np.random.Generator
) -> None:
    plain, training = ModelConfig(hidden=9, layers=2), TrainingConfig(batch=20)
    inputs = random.integers(0, 27, (20, 3)).astype(np.int32)
    targets = random.integers(0, 27, 20).astype(np.int32)
    cold, warm = (create(name, replace(plain, temperature=t), training) for t in (1.0, 1.7))
    for _ in range(3):
        logits = warm.logits(inputs)
        assert np.array_equal(logits, cold.logits(inputs) / np.float32(1.7))
        expected = -np.log(softmax_forward(logits.astype(np.float64))[np.arange(20), targets])
        assert warm.loss(inputs, targets) == pytest.approx(expected.mean(), abs=1e-6)
        assert abs(warm.loss(inputs, targets) - cold.loss(inputs, targets)) > 1e-4
        assert warm.step(inputs, targets, 1e-2) == cold.step(inputs, targets, 1e-2)
    for tensor, parameters in cold.params().items():
        assert np.array_equal(warm.params()[tensor], parameters)


def test_in_float64_numpy_and_pytorch_drop_the_same(random: np.random.Generator) -> None:
    config = ModelConfig(hidden=33, layers=2, dropout=0.5, input_dropout=0.3)
    inputs = random.integers(0, 27, (20, 3)).astype(np.int32)
    training = TrainingConfig(batch=20)
    models = [create(name, config, training, dtype="float64") for name in ("numpy", "torch")]
    for step in range(5):
        a, b = (model.step(inputs, inputs[:, 0].copy(), 1e-3) for model in models)
        tolerances.FLOAT64_300_STEPS.check(abs(a - b), f"step {step}")


def test_c_evaluates_without_dropout(library: Any, tiny_tokens: Stream) -> None:
    plain, training = ModelConfig(hidden=9), TrainingConfig(batch=20)
    windows, losses = c_windows(library, tiny_tokens, 3, False), []
    warm = replace(plain, temperature=2.0)
    for config in (plain, replace(plain, dropout=0.5, input_dropout=0.5), warm):
        backend, loss = CBackend(config, training), ffi.new("double *")
        assert library.mlp_model_evaluate(backend.model, windows, 20, 0, ffi.NULL, loss) == 0
        losses.append(loss[0])
    assert losses[0] == losses[1] != losses[2]


@pytest.mark.parametrize("name", ["c", "numpy"])
def test_a_backend_with_input_dropout_does_not_fold(name: str) -> None:
    with pytest.raises(MLPError, match="^fold: .* input dropout"):
        create(name, ModelConfig(input_dropout=0.1), TrainingConfig(), fold=True)


def test_the_folded_layer_of_c_has_no_input_to_drop_from(library: Any) -> None:
    config = ModelConfig(hidden=9, dropout=0.5)
    for dropout, code in ((0.0, 0), (0.5, library.MLP_ERROR_VALUE)):
        backend = CBackend(replace(config, input_dropout=dropout), TrainingConfig(batch=20))
        assert library.mlp_model_fold(backend.model, 1) == code
        assert library.mlp_model_fold(backend.model, 0) == 0


@pytest.mark.parametrize("name", BACKENDS)
def test_each_step_and_seed_has_masks_of_its_own(name: str, random: np.random.Generator) -> None:
    config = ModelConfig(hidden=33, dropout=0.5)
    inputs = random.integers(0, 27, (20, 3)).astype(np.int32)
    losses = []
    for seed in (1, 2):
        model = create(name, config, TrainingConfig(batch=20, seed=seed))
        start = {n: w.copy() for n, w in create(name, config, TrainingConfig()).params().items()}
        zeros = {n: np.zeros_like(w) for n, w in start.items()}
        for step in (0, 1, 2, 0):
            model.load(start, zeros, zeros, step)
            losses.append(model.step(inputs, inputs[:, 0].copy(), 0.0))
    assert losses[0] == losses[3]
    assert losses[4] == losses[7]
    assert len(set(losses)) == 6


# --- windows -----------------------------------------------------------------


def windows_by_definition(tokens: list[int], T: int, padded: bool) -> list[tuple[list[int], int]]:
    """Each token that has a context, and that context: one list at a time."""
    windows = []
    for i, target in enumerate(tokens):
        before = tokens[:i]
        if padded:
            name = before[len(before) - before[::-1].index(0) :] if 0 in before else before
            windows.append((([0] * T + name)[-T:], target))
        elif i >= T:
            windows.append((before[-T:], target))
    return windows


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("T", [1, 2, 3, 8, 20])
@pytest.mark.parametrize("B", [1, 3, 7, 100])
def test_batches_are_the_windows_in_order_and_wrap_around(
    library: Any, tiny_tokens: Stream, padded: bool, T: int, B: int
) -> None:
    expected = windows_by_definition(tiny_tokens.tolist(), T, padded)
    windows = Windows(tiny_tokens, T, padded)
    assert len(windows) == len(expected)
    c = c_windows(library, tiny_tokens, T, padded)
    assert c.count == len(expected)
    for step in (0, 1, 2, 10, 1001):
        rows = [expected[(step * B + b) % len(expected)] for b in range(B)]
        inputs, targets = windows.batch(step, B)
        assert inputs.tolist() == [context for context, _ in rows]
        assert targets.tolist() == [target for _, target in rows]
        c_inputs, c_targets = np.full((B, T), -1, np.int32), np.full(B, -1, np.int32)
        pointers = (ffi.from_buffer("int[]", a) for a in (c_inputs, c_targets))
        library.mlp_windows_batch(*pointers, c, step, B)
        assert c_inputs.tobytes() == inputs.tobytes()
        assert c_targets.tobytes() == targets.tobytes()


@pytest.mark.parametrize("padded", [False, True])
def test_batches_of_a_real_corpus_are_the_same_in_c_and_python(
    library: Any, given_names: Corpus, padded: bool
) -> None:
    windows = Windows(given_names.val, 10, padded)
    c = c_windows(library, given_names.val, 10, padded)
    inputs, targets = np.empty((1000, 10), np.int32), np.empty(1000, np.int32)
    for step in range(len(windows) // 1000 + 2):
        pointers = (ffi.from_buffer("int[]", a) for a in (inputs, targets))
        library.mlp_windows_batch(*pointers, c, step, 1000)
        expected = windows.batch(step, 1000)
        assert (inputs == expected[0]).all()
        assert (targets == expected[1]).all()


@pytest.mark.parametrize("padded", [False, True])
def test_only_a_batch_is_copied_and_only_its_names_start_anew(
    tiny_tokens: Stream, padded: bool
) -> None:
    before = tiny_tokens.copy()
    windows = Windows(tiny_tokens, 3, padded)
    assert np.shares_memory(windows.contexts, windows.targets)
    for step in (0, len(windows) // 5 - 1, len(windows) // 5):
        for array in windows.batch(step, 5):
            assert array.dtype == np.int32
            assert array.flags.c_contiguous
            assert not np.shares_memory(array, windows.contexts)
    assert (tiny_tokens == before).all()


@pytest.mark.parametrize(("padded", "few"), [(False, 3), (True, 0)])
def test_too_few_tokens_for_a_window_are_an_error(library: Any, padded: bool, few: int) -> None:
    tokens = np.ones(few + 1, np.uint16)
    with pytest.raises(MLPError, match=f"val: {few} characters are too few for context 3"):
        Windows(tokens[:few], 3, padded, "val")
    assert len(Windows(tokens, 3, padded)) == 1
    windows, at = ffi.new("mlp_windows *"), pointer(tokens)
    code = library.mlp_windows_init(windows, at, few, 3, padded)
    assert code == library.MLP_ERROR_SHORT
    assert library.mlp_windows_init(windows, at, few + 1, 3, padded) == 0


# --- settings and runs -------------------------------------------------------


def values(settings: Any) -> dict[str, Any]:
    """The fields of a struct."""
    return {name: getattr(settings, name) for name in dir(settings)}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_the_same_in_c_and_python(library: Any, name: str) -> None:
    config, training = ffi.new("mlp_config *"), ffi.new("mlp_training *")
    assert library.mlp_preset(name.encode(), config, training) == 0
    assert [values(config), values(training)] == [values(struct(s)) for s in preset(name)]


def test_c_and_python_do_not_know_an_unknown_preset(library: Any) -> None:
    config, training = ffi.new("mlp_config *"), ffi.new("mlp_training *")
    assert library.mlp_preset(b"no such", config, training) == library.MLP_ERROR_NAME
    with pytest.raises(MLPError, match="preset 'no such': must be one of quick, original"):
        preset("no such")


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("padded", [False, True])
def test_a_run_in_c_is_the_python_loop_over_the_c_library(
    library: Any, given_names: Corpus, padded: bool, shuffled: bool
) -> None:
    dropout = {"dropout": 0.2, "input_dropout": 0.1}
    config = ModelConfig(embedding=8, hidden=33, layers=2, activation="gelu", **dropout)
    rate = {"learning_rate": 1e-2, "warmup": 9}
    order = {"padded": padded, "shuffled": shuffled}
    training = TrainingConfig(batch=32, steps=30, **rate, seed=7, **order)
    python = Run.start(config, training, "c")
    out = ffi.new("mlp_run **")
    assert library.mlp_run_create(out, ffi.NULL, struct(config), struct(training)) == 0
    run = ffi.gc(out[0], library.mlp_run_free)
    windows = Windows(given_names.train, config.context, padded)
    c = c_windows(library, given_names.train, config.context, padded)
    loss = ffi.new("float *")
    for step in range(training.steps):
        assert run.step == python.step == step
        assert library.mlp_run_step(run, c, loss) == 0
        assert loss[0] == python.train_step(windows)
    params = ffi.buffer(library.mlp_model_params(run.model), 4 * config.size)
    assert bytes(params) == b"".join(p.tobytes() for p in python.backend.params().values())


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("batches", [None, 1, 7, 20, 21, 10**6])
def test_the_evaluation_is_the_same_in_c_and_python(
    library: Any, given_names: Corpus, padded: bool, batches: int | None
) -> None:
    config = ModelConfig(embedding=8, hidden=33)
    training = TrainingConfig(batch=100, padded=padded)
    tokens = given_names.val[:2002]  # they fill 20 batches, their 1999 sliding windows 19
    windows = Windows(tokens, 3, padded)
    runs = {name: Run.start(config, training, name) for name in BACKENDS}
    losses = {name: run.evaluate(windows, batches) for name, run in runs.items()}

    n = min(batches or 20, 20)
    by_hand = [runs["c"].backend.loss(*windows.batch(i, 100)) for i in range(n)]
    loss, c = ffi.new("double *"), c_windows(library, tokens, 3, padded)
    backend = runs["c"].backend
    assert isinstance(backend, CBackend)
    assert library.mlp_model_evaluate(backend.model, c, 100, batches or 0, ffi.NULL, loss) == 0
    assert loss[0] == pytest.approx(losses["c"], rel=1e-14)
    assert loss[0] == pytest.approx(sum(by_hand) / n, rel=1e-14)
    for name in BACKENDS:
        tolerances.EVALUATE_PAIR.check(abs(loss[0] - losses[name]), name)


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("n", [5, 99, 101])
def test_a_split_smaller_than_a_batch_is_one_batch_of_its_own(
    library: Any, n: int, padded: bool
) -> None:
    run = Run.start(ModelConfig(hidden=5), TrainingConfig(batch=102, padded=padded), "c")
    tokens = np.arange(n, dtype=np.uint16) % 27
    windows = Windows(tokens, 3, padded)
    assert isinstance(run.backend, CBackend)
    c, loss = c_windows(library, tokens, 3, padded), ffi.new("double *")
    assert library.mlp_model_evaluate(run.backend.model, c, 102, 0, ffi.NULL, loss) == 0
    by_hand = run.backend.loss(*windows.batch(0, len(windows)))
    assert run.evaluate(windows) == loss[0] == pytest.approx(by_hand, rel=1e-14)


def test_a_split_of_a_batch_of_characters_but_not_of_windows_is_one_batch(library: Any) -> None:
    run = Run.start(ModelConfig(hidden=5), TrainingConfig(batch=100), "c")
    windows = Windows(np.arange(101, dtype=np.int32) % 27, 3)
    assert len(windows) == 98
    assert run.evaluate(windows) == run.backend.loss(*windows.batch(0, 98))


@pytest.mark.parametrize("name", BACKENDS)
def test_a_state_that_is_loaded_takes_the_place_of_all_that_was(
    name: str, random: np.random.Generator
) -> None:
    config, training = ModelConfig(hidden=9), TrainingConfig(batch=20)
    inputs = random.integers(0, 27, (20, 3)).astype(np.int32)
    targets = random.integers(0, 27, 20).astype(np.int32)
    one, other = create(name, config, training), create(name, config, training)
    for _ in range(5):
        one.step(inputs, targets, 1e-2)
    other.step(inputs[::-1].copy(), targets, 1e-2)
    other.load(one.params(), *one.moments(), 5)
    for backend in (one, other):
        backend.step(inputs, targets, 1e-2)
    for tensors, others in zip((one.params(), *one.moments()), (other.params(), *other.moments())):
        for tensor in tensors:
            np.testing.assert_array_equal(tensors[tensor], others[tensor])
