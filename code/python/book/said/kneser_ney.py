"""Counting, done well."""

SAYS: list[str] = []
READ: list[str] = []
