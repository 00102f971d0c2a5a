"""What `nox -s bench` measures: training steps, kernels, sizes, whole runs and the ladders."""

# How a table or plot names what was timed; peers.py has the code behind each.
LABELS = {
    "torch": "PyTorch",
    "torch-original": "PyTorch, the original",
    "torch-fused": "PyTorch, fused AdamW",
    "torch-compiled": "PyTorch, compiled",
    "jax": "JAX",
    "jax-scanned": "JAX, scanned",
    "numpy-original": "NumPy, the original",
    "numpy": "NumPy",
    "numpy-fold": "NumPy, folded",
    "c": "C",
    "c-fold": "C, folded",
}
KERNEL_SETS = {  # C again, with sets of kernels other than the one chosen for this processor
    "c-avx512": "C, AVX-512",
    "c-avx2": "C, AVX2",
    "c-base": "C, baseline",
    "c-textbook": "C, textbook",
}
