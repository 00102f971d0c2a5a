"""`python -m mlp`, the same as `mlp`."""

import os
import signal

# Ctrl-C just ends the process, as it does in other programs: no traceback, and no exception in the
# middle of somebody's callback. Where a shell has said to ignore it, it stays ignored.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def main() -> None:
    """Run the command line."""
    from mlp import cli

    try:
        cli.main()
    except SystemExit as end:
        # All is written. Taking PyTorch apart would take seconds, in which one waits after Ctrl-C.
        os._exit(int(end.code or 0))


if __name__ == "__main__":
    main()
