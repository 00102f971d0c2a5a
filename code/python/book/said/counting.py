"""Counting."""

SAYS: list[str] = []
READ: list[str] = []
