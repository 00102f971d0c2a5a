"""The one exception of the package."""


class MLPError(Exception):
    """A mistake in the input: a file, an option, a checkpoint.

    The message is one line that says what is wrong and where.
    The command line prints it and exits with 1; nothing else catches it.
    """
