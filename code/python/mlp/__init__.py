"""mlp, spelled out: one neural language model, written in C, in NumPy and in PyTorch."""
