"""Glossary."""

SAYS: list[str] = []
READ = [
    "or two, with the",
    "or two, and where",
    "[Bengio 2003 and since](../back/since.md#3-attention",
    ": Two characters in",
    "its three parts. See",
    "[Bengio 2003 and since](../back/since.md#4-what-was-there-stays",
    "[Bengio 2003 and since](../back/since.md#5-more-of-it",
]
