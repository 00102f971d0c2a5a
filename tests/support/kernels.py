"""The sets of kernels that the tests run."""

TABLES = ("textbook", "base", "avx2", "avx512")  # as mlp_model_kernels names them
