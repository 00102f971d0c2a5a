"""The library where a size has 32 bits: seeds and steps keep their 64, the numbers are the same.

WebAssembly, which a page could run, is such a place, and so is a program for 32-bit x86.
"""

import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cases import NAMES, REPOSITORY, corpus, run
from checkpoints import built, header_of

from mlp.checkpoint import load_checkpoint

SOURCES = REPOSITORY / "code" / "c"
PROGRAM = Path(__file__).with_name("in_memory.c")
FAR = 2**33
# glibc's logarithms for 32 and for 64 bits may differ in the last bit. Measured: a loss in its
# last digit of 24 bits, the parameters not at all.
BOUND = 1e-6

RUN_WASM = """
const { WASI } = require("node:wasi");
const wasi = new WASI({ version: "preview1", returnOnExit: true });
const module = new WebAssembly.Module(require("node:fs").readFileSync(process.argv[1]));
const instance = new WebAssembly.Instance(module, wasi.getImportObject());
process.exitCode = wasi.start(instance);
"""


def build(folder: Path, compiler: str, *words: str) -> None:
    """Compile for any machine, without its kernel sets; however long it takes."""
    zig = f"{sys.executable} -m ziglang"
    make = ["make", "-s", "-C", SOURCES, f"BUILD={folder}", f"CC={compiler}", "x86_64="]
    subprocess.run([*make, f"AR={zig} ar", "FAST=-ffp-contract=off", *words], check=True)


def output(folder: Path, target: str) -> list[str]:
    """What in_memory.c prints, compiled by zig for a target."""
    archive = folder / "libmlp.a"
    build(folder, f"{sys.executable} -m ziglang cc -target {target}", str(archive))
    out = folder / "in_memory.wasm"
    stack = ["-Wl,-z,stack-size=1048576"] if target.startswith("wasm") else []
    words = ["-std=c11", "-Wall", "-Wextra", "-Werror", f"-I{SOURCES}", *stack]
    command = [sys.executable, "-m", "ziglang", "cc", "-target", target, *words]
    subprocess.run([*command, PROGRAM, archive, "-lm", "-o", out], check=True)
    node = ["node", "--no-warnings", "-e", RUN_WASM] if target.startswith("wasm") else []
    done = subprocess.run([*node, out], check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
@pytest.mark.skipif(sys.platform != "linux", reason="the 64-bit twin is a program for Linux")
def test_webassembly_computes_the_same_bits(tmp_path: Path) -> None:
    """Both with the mathematics of musl. 192 KiB of stack are more than a module has by default."""
    wide = output(tmp_path / "wide", f"{platform.machine()}-linux-musl")
    assert output(tmp_path / "narrow", "wasm32-wasi") == wide
    steps = [int(line.split()[1]) for line in wide if line.startswith("step ")]
    assert steps == 3 * [1, 2, *range(FAR + 1, FAR + 5)]
    losses = [float.fromhex(line.split()[-1]) for line in wide if line.startswith("step ")]
    assert all(2 < loss < 4 for loss in losses)
    headers = bytes.fromhex("".join(line for line in wide if re.fullmatch(r"[0-9a-f]{64}", line)))
    for name, value in (("seed", FAR + 1), ("step", FAR + 2), ("steps", 2 * FAR)):
        assert headers.count(f'"{name}":"{value}"'.encode()) == 3


def test_a_32_bit_program_trains_and_resumes_as_the_64_bit_one(tmp_path: Path) -> None:
    """The command line, too: seeds, schedules and ends beyond 2^32."""
    narrow = "gcc -m32 -msse2 -mfpmath=sse"  # SSE rounds as 64-bit code does
    for tool in ("make", "gcc"):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    nothing = [*narrow.split(), "-x", "c", "-", "-o", tmp_path / "try"]
    source = b"#include <stdlib.h>\nint main(void) { return 0; }\n"
    if subprocess.run(nothing, input=source, capture_output=True).returncode != 0:
        pytest.skip("gcc has no libraries of 32 bits: install gcc-multilib")

    names = corpus(tmp_path / "names", train=9 * NAMES, val=9 * NAMES)
    sizes = ("--hidden", "19", "--embedding", "5", "--batch", "7", "--padded")
    words = ("train", "--corpus", names, "--eval-every", "2", "--kernels", "base")
    seed = ("--seed", str(FAR + 1), "--steps", str(2 * FAR))
    ends = []
    for name, compiler in (("wide", "gcc"), ("narrow", narrow)):
        build(tmp_path / name, compiler, "EXTRA=-Werror")
        mlp, out = tmp_path / name / "mlp", tmp_path / f"{name}.out"
        run(mlp, *words, *sizes, *seed, "--until", "4", "--out", out, code=0)
        header, numbers = header_of(out.read_bytes())
        assert header["__metadata__"]["seed"] == str(FAR + 1)
        header["__metadata__"]["step"] = str(FAR)
        out.write_bytes(built(header, numbers))
        resumed = (*words, "--resume", out, "--until", str(FAR + 4), "--out", out)
        said = run(mlp, *resumed, code=0).out
        losses = [float(x) for x in re.findall(r" (\d\.\d{6})", said)]
        assert len(losses) == 6, said
        drawn = run(mlp, "sample", "--checkpoint", out, "--seed", str(FAR + 5), code=0).out
        ends.append((load_checkpoint(out), losses, drawn))
    (wide, wide_losses, wide_names), (thin, thin_losses, thin_names) = ends
    assert (thin.config, thin.training, thin.step) == (wide.config, wide.training, FAR + 4)
    assert wide.step == FAR + 4
    assert thin_losses == pytest.approx(wide_losses, abs=2 * BOUND)
    assert thin_names == wide_names
    for name, tensor in wide.params.items():
        assert np.abs(thin.params[name] - tensor).max() <= BOUND, name
