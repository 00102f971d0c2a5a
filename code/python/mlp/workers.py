"""Several processes that train one model, as torchrun starts them: each has some rows of a batch.

Worker 0 leads. It is the program as it always is: it prints, evaluates and saves. The others
follow: they have the same parameters and the same names, and count the same steps. So nothing is
sent but gradients, whose mean is that of the whole batch.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any, cast

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

from mlp.arrays import Tensors
from mlp.backend_torch import Loss, TorchBackend, torch_errors
from mlp.config import ModelConfig, TrainingConfig
from mlp.errors import MLPError, WorkerGone
from mlp.run import Run
from mlp.signals import STOPPED, signals_as_wish
from mlp.tokens import Stream, Tokens
from mlp.windows import Windows

LONGEST = timedelta(days=1)  # that the others wait, as while worker 0 evaluates
ENDED = "mlp/ended"  # what worker 0 leaves behind, however it ends, unless it is killed
SOON = timedelta(seconds=2)
MISSING = "stopped before all workers were there"
AT = r"^\[\S+\] "  # the line of a C++ file, before a reason
CPU = torch.device("cpu")


# --- a step ------------------------------------------------------------------------------


class Worker(TorchBackend):
    """PyTorch on some rows of each batch, once it has joined the others."""

    def __init__(
        self, config: ModelConfig, training: TrainingConfig, device: str = "cpu", **options: Any
    ) -> None:
        """As TorchBackend; `cuda` is the device that this worker has for itself."""
        self.options = {"device": device, **options}
        if device == "cuda":
            device = f"cuda:{os.environ['LOCAL_RANK']}"
        share = training.batch // dist.get_world_size()
        super().__init__(config, replace(training, batch=max(share, 1)), device=device, **options)
        self.first_row = dist.get_rank() * share
        self.rows = slice(self.first_row, self.first_row + share)

    def join(self) -> None:
        """From now on, let DistributedDataParallel average the gradients of all workers."""
        self.module = _Averaged(self.model, self.training_loss)
        with _connection():
            self.training_loss = DistributedDataParallel(self.module)

    def backward(self, inputs: Tokens, targets: Tokens) -> Tensor:
        self.module.loss.grad = None
        with _connection():
            super().backward(inputs[self.rows], targets[self.rows])
        return cast(Tensor, self.module.loss.grad)


class _Averaged(nn.Module):
    """A loss, for DistributedDataParallel to watch: the mean of the workers' comes with the rest.

    It is the gradient of a number that is 0 and that no optimizer knows.
    """

    def __init__(self, model: nn.Module, compute: Loss) -> None:
        super().__init__()
        self.model, self.compute = model, compute
        self.loss = nn.Parameter(torch.zeros_like(next(model.parameters())[0, 0]))

    def forward(self, inputs: Tensor, targets: Tensor) -> Tensor:
        loss = self.compute(inputs, targets)
        return loss + self.loss * loss.detach()


# --- from the start to the end -------------------------------------------------------------


@dataclass
class Order:
    """What the others need to know to train along. Parameters come when they join."""

    config: ModelConfig
    training: TrainingConfig
    options: dict[str, Any]
    moments: tuple[Tensors, Tensors]
    step: int
    tokens: Stream
    last: int  # step


def together(lead: Callable[[], Any]) -> Any:
    """Run `lead` on worker 0, and let the others follow; return the exit status."""
    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    words = f"mlp: {MISSING}\n".encode() if rank == 0 else b""
    with _connection(MISSING), signals_as_wish(words) as wish:
        dist.init_process_group(store=_store(), rank=rank, world_size=size, timeout=LONGEST)
    if wish.made:
        return STOPPED
    if rank > 0:
        return _follow()
    try:
        return lead()
    finally:
        with suppress(RuntimeError):  # torchrun itself may be gone
            _store().set(ENDED, "")


def start(run: Run, tokens: Stream, last: int) -> None:
    """Let the others train along up to step `last`: worker 0 is about to."""
    size, batch = dist.get_world_size(), run.training.batch
    if batch % size != 0:
        raise MLPError(f"batch {batch}: {size} workers cannot share it evenly")
    worker = cast(Worker, run.backend)
    options = worker.options | {"threads": torch.get_num_threads()}
    order = Order(run.config, run.training, options, worker.loaded, run.step, tokens, last)
    with _connection():
        dist.broadcast_object_list([order], device=CPU)
    if complaint := _first_complaint(""):
        raise MLPError(complaint)
    worker.join()


def _follow() -> int:
    """Train along until worker 0 has ended; return the exit status.

    A signal is for worker 0, which saves: the others end when it does.
    """
    with signals_as_wish(last_words=b"") as wish:
        try:
            with _connection():
                orders: list[Order] = [cast(Order, None)]
                dist.broadcast_object_list(orders, device=CPU)
            return _obey(orders[0])
        except WorkerGone:
            if wish.made or _has_ended():
                return 0
            raise


def _obey(order: Order) -> int:
    try:
        run = Run.start(order.config, order.training, "torch", **order.options)
        complaint = ""
    except MLPError as error:
        complaint = str(error)
    if _first_complaint(complaint):
        return 1
    worker = cast(Worker, run.backend)
    worker.loaded, worker.steps, run.step = order.moments, order.step, order.step
    worker.join()
    windows = Windows(order.tokens, order.config.context, order.training.padded)
    while run.step < order.last:
        run.train_step(windows)
    return 0


def _first_complaint(mine: str) -> str:
    """Return why a worker cannot train; nothing if all of them can."""
    complaints = [""] * dist.get_world_size()
    with _connection():
        dist.all_gather_object(complaints, mine)
    return next((f"worker {i}: {said}" for i, said in enumerate(complaints) if said), "")


@cache
def _store() -> Any:
    """Return the store that torchrun keeps for all workers."""
    return next(rendezvous("env://"))[0]


def _has_ended() -> bool:
    """Whether worker 0 ends by itself: then it has said what there is to say."""
    try:
        _store().wait([ENDED], SOON)
    except RuntimeError:
        return False
    return True


@contextmanager
def _connection(what: str = "a worker has ended") -> Iterator[None]:
    """Turn what PyTorch raises where a connection breaks, or is not to be had, into one line."""
    try:
        with torch_errors():
            yield
    except RuntimeError as error:
        reason = str(error).splitlines()[0].split(". This is")[0]
        raise WorkerGone(f"{what}: {re.sub(AT, '', reason)}") from error
