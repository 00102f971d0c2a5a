"""README.md."""

from book.said import NAMES, THREE

SAYS = [
    f"The {THREE} start from the same",
    f"{NAMES['ssa-names']:,} names in the same order",
    f"the {NAMES['ssa-names']:,} names of",
    f"{NAMES['given-names']:,} given names",
]
READ = [
    "how far the three part",
    "Python 3.11 to 3.14",  # tests/repository/test_machines.py
    "x86-64",
    "Bengio et al. 2003",
    "Two commands do the rest",
    "works in the other two",
    "model in two processes",
]
