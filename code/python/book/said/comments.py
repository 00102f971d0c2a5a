"""The comments of the sources that the pages show, and those of the presets."""

from book.said import DEEP
from book.words import word
from mlp.config import PRESETS

assert PRESETS["small"][0].size < 100_000

SAYS = [
    f"{word(DEEP.layers)} layers, and nothing that keeps them",
]
READ = [
    "at most 100,000 parameters",
    "At most 100,000 parameters",
    "follows from two tables",
    "only where it is not 0",
    "m + (1 - beta1)",
    "(1 - beta2)",
    "grads^2",
    "grad^2",
    "(1 - lr",
    "(1 - beta1^step)",
    "sqrt(1 - beta2^step)",
    "after 2,000 steps its loss is 1e-5 away",
    "computed in double and rounded once: 1 - 0.999f in float would be off by 5e-5",
    "out (4,4) = inp (4,4)^T",
    "e^x = 2^n * e^f",
    "|f| <= log(2)/2",
    "Returns e^f - 1, for which six terms",
    "3e-9 before rounding",
    "*power is 2^n",
    "Adding 1.5 * 2^23",
    "log(2) in two parts",
    "2^n, written into the exponent",
    "tanh(x) = d / (d + 2) with d = e^2x - 1, whose digits near 0 a plain e^2x - 1 would lose. "
    "From 10 on, tanh is 1",
    "1 .. MLP_MAX_LAYERS",
    "Bengio et al. 2003",
    "`smoothing` is λ, 0 or more",
    "that would be 0 / 0, 1/V",
    "a count of 0, 1, 2, and 3 or more: 0, D1, D2, D3+",
    "Y = n1 / (n1 + 2 n2), Dk = k - (k + 1) Y n_{k+1} / n_k",
    "not between 0 and k: it is k / 2 then",
    "add up to 1. After an x that was never seen, P_n is P_{n-1}. P_0 is 1/V",
    "of windows of 1, 2, …, order tokens",
    "from n = 0 to the order",
    "may round to 0",
    "tanh' = 1 - tanh^2",
    "out = x/2 * (1 + tanh(s * (x + c * x^3)))",
    "out = x/2 (1 + tanh(s (x + c x^3)))",
    "Hendrycks & Gimpel 2016",
    "product rule on x/2 and 1 + tanh(u)",
    "a test compares the two",
    "In double: the product of three sizes",
    "Whether text is 12, 1.2 or .12",
    "Read a number as 12, 1.2, .12 or 1e-2",
    "half a cosine takes it to 0",
    "Of pairs of equals, half count",
]
