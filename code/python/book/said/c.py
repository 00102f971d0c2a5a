"""The C library."""

SAYS: list[str] = []
READ = [
    "there. Three rules hold",
    "is 0, or a",
]
