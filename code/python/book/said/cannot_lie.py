"""What is checked."""

from book.said import V

SAYS = [f"The table grows {V}-fold with each letter"]
READ = [
    "the largest difference of two runs",
]
