"""The exceptions of the package."""


class MLPError(Exception):
    """A mistake in the input: a file, an option, a checkpoint.

    The message is one line that says what is wrong and where.
    The command line prints it and exits with `status`.
    """

    status = 1


class UsageError(MLPError):
    """A command line that cannot be read."""

    status = 2


class WorkerGone(MLPError):
    """Another process of a training has ended, before this one's step changed anything."""


class NotANumber(MLPError):
    """A model in training whose numbers overflowed: there is nothing to save, or to go on with."""

    def __init__(self, step: int, what: str = "the loss") -> None:
        super().__init__(f"step {step}: {what} is no longer a number; try a lower learning rate")
