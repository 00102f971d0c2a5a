"""What XLA makes of JAX's training step: its own text of the compiled program, counted."""

import re
from collections import Counter
from importlib.metadata import version
from typing import Any

from rich.table import Table

from bench.peers import PEERS
from mlp import corpora
from mlp.config import preset
from mlp.errors import MLPError

INSTRUCTION = re.compile(r"= .*? ([a-z-]+)\(")
FREE = {"parameter", "constant", "tuple", "bitcast", "broadcast", "get-tuple-element"}  # no work


def measure(_: int) -> dict[str, Any]:
    """Compile the step of the preset `original`, and count what a call of it runs."""
    config, training = preset("original")
    try:
        peer: Any = PEERS["jax"](config, training, corpora.load(corpora.GIVEN_NAMES))
    except ModuleNotFoundError as error:
        raise MLPError(f"bench: xla: {error}") from error
    compiled = peer.compiled.lower(peer.state, peer.train, peer.numbers).compile()
    return {"version": version("jax")} | read(compiled.as_text())


def read(text: str) -> dict[str, Any]:
    """Count what a compiled program runs: products, fused loops, and the rest.

    `tanh` has what the loop that computes it does besides.
    """
    bodies = {
        match[1]: INSTRUCTION.findall(match[2])
        for match in re.finditer(r"^(?:ENTRY )?%(\S+) \(.*?\{\n(.*?)^\}", text, re.M | re.S)
    }
    entry = text[text.index("\nENTRY") :]
    kinds: Counter[str] = Counter()
    tanh = ""
    for line in entry.splitlines():
        found = INSTRUCTION.search(line)
        if found is None or found[1] in FREE:
            continue
        called = re.search(r"calls=%(\S+?),", line)
        inside = bodies[called[1]] if called else [found[1]]
        kinds["products" if "dot" in inside else "loops" if called else "others"] += 1
        if "tanh" in inside:
            tanh = ", ".join(word for word in inside if word not in FREE)
    return {"runs": sum(kinds.values()), **kinds, "tanh": tanh}


def table(result: dict[str, Any]) -> Table:
    """Show the counts."""
    shown = Table("what a step runs", "times", title=f"JAX {result['version']}, compiled by XLA")
    for kind in ("products", "loops", "others"):
        shown.add_row(kind, str(result[kind]))
    shown.add_row("the loop of tanh does", result["tanh"])
    return shown
