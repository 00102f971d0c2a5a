"""The lab."""

from book.said import NAMES

SAYS = [f"the list of {NAMES['given-names']:,} names"]
READ = [
    "so that you can compare the two",
    "With an embedding of 2",
    "orange is above 0, blue is below",
    "there is only the line of guessing",
]
