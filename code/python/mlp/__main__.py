"""`python -m mlp`, the same as `mlp`."""

import signal


def main() -> None:
    """Run the command line."""
    # While the packages load, Ctrl-C just ends; after that, Python's own handler cleans up.
    handler = signal.signal(signal.SIGINT, signal.SIG_DFL)
    from mlp import cli

    signal.signal(signal.SIGINT, handler)
    cli.main()


if __name__ == "__main__":
    main()
