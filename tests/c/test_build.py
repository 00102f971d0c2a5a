"""The C sources under other compilers and sanitizers, and what the library must not contain."""

import re
import shutil
import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from cases import BAD_FILES, NAMES, REPOSITORY, corpus, environment, loss_lines, run
from checkpoints import BAD_HEADERS, built, damaged, header_of
from kernels import EVERYWHERE, TABLES

SOURCES = REPOSITORY / "code" / "c"
SANITIZERS = (
    "-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g1 -O1"
)
SIZES: dict[str, tuple[str, ...]] = {
    "one": ("--context", "1", "--embedding", "1", "--hidden", "1", "--batch", "1"),
    "odd": ("--context", "3", "--embedding", "7", "--hidden", "37", "--batch", "13"),
    "deep": ("--context", "5", "--embedding", "9", "--hidden", "17", "--layers", "3"),
    "gelu": ("--activation", "gelu", "--hidden", "33", "--batch", "65", "--layers", "2"),
    "padded": ("--padded", "--context", "9", "--embedding", "31", "--hidden", "95"),
    "fold": ("--fold", "--context", "5", "--embedding", "9", "--hidden", "37", "--layers", "2"),
    "blocks": ("--context", "7", "--embedding", "41", "--hidden", "131", "--batch", "97"),
}

compilers = pytest.mark.parametrize("compiler", ["gcc", "clang"], scope="module")


def make(folder: Path, *words: str) -> Path:
    """Build with make into a folder; warnings are errors, and none is printed."""
    command = ["make", "-s", "-j2", "-C", str(SOURCES), f"BUILD={folder}", *words]
    # However long it takes: zig compiles the C library of another system first.
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return folder


@pytest.fixture(scope="module")
def compiler(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    for tool in ("make", name):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    return name


@pytest.fixture(scope="module")
def plain(compiler: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build as a reader makes it."""
    return make(tmp_path_factory.mktemp(compiler), f"CC={compiler}", "EXTRA=-Werror")


@pytest.fixture(scope="module")
def sanitized(compiler: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build that stops at the first bad access, overflow or leak."""
    folder = tmp_path_factory.mktemp(f"{compiler}-sanitized")
    program = "int main(void) { return 0; }"
    command = [compiler, *SANITIZERS.split(), "-x", "c", "-", "-o", str(folder / "try")]
    if subprocess.run(command, input=program.encode(), capture_output=True).returncode != 0:
        pytest.skip(f"this {compiler} has no sanitizers")
    return make(folder, f"CC={compiler}", f"EXTRA={SANITIZERS}")


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return corpus(
        tmp_path_factory.mktemp("corpus") / "names", train=NAMES * 9, val=NAMES * 3, test=NAMES * 3
    )


def clean(*command: str | Path, code: int = 0) -> str:
    """Run under the sanitizers, which end a program with 99; return all it said."""
    options = {
        "ASAN_OPTIONS": "exitcode=99:detect_leaks=1:allocator_may_return_null=1",
        "UBSAN_OPTIONS": "exitcode=99:print_stacktrace=1",
    }
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        env=environment() | options,
        timeout=600,
    )
    said = (done.stdout + done.stderr).decode(errors="replace")
    assert done.returncode == code, said
    assert "Sanitizer" not in said
    assert "runtime error" not in said
    return said


def link(compiler: str, source: Path, build: Path, program: Path, *more: str) -> None:
    """Compile a source and link it to the sanitized archive in `build`."""
    flags: list[str | Path] = [*SANITIZERS.split(), "-I", SOURCES, *more]
    run(compiler, *flags, source, build / "libmlp.a", "-lm", "-o", program, code=0)


# --- compilers -----------------------------------------------------------------


@compilers
def test_the_program_builds_and_trains(plain: Path, names: Path, tmp_path: Path) -> None:
    words = (*SIZES["odd"], "--steps", "9")
    train = run(plain / "mlp", "train", "--corpus", names, *words, "--out", tmp_path / "m", code=0)
    out = train.out
    assert loss_lines(out).keys() == {0, 9}
    assert {"libmlp.a", "mlp"} < {p.name for p in plain.iterdir()}


@compilers
def test_a_second_make_does_nothing(plain: Path, compiler: str) -> None:
    before = {p: p.stat().st_mtime_ns for p in plain.rglob("*")}
    make(plain, f"CC={compiler}")
    assert {p: p.stat().st_mtime_ns for p in plain.rglob("*")} == before


@compilers
@pytest.mark.parametrize(
    "header",
    [p.name for p in sorted(SOURCES.glob("*.h"))],
)
def test_each_header_stands_on_its_own(compiler: str, header: str) -> None:
    flags = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-x", "c"]
    source = f'#include "{header}"\n#include "{header}"\nint main(void) {{ return 0; }}\n'
    command = [compiler, *flags, "-I", str(SOURCES), "-"]
    done = subprocess.run(command, input=source.encode(), capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_without_make_the_same_library_comes_out(tmp_path: Path, names: Path) -> None:
    """make cannot work in a folder with a space: there make.py reads the Makefile itself."""
    checkpoints = []
    for folder in (tmp_path / "made", tmp_path / "a folder"):
        script = (sys.executable, SOURCES / "make.py", folder)
        run(*script, "FAST=-ffp-contract=off", "EXTRA=-DNDEBUG", code=0)
        out = folder / "names.safetensors"
        words = ("--corpus", names, "--steps", "20", "--batch", "16")
        run(folder / "mlp", "train", *words, "--out", out, code=0)
        checkpoints.append(out.read_bytes())
    assert checkpoints[0] == checkpoints[1]
    objects = [sorted(p.name for p in (f / "c").iterdir()) for f in tmp_path.iterdir()]
    assert objects[0] == objects[1]
    wrong = run(*script, "FAST", code=1)
    assert wrong.err == "build: after the folder come words VARIABLE=VALUE\n"


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
@pytest.mark.parametrize("target", ["native", "aarch64-linux-musl"])
def test_zig_builds_it_as_well(target: str, tmp_path: Path) -> None:
    zig = f"{sys.executable} -m ziglang"
    options = "" if target == "native" else f" -target {target}"
    make(tmp_path, f"CC={zig} cc{options}", f"AR={zig} ar")
    assert {"libmlp.a", "libmlp.so", "mlp"} <= {p.name for p in tmp_path.iterdir()}


# --- what is in the library ------------------------------------------------------

FORBIDDEN = re.compile(
    r"_*(v?f?printf(_chk)?|v?dprintf|f?puts|f?putc|putchar|perror|psignal|syslog|std(in|out|err)p?"
    r"|_?exit|quick_exit|abort|raise|kill|assert\w*|signal|sigaction|setlocale|s?rand|random)"
    r"(@.*)?"
)
WRITABLE = re.compile(r"\.(data|bss|tdata|tbss)(?!\.rel\.ro)\S*|\*COM\*")


def offences(objects: Path) -> list[str]:
    """Symbols of an archive or object that print, end the program, or can be written to."""
    if not shutil.which("objdump"):
        pytest.skip("objdump is not installed")
    found = []
    for line in run("objdump", "-t", objects, code=0).out.splitlines():
        entry = re.fullmatch(r"[0-9a-f]+ .{7} (\S+)\s+([0-9a-f]+)\s+(?:\.hidden )?(\S+)", line)
        if not entry:
            continue
        section, size, name = entry.groups()
        if int(size, 16) and WRITABLE.fullmatch(section):
            found.append(f"{name} is writable")
        if section == "*UND*" and FORBIDDEN.fullmatch(name):
            found.append(f"{name} is used")
    return found


@compilers
def test_the_library_does_not_print_exit_or_keep_state(plain: Path) -> None:
    assert offences(plain / "libmlp.a") == []


@compilers
@pytest.mark.parametrize(
    ("source", "offence"),
    [
        ("static int n; int next(void) { return ++n; }", "n is writable"),
        ("int n = 1;", "n is writable"),
        ("_Thread_local int n; int next(void) { return ++n; }", "n is writable"),
        ('#include <stdio.h>\nvoid f(int n) { printf("%d", n); }', "printf is used"),
        ('#include <stdio.h>\nvoid f(void) { printf("hello\\n"); }', "puts is used"),
        ("#include <stdio.h>\nvoid f(char *s) { fputs(s, stderr); }", "stderr is used"),
        ("#include <stdlib.h>\nvoid f(void) { exit(1); }", "exit is used"),
        ("#include <assert.h>\nvoid f(int n) { assert(n); }", "__assert_fail is used"),
    ],
)
def test_a_library_that_does_is_found_out(
    compiler: str, source: str, offence: str, tmp_path: Path
) -> None:
    (tmp_path / "bad.c").write_text(source)
    run(compiler, "-O2", "-fPIC", "-c", tmp_path / "bad.c", "-o", tmp_path / "bad.o", code=0)
    assert offence in offences(tmp_path / "bad.o")


@compilers
def test_the_library_exports_what_its_headers_declare(plain: Path) -> None:
    if not shutil.which("nm") or sys.platform == "darwin":
        pytest.skip("needs nm and ELF")
    headers = "".join((SOURCES / header).read_text() for header in ("mlp.h", "kernels.h"))
    declared = set(re.findall(r"^[a-z][\w *]*?(\w+)\(", headers, re.MULTILINE))
    out = run("nm", "-D", "--defined-only", plain / "libmlp.so", code=0).out
    exported = {line.split()[-1] for line in out.splitlines()}
    made = {f"{part}_{name}" for part in ("kernels", "adamw_update") for name in TABLES[:-1]}
    assert exported - made == declared


# --- sanitizers ------------------------------------------------------------------


@compilers
@pytest.mark.parametrize("kernels", TABLES)
@pytest.mark.parametrize("sizes", SIZES)
def test_sanitizers_find_nothing_from_training_to_sampling(
    sanitized: Path, sizes: str, kernels: str, names: Path, tmp_path: Path
) -> None:
    mlp, table = sanitized / "mlp", ("--kernels", kernels)
    probe = run(mlp, "train", "--corpus", names, "--out", tmp_path / "x", *table, "--steps", "1")
    if "not for this processor" in probe.err:
        assert kernels not in EVERYWHERE
        pytest.skip(f"this processor has no {kernels}")
    words = ("train", "--corpus", names, *table, "--eval-every", "9", "--out", tmp_path / "m")
    clean(mlp, *words, *SIZES[sizes], "--steps", "5", "--until", "3")
    said = clean(mlp, *words, "--resume", tmp_path / "m")
    assert loss_lines(said).keys() == {3, 5}
    clean(mlp, "eval", "--corpus", names, "--checkpoint", tmp_path / "m", *table)
    clean(mlp, "sample", "--checkpoint", tmp_path / "m", "--prompt", "zo", *table)


@compilers
def test_sanitizers_find_nothing_in_the_library_as_cffi_calls_it(
    sanitized: Path, compiler: str, names: Path, tmp_path: Path
) -> None:
    """A program of three calls, linked to the archive: all that is allocated is freed."""
    (tmp_path / "use.c").write_text(USE)
    link(compiler, tmp_path / "use.c", sanitized, tmp_path / "use")
    clean(tmp_path / "use", names / "train.txt", names / "nowhere.txt", tmp_path / "m")


USE = """
#include "mlp.h"
#include <stdlib.h>
int main(int argc, char **argv)
{
    mlp_config config;
    mlp_training training;
    mlp_windows windows;
    mlp_run *run = NULL, *back = NULL;
    char why[MLP_WHY];
    uint16_t *tokens = NULL;
    mlp_alphabet *letters = NULL;
    char *file = NULL;
    size_t N = 0, length = 0;
    float loss;
    if (argc != 4 || mlp_preset("original", &config, &training) != MLP_OK
        || mlp_preset("none", &config, &training) != MLP_ERROR_NAME
        || mlp_alphabet_create(&letters, NULL, 0) != MLP_OK
        || mlp_tokens_load(&tokens, &N, NULL, letters, argv[2], why) != MLP_ERROR_FILE
        || mlp_tokens_load(&tokens, &N, NULL, letters, argv[1], why) != MLP_OK)
        return 1;
    config.layers = 0;
    if (mlp_run_create(&run, NULL, &config, &training) != MLP_ERROR_SIZE)
        return 2;
    config.layers = 2;
    config.hidden = 19;
    training.batch = 5;
    if (mlp_run_create(&run, letters, &config, &training) != MLP_OK
        || mlp_windows_init(&windows, tokens, N, 3, 1) != MLP_OK
        || mlp_windows_init(&windows, tokens, 3, 3, 0) != MLP_ERROR_SHORT)
        return 3;
    if (mlp_windows_init(&windows, tokens, N, 3, 0) != MLP_OK
        || mlp_run_step(run, &windows, &loss) != MLP_OK
        || mlp_checkpoint_save(run, argv[3], why) != MLP_OK
        || mlp_checkpoint_save(run, "/nowhere/m", why) != MLP_ERROR_FILE
        || mlp_checkpoint_load(&back, argv[3], why) != MLP_OK
        || back->step != 1)
        return 4;
    mlp_run_free(back);
    if (mlp_checkpoint_write(&file, &length, run) != MLP_OK
        || mlp_checkpoint_read(&back, file, length, "memory", why) != MLP_OK
        || back->step != 1)
        return 6;
    mlp_run_free(back);
    free(file);
    if (mlp_checkpoint_load(&back, argv[1], why) != MLP_ERROR_FORMAT)
        return 5;
    mlp_run_free(run);
    mlp_run_free(NULL);
    mlp_alphabet_free(letters);
    free(tokens);
    return 0;
}
"""


@compilers
def test_sanitizers_find_nothing_in_bad_input(sanitized: Path, names: Path, tmp_path: Path) -> None:
    mlp = sanitized / "mlp"
    out = ("--out", tmp_path / "m")
    diverged = ("--out", tmp_path / "n")  # saved before it was
    for data, why in BAD_FILES.items():
        folder = corpus(tmp_path / "bad", val=data)
        said = clean(mlp, "train", "--corpus", folder, *SIZES["one"], *out, code=1)
        assert said == f"mlp: {folder}/val.txt{why}\n"
    lines: tuple[tuple[tuple[str | Path, ...], int], ...] = (
        (("train", "--corpus"), 2),
        (("train", "--out="), 2),
        (("-x",), 2),
        (("train", "--corpus", names, "--hidden", "0", *out), 2),
        (("train", "--corpus", names, "--hidden", "65536", "--embedding", "65536", *out), 1),
        (("train", "--corpus", names, "--batch", "9999", *SIZES["deep"], *out), 1),
        (("train", "--corpus", tmp_path / "nowhere", *out), 1),
        (("train", "--corpus", names / "train.txt", *out), 1),
        (("train", "--corpus", "given-names-", *out), 1),
        (("train", "--corpus", "", *out), 1),
        (("eval", "--corpus", names), 1),
        (("train", "--corpus", names, "--out", "/nowhere/m", *SIZES["odd"]), 1),
        (("train", "--corpus", names, "--learning-rate", "1e30", *SIZES["odd"], *diverged), 1),
        (("train", "--corpus", names, "--kernels", "none", *out), 2),
        (("eval", "--corpus", names, "--checkpoint", names / "train.txt"), 1),
        (("sample", "--checkpoint", "/nowhere"), 1),
        (("sample", "--checkpoint", "x", "--prompt", "é"), 1),
    )
    for words, code in lines:
        assert re.fullmatch(r"(step .*\n)?mlp: [^\n]+\n", clean(mlp, *words, code=code)), words
    assert not (tmp_path / "m").exists()


@compilers
def test_sanitizers_find_nothing_when_training_is_interrupted(
    sanitized: Path, names: Path, tmp_path: Path
) -> None:
    words = ("--corpus", str(names), *SIZES["odd"], "--eval-every", "10", "--out", "m")
    with subprocess.Popen(
        [str(sanitized / "mlp"), "train", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=tmp_path,
        text=True,
    ) as process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        said = process.stdout.read()
    assert process.returncode == 130, said
    assert re.search(r"stopped at step \d+; saved to m\ngo on: [^\n]*\n$", said)


# Lets one allocation after the other fail, until all is done: in every place there is an error
# and no leak.
FAIL = """
#include "mlp.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static long left;
void *__real_malloc(size_t), *__real_calloc(size_t, size_t), *__real_realloc(void *, size_t);
void *__wrap_malloc(size_t n) { return left-- > 0 ? __real_malloc(n) : NULL; }
void *__wrap_calloc(size_t n, size_t m) { return left-- > 0 ? __real_calloc(n, m) : NULL; }
void *__wrap_realloc(void *p, size_t n) { return left-- > 0 ? __real_realloc(p, n) : NULL; }
static int try(const char *folder, const char *path, char *why)
{
    mlp_corpus *corpus = NULL;
    mlp_run *run = NULL, *back = NULL;
    mlp_sampler *sampler = NULL;
    mlp_config config;
    mlp_training training;
    uint16_t *tokens = NULL;
    int prompt[MLP_MAX_NAME];
    char *file = NULL, name[MLP_NAME], sha256[MLP_SHA256];
    size_t N, length, n;
    mlp_preset("original", &config, &training);
    config.hidden = config.embedding = 3;
    int code = mlp_corpus_load(&corpus, folder, why);
    if (code == MLP_OK) {
        config.vocab = corpus->alphabet->V;
        code = mlp_corpus_tokens(&tokens, &N, sha256, corpus, MLP_TRAIN, why);
    }
    if (code == MLP_OK)
        code = mlp_run_create(&run, corpus->alphabet, &config, &training);
    if (code == MLP_OK)
        code = mlp_checkpoint_write(&file, &length, run);
    if (code == MLP_OK)
        code = mlp_checkpoint_read(&back, file, length, "memory", why);
    if (code == MLP_OK)
        code = mlp_checkpoint_save(back, path, why);
    if (code == MLP_OK)
        code = mlp_sampler_create(&sampler, back->model, back->alphabet, 0, 1, 42);
    if (code == MLP_OK)
        code = mlp_prompt_parse(prompt, &n, back->alphabet, "aé", why);
    if (code == MLP_OK)
        code = mlp_sampler_prompt(sampler, prompt, n);
    if (code == MLP_OK)
        code = mlp_sampler_next(sampler, name);
    mlp_sampler_free(sampler);
    mlp_run_free(back);
    mlp_run_free(run);
    mlp_corpus_free(corpus);
    free(file);
    free(tokens);
    return code;
}
int main(int argc, char **argv)
{
    char why[MLP_WHY] = "";
    int code = MLP_ERROR_MEMORY;
    long n = 0;
    for (; argc == 3 && code == MLP_ERROR_MEMORY; n++) {
        left = n;
        code = try(argv[1], argv[2], why);
    }
    left = 1000;
    printf("%d after %ld: %s", code, n, why);
    return 0;
}
"""


@compilers
def test_every_allocation_can_fail(
    sanitized: Path, compiler: str, names: Path, tmp_path: Path
) -> None:
    (names / "alphabet.txt").write_text("\n".join("abcdefghijklmnopqrstuvwxyzé"), "utf-8")
    (tmp_path / "fail.c").write_text(FAIL)
    wrap = ",".join(f"--wrap={name}" for name in ("malloc", "calloc", "realloc"))
    link(compiler, tmp_path / "fail.c", sanitized, tmp_path / "fail", f"-Wl,{wrap}")
    said = clean(tmp_path / "fail", names, tmp_path / "m")
    (names / "alphabet.txt").unlink()
    assert re.match(r"0 after (\d+): ", said), said
    assert int(said.split()[2].rstrip(":")) > 30
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("m")] == ["m"]


# Reads damaged checkpoints from one file: for each its length, then its bytes, in memory that
# ends with them.
FUZZ = """
#include "mlp.h"
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv)
{
    unsigned length;
    FILE *all = fopen(argv[1], "rb");
    while (argc == 3 && fread(&length, sizeof length, 1, all) == 1) {
        char *bytes = malloc(length);
        char why[MLP_WHY] = "", name[MLP_NAME] = "";
        mlp_run *run = NULL;
        mlp_sampler *sampler = NULL;
        if (fread(bytes, 1, length, all) != length)
            return 1;
        int code = mlp_checkpoint_read(&run, bytes, length, argv[2], why);
        free(bytes);
        if (code == MLP_OK) {
            if (mlp_sampler_create(&sampler, run->model, run->alphabet, 0, 1, 42) != MLP_OK
                || mlp_sampler_next(sampler, name) != MLP_OK)
                return 2;
            mlp_sampler_free(sampler);
            mlp_run_free(run);
        }
        printf("%d %s\\n", code, why);
    }
    fclose(all);
    return 0;
}
"""


@compilers
def test_sanitizers_find_nothing_in_damaged_checkpoints(
    sanitized: Path, compiler: str, names: Path, tmp_path: Path
) -> None:
    good = tmp_path / "good"
    sizes = ("--context", "2", "--embedding", "3", "--hidden", "5", "--batch", "4")
    clean(sanitized / "mlp", "train", "--corpus", names, *sizes, "--steps", "2", "--out", good)
    data = good.read_bytes()
    header, numbers = header_of(data)
    files = [data, *damaged(data, 1500, seed=len(compiler))]
    files += [data[:n] for n in range(0, len(data), 17)]
    for change, _ in BAD_HEADERS.values():
        header, numbers = header_of(data)
        change(header)
        files.append(built(header, numbers))
    (tmp_path / "all").write_bytes(b"".join(struct.pack("<I", len(f)) + f for f in files))
    (tmp_path / "fuzz.c").write_text(FUZZ)
    link(compiler, tmp_path / "fuzz.c", sanitized, tmp_path / "fuzz")
    lines = clean(tmp_path / "fuzz", tmp_path / "all", tmp_path / "one").splitlines()
    assert len(lines) == len(files)
    accepted = [line for line in lines if line == "0 "]
    refused = [line for line in lines if re.match(rf"-\d {tmp_path}/one: .", line)]
    assert len(accepted) + len(refused) == len(files)
    assert len(accepted) > 20
    assert len(refused) > 800
    assert lines[0] == "0 "
