"""The sets of kernels that the tests run."""

from mlp.clib import library, names

TABLES = names(library().mlp_kernels_name)  # the fastest first, the textbook's last
