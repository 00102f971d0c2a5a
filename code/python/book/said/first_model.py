"""A first model, by hand: the notebook."""

import json

from book.said import ROOT, V
from book.words import word

CELLS = json.loads((ROOT / "docs/notebooks/first_model.ipynb").read_text("utf-8"))["cells"]
CODE = "\n".join("".join(cell["source"]) for cell in CELLS if cell["cell_type"] == "code")
CONTEXT, HIDDEN = (int(CODE.split(f"{name}=")[1].split(",")[0].strip(")\n").split(")")[0])
                   for name in ("context", "hidden"))  # fmt: skip

SAYS = [
    f"{word(CONTEXT)} letters of context, {HIDDEN} hidden units",
    f"the logarithm of {V}",
]
READ = ["a few hundred steps"]
