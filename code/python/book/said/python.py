"""The Python package."""

SAYS: list[str] = []
READ: list[str] = []
