"""Do it yourself."""

SAYS: list[str] = []
READ = [
    "some ten minutes each",
    "on two cores, and",
    "about half an hour",
    "that. Three things can",
    "than two digits",
]
