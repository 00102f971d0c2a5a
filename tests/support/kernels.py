"""The sets of kernels that the library has."""

from mlp.clib import library, names

TABLES = names(library().mlp_kernels_name)  # the fastest first, "textbook" last
EVERYWHERE = ("base", "textbook")  # the others need a processor that has them
