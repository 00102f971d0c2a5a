"""The lab."""

SAYS: list[str] = []
READ = [
    "so that you can compare the two",
    "With an embedding of 2",
    "orange is above 0, blue is below",
    "there is only the line of guessing",
]
