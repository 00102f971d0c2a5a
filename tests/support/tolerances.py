"""Every tolerance of the tests, beside the value that was measured.

Measured 2026-11-24 on x86-64 with AVX-512, gcc 12, glibc 2.36, NumPy 2.4.6,
torch 2.13.0, one thread. `pytest --measure` prints the values of a new run.
What has no tolerance here is compared bit for bit.
"""

from dataclasses import dataclass


@dataclass
class Tolerance:
    """A bound on a difference, and the largest difference ever seen."""

    bound: float
    measured: float
    largest: float = 0.0  # of this run

    def check(self, difference: float, what: str = "difference") -> None:
        """Fail if `difference` is beyond the bound, or not a number."""
        self.largest = max(self.largest, difference)
        assert difference <= self.bound, f"{what}: {difference:.2e}, the bound is {self.bound:.0e}"


# Operations in float32 against float64. A sum: the error over the sum of the
# sizes of its terms. Other operations: as the comment says.
LINEAR = Tolerance(bound=1e-6, measured=3.6e-7)
FOLD = Tolerance(bound=2e-6, measured=9.3e-7)  # over the root of the number of terms
EMBEDDING = Tolerance(bound=6e-7, measured=1.7e-7)
TANH_ULPS = Tolerance(bound=4, measured=2.1e00)  # units in the last place
TANH_BACKWARD = Tolerance(bound=6e-7, measured=1.5e-7)
GELU = Tolerance(bound=4e-7, measured=1.2e-7)  # over |x|
GELU_BACKWARD = Tolerance(bound=4e-6, measured=1.2e-6)
EXP = Tolerance(bound=5e-7, measured=2.4e-7)  # relative
SOFTMAX = Tolerance(bound=1e-6, measured=3.5e-7)
CROSS_ENTROPY = Tolerance(bound=1e-6, measured=3.2e-7)  # over 1 + the largest |logit|
CROSS_ENTROPY_BACKWARD = Tolerance(bound=1e-6, measured=3.7e-7)

# Gradients.
DIRECTIONAL_OPS = Tolerance(bound=1e-9, measured=1.6e-10)  # relative
DIRECTIONAL_MODEL = Tolerance(bound=3e-7, measured=1.1e-7)
GRADIENTS_C = Tolerance(bound=3e-6, measured=6.5e-7)  # C against float64, over the tensor's largest

# Optimizer: parameters of about 1 after 200 steps in float32, 100 in float64.
ADAMW_TORCH = Tolerance(bound=1e-6, measured=2.4e-7)
ADAMW_FLOAT64 = Tolerance(bound=2e-15, measured=4.4e-16)

# Whole models.
FLOAT64_300_STEPS = Tolerance(bound=8e-15, measured=8.9e-16)
FOLD_FLOAT64 = Tolerance(bound=7e-15, measured=7.4e-16)
RAW_TORCH = Tolerance(bound=1e-6, measured=2.4e-7)
EVALUATE_PAIR = Tolerance(bound=5e-7, measured=1.0e-7)
CUMULATIVE = Tolerance(bound=2e-6, measured=6.0e-7)  # the probabilities that a coin is thrown at

# Trajectories: the loss. The original printed six decimals, so 5e-7 is its rounding.
ORIGINAL_LOSSES = Tolerance(bound=5e-6, measured=5.7e-7)
ORIGINAL_2000_STEPS = Tolerance(bound=1e-6, measured=4.8e-7)
VARIANTS_200_STEPS = Tolerance(bound=2e-6, measured=7.2e-7)
WASM_500_STEPS = Tolerance(bound=1e-6, measured=2.4e-7)
WASM_PARAMETERS = Tolerance(bound=3e-6, measured=3.0e-7)
DROPOUT_300_STEPS = Tolerance(bound=1e-6, measured=4.8e-7)
DROPOUT_300_DEEP = Tolerance(bound=5e-6, measured=1.5e-6)  # without dropout or warmup: 8.6e-6
KERNELS_200_STEPS = Tolerance(bound=1e-6, measured=2.4e-7)  # fast.c and ops.c
SWITCHES_200_STEPS = Tolerance(bound=1e-6, measured=4.8e-7)  # fold, instruction set, contraction
SWITCHES_2000_STEPS = Tolerance(bound=5e-6, measured=7.2e-7)

# Workers and switches of PyTorch: the loss, which has six decimals when it is printed.
TORCH_100_STEPS = Tolerance(bound=1.1e-6, measured=1.0e-6)  # of workers; compiled: 0
BF16_100_STEPS = Tolerance(bound=5e-3, measured=6.0e-4)


def all_by_name() -> dict[str, Tolerance]:
    return {name: value for name, value in globals().items() if isinstance(value, Tolerance)}
