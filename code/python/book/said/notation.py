"""Notation."""

SAYS: list[str] = []
READ = [
    "from 1 | [AdamW](../learning/adamw.md",
    "from 0 | [AdamW](../learning/adamw.md",
    "half a turn",
    "two numbers ",
    "by 0 | [AdamW](../learning/adamw.md",
    "[Bengio 2003 and since](../back/since.md",
    "has two functions, `x_forward`",
]
