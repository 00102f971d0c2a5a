"""`python -m mlp`, the same as `mlp`."""

from mlp.cli import main

main()
