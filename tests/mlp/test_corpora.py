"""The tokens, the two corpora, and everything that can go wrong on the way to them."""

import errno
import hashlib
import io
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from itertools import chain
from pathlib import Path

import numpy as np
import platformdirs
import pooch
import pytest
from cases import BAD_FILES

from mlp import corpora
from mlp.corpora import CORPORA, GIVEN_NAMES, SSA_NAMES, Source, load, prepare
from mlp.errors import MLPError
from mlp.tokens import LATIN, Alphabet, tokenize

REAL_CORPORA = os.environ.get("MLP_CORPUS_DIR")
needs_ssa_names = pytest.mark.skipif(
    not REAL_CORPORA, reason="MLP_CORPUS_DIR is not set: no ssa-names here"
)

SMALL = {"train.txt": b"emma\nolivia\n", "val.txt": b"ava\nmia\n", "test.txt": b"zoe\nliam\n"}


@pytest.fixture(autouse=True)
def away_from_the_users_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLP_CORPUS_DIR", raising=False)
    monkeypatch.setenv("MLP_HOME", str(tmp_path / "home"))


@pytest.fixture
def small_ssa_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Record the hashes of SMALL for ssa-names: files that a test can have without a download."""
    hashes = {file: hashlib.sha256(data).hexdigest() for file, data in SMALL.items()}
    monkeypatch.setitem(CORPORA, SSA_NAMES, hashes)


def write(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True)
    for file, data in files.items():
        (folder / file).write_bytes(data)
    return folder


def read(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def error_of(call: Callable[[], object]) -> str:
    """Return the message of the MLPError that `call` raises, one line as promised."""
    with pytest.raises(MLPError) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    return message


# --- tokens ------------------------------------------------------------------


def test_newline_is_0_and_a_to_z_are_1_to_26() -> None:
    tokens = tokenize(b"az\nbcd\n", "names.txt")
    assert tokens.dtype == np.uint16
    assert tokens.tolist() == [1, 26, 0, 2, 3, 4, 0]


def test_every_letter_comes_back() -> None:
    text = "abcdefghijklmnopqrstuvwxyz\nzoe\n"
    assert LATIN.decode(tokenize(text.encode(), "names.txt")) == text
    text, alphabet = "ива\nямб\n", Alphabet("абвимя")
    assert alphabet.decode(tokenize(text.encode(), "names.txt", alphabet)) == text
    assert alphabet.encode("ива\nx").tolist() == [4, 3, 1, 0, -1]


def test_a_missing_last_newline_changes_nothing() -> None:
    without = tokenize(b"emma\nzoe", "names.txt")
    assert without.tolist() == tokenize(b"emma\nzoe\n", "names.txt").tolist()


@pytest.mark.parametrize("data", BAD_FILES, ids=repr)
def test_a_faulty_file_is_named_with_all_kinds_of_faults(data: bytes) -> None:
    assert error_of(lambda: tokenize(data, "n.txt")) == f"n.txt{BAD_FILES[data]}"


def test_a_large_file_is_read_and_refused_quickly() -> None:
    names = "".join(f"name{chr(97 + i % 26)}\n" for i in range(1_000_000))
    start = time.process_time()
    assert len(tokenize(names.encode(), "n.txt")) == len(names)
    message = error_of(lambda: tokenize(names.replace("n", "N").encode(), "n.txt"))
    assert message.startswith("n.txt: 1038462 capitals (first 'N' at 1:1): ")
    assert time.process_time() - start < 10  # measured 1; a loop over the characters takes longer


def test_the_splits_of_a_folder_are_read_when_they_are_asked_for(tmp_path: Path) -> None:
    splits = load(write(tmp_path / "mine", SMALL))
    (tmp_path / "mine" / "test.txt").unlink()
    assert [LATIN.decode(tokens).encode() for tokens in (splits.train, splits.val)] == [
        *(SMALL["train.txt"], SMALL["val.txt"])
    ]
    message = error_of(lambda: splits.test)
    assert message == f"{tmp_path}/mine/test.txt: No such file or directory"


def test_a_faulty_split_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path / "mine", SMALL | {"test.txt": b"zoe\nLiam\n"})
    assert error_of(lambda: load(folder).test).startswith(f"{folder / 'test.txt'}: 1 capital ('L'")


def test_a_corpus_has_the_letters_of_its_alphabet(tmp_path: Path) -> None:
    files = {"alphabet.txt": "а\nв\nи\n".encode(), "train.txt": "ива\n".encode()}
    corpus = load(write(tmp_path / "mine", files))
    assert corpus.alphabet == Alphabet("ави")
    assert corpus.train.tolist() == [3, 2, 1, 0]
    assert load(write(tmp_path / "latin", SMALL)).alphabet is LATIN


@pytest.mark.parametrize(
    ("alphabet", "line"), [("a\nb\ncd\n", 3), ("a\n\nb\n", 2), ("b\na\n", 2), ("b\na\nxyz\n", 2)]
)
def test_a_faulty_alphabet_is_named_by_its_first_wrong_line(
    tmp_path: Path, alphabet: str, line: int
) -> None:
    folder = write(tmp_path / "corpus", SMALL | {"alphabet.txt": alphabet.encode()})
    where = f"{folder / 'alphabet.txt'}:{line}"
    assert error_of(lambda: load(folder)).startswith(f"{where}: not one letter")


def test_an_alphabet_has_a_letter(tmp_path: Path) -> None:
    folder = write(tmp_path / "corpus", SMALL | {"alphabet.txt": b""})
    wanted = f"{folder / 'alphabet.txt'}: 0 letters: must be from 1 to 65535"
    assert error_of(lambda: load(folder)) == wanted


def test_a_folder_too_long_for_a_checkpoint_is_known_by_nothing() -> None:
    """The limit is of bytes: é has two."""
    names = "/".join(["é" * 100] * 15)
    assert corpora._absolute(f"/{names}").startswith("/é")
    assert corpora._absolute(f"/{names}/{names}") == ""


def test_load_takes_a_name_for_a_corpus() -> None:
    corpus = load(GIVEN_NAMES)
    assert LATIN.decode(corpus.val[:7]) == "monica\n"
    assert corpus.source == Source(LATIN, GIVEN_NAMES, CORPORA[GIVEN_NAMES]["train.txt"])


def test_a_folder_is_known_by_its_absolute_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "mine", SMALL)
    monkeypatch.chdir(tmp_path)
    sha256 = hashlib.sha256(SMALL["train.txt"]).hexdigest()
    for name in ("mine", "./mine", Path("mine"), tmp_path / "mine"):
        assert load(name).source == Source(LATIN, str(tmp_path / "mine"), sha256)
    write(tmp_path / 'a "b"', SMALL)
    assert load('a "b"').source == Source(LATIN, "", sha256)


def test_a_name_comes_before_a_folder_and_a_slash_means_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported = write(tmp_path / "home" / "corpora" / "mine", SMALL)
    other = write(tmp_path / "mine", SMALL | {"val.txt": b"other\n"})
    monkeypatch.chdir(tmp_path)
    assert load("mine").folder == imported
    assert load("mine").source.corpus == "mine"
    for name in ("./mine", str(other), other):
        assert load(name).val.tolist() == tokenize(b"other\n", "").tolist()


def test_an_unknown_name_lists_those_that_are_known(tmp_path: Path) -> None:
    for name in ("mine", "also", ".hidden"):
        write(tmp_path / "home" / "corpora" / name, SMALL)
    (tmp_path / "home" / "corpora" / "a file").touch()
    for name in ("nine", "", ".hidden"):
        assert error_of(lambda name=name: load(name)) == (
            f"{name}: neither a folder nor one of the corpora given-names, ssa-names, also, mine"
        )


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    file = tmp_path / "names.txt"
    file.write_text("emma\n")
    message = error_of(lambda: load(str(file)))
    assert message == f"{file}: not a folder: mlp data FILE makes a corpus of it"


# --- given-names -------------------------------------------------------------


@pytest.fixture(scope="module")
def given_names(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    folder = prepare(GIVEN_NAMES, tmp_path_factory.mktemp("corpora"))
    return {file: data.decode().splitlines() for file, data in read(folder).items()}


def test_given_names_has_1000_names_to_validate_and_to_test_and_the_rest_to_train(
    given_names: dict[str, list[str]],
) -> None:
    sizes = {file: len(names) for file, names in given_names.items()}
    assert sizes == {"train.txt": 16730, "val.txt": 1000, "test.txt": 1000}


def test_no_given_name_occurs_twice_in_or_across_the_splits(
    given_names: dict[str, list[str]],
) -> None:
    names = list(chain(*given_names.values()))
    assert len(set(names)) == len(names)


def test_given_names_are_2_to_15_letters_long(given_names: dict[str, list[str]]) -> None:
    lengths = {len(name) for names in given_names.values() for name in names}
    assert (min(lengths), max(lengths)) == (2, 15)


def test_given_names_loses_accents_and_drops_what_has_more_than_letters(
    given_names: dict[str, list[str]],
) -> None:
    names = set(chain(*given_names.values()))  # not Søren, Jean-Luc, María José, Ng'ang'a
    assert {"zoe", "jurgen", "francois", "ilham"} <= names  # Zoë, Jürgen, François, İlham
    assert not {"sren", "jeanluc", "mariajose", "ngangaa"} & names


def test_another_release_of_faker_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpora, "_faker_names", lambda: ["Emma", "Zoë"])
    monkeypatch.setattr(corpora, "version", lambda package: "99.0")
    assert error_of(lambda: prepare(GIVEN_NAMES, tmp_path)) == (
        "given-names: faker 99.0 gives another train.txt than the recorded one:"
        f" install faker=={corpora.FAKER_VERSION}"
    )
    assert list(tmp_path.iterdir()) == []


def test_the_installed_faker_is_the_recorded_one() -> None:
    assert version("faker") == corpora.FAKER_VERSION


# --- prepare -----------------------------------------------------------------


def test_an_unknown_corpus_is_an_error() -> None:
    message = error_of(lambda: prepare("names"))
    assert message == "corpus 'names': unknown, known are given-names, ssa-names"


def test_corpora_go_to_mlp_home(tmp_path: Path) -> None:
    assert prepare(GIVEN_NAMES) == tmp_path / "home" / "corpora" / GIVEN_NAMES


def test_corpora_go_to_the_users_cache_without_mlp_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLP_HOME")
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda app, appauthor: tmp_path / app)
    assert prepare(GIVEN_NAMES) == tmp_path / "mlp-spelled-out" / "corpora" / GIVEN_NAMES


def test_a_corpus_that_is_ready_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: path.stat().st_mtime_ns for path in prepare(GIVEN_NAMES, tmp_path).iterdir()}
    monkeypatch.setattr(corpora, "_given_names", lambda: pytest.fail("built again"))
    after = {path: path.stat().st_mtime_ns for path in prepare(GIVEN_NAMES, tmp_path).iterdir()}
    assert after == before
    assert [path.name for path in tmp_path.iterdir()] == [GIVEN_NAMES]


def test_a_corpus_that_was_changed_is_named_and_kept(tmp_path: Path) -> None:
    changed = prepare(GIVEN_NAMES, tmp_path) / "val.txt"
    changed.write_bytes(b"emma\nzoe\n")
    message = error_of(lambda: prepare(GIVEN_NAMES, tmp_path))
    assert message.startswith(f"{changed}: not the file recorded for given-names (SHA-256 ")
    assert message.endswith("…): --force makes it anew")
    assert changed.read_bytes() == b"emma\nzoe\n"
    prepare(GIVEN_NAMES, tmp_path, force=True)
    prepare(GIVEN_NAMES, tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == [GIVEN_NAMES]


def test_a_source_is_looked_at_even_if_the_corpus_is_ready(
    tmp_path: Path, small_ssa_names: None
) -> None:
    source = write(tmp_path / "source", SMALL)
    prepare(SSA_NAMES, tmp_path / "corpora", source=source)
    prepare(SSA_NAMES, tmp_path / "corpora", source=source)
    message = error_of(lambda: prepare(SSA_NAMES, tmp_path / "corpora", source=tmp_path / "no"))
    assert message == f"{tmp_path}/no: holds neither ssa-names/train.txt nor train.txt"


def test_a_corpus_that_lost_a_file_is_named(tmp_path: Path) -> None:
    lost = prepare(GIVEN_NAMES, tmp_path) / "test.txt"
    lost.unlink()
    message = error_of(lambda: prepare(GIVEN_NAMES, tmp_path))
    assert message == f"{lost}: No such file or directory"


def test_a_place_that_cannot_be_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    message = error_of(lambda: prepare(GIVEN_NAMES, tmp_path / "file" / "corpora"))
    assert message == f"{tmp_path}/file/corpora: Not a directory"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_write_permission_is_an_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    message = error_of(lambda: prepare(GIVEN_NAMES, tmp_path))
    assert message.startswith(str(tmp_path))
    assert message.endswith(": Permission denied")


def test_a_write_that_fails_halfway_leaves_nothing_behind(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))  # train.txt has 119,799 bytes
    try:
        message = error_of(lambda: prepare(GIVEN_NAMES, tmp_path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert message == f"{tmp_path / GIVEN_NAMES}: {os.strerror(errno.EFBIG)}"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("inside", ["", SSA_NAMES])
def test_a_source_holds_the_files_or_a_folder_with_them(
    tmp_path: Path, small_ssa_names: None, inside: str
) -> None:
    write(tmp_path / "source" / inside, SMALL)
    ready = prepare(SSA_NAMES, tmp_path / "corpora", source=tmp_path / "source")
    assert ready == tmp_path / "corpora" / SSA_NAMES
    assert read(ready) == SMALL
    assert [path.name for path in ready.parent.iterdir()] == [SSA_NAMES]


def test_mlp_corpus_dir_is_the_source_of_ssa_names(
    tmp_path: Path, small_ssa_names: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "source" / SSA_NAMES, SMALL)
    monkeypatch.setenv("MLP_CORPUS_DIR", str(tmp_path / "source"))
    assert read(prepare(SSA_NAMES)) == SMALL


def test_mlp_corpus_dir_does_not_keep_given_names_from_being_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLP_CORPUS_DIR", str(tmp_path))
    assert prepare(GIVEN_NAMES).is_dir()


def test_a_source_without_the_files_is_an_error(tmp_path: Path) -> None:
    message = error_of(lambda: prepare(SSA_NAMES, tmp_path / "corpora", source=tmp_path))
    assert message == f"{tmp_path}: holds neither ssa-names/train.txt nor train.txt"
    assert list((tmp_path / "corpora").iterdir()) == []


def test_a_source_with_other_files_is_an_error(tmp_path: Path, small_ssa_names: None) -> None:
    source = write(tmp_path / "source", SMALL | {"test.txt": b"other\nnames\n"})
    message = error_of(lambda: prepare(SSA_NAMES, tmp_path / "corpora", source=source))
    assert message.startswith(f"{source / 'test.txt'}: not the file recorded for ssa-names")
    assert list((tmp_path / "corpora").iterdir()) == []


def test_a_folder_that_cannot_take_its_place_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rename(path: Path, target: Path) -> None:
        raise OSError(errno.EACCES, "Permission denied", str(target))

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(PermissionError), corpora.replaced(tmp_path / "ready"):
        pass


def test_being_overtaken_by_another_process_does_no_harm(
    tmp_path: Path, small_ssa_names: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write(tmp_path / "source", SMALL)
    copied = corpora._copied

    def overtaken(name: str, folder: Path) -> dict[str, bytes]:
        monkeypatch.setattr(corpora, "_copied", copied)
        prepare(SSA_NAMES, tmp_path / "corpora", source=source)
        return copied(name, folder)

    monkeypatch.setattr(corpora, "_copied", overtaken)
    ready = prepare(SSA_NAMES, tmp_path / "corpora", source=source)
    assert read(ready) == SMALL
    assert [path.name for path in ready.parent.iterdir()] == [SSA_NAMES]


# --- downloads, from a server on this machine --------------------------------

Respond = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """Serves SMALL under /data/; `respond` replaces the answer for single files."""

    def __init__(self) -> None:
        self.respond: dict[str, Respond] = {}
        self.requests: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.requests.append(self.path)
                file = self.path.removeprefix("/data/")
                if file in server.respond:
                    server.respond[file](self)
                else:
                    send(self, SMALL[file])

            def log_message(self, format: str, *args: object) -> None:
                pass  # keep stderr quiet: a test looks at it

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/data/"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


def send(handler: BaseHTTPRequestHandler, body: bytes, announced: int | None = None) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(announced or len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def server(small_ssa_names: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(time, "sleep", lambda seconds: None)  # pooch waits before each retry
    server = Server()
    yield server
    server.close()


def failed_download(server: Server, folder: Path) -> str:
    """Return why the download failed, after a look that it left nothing behind."""
    message = error_of(lambda: prepare(SSA_NAMES, folder, url=server.url))
    assert list(folder.iterdir()) == []
    return message


def test_ssa_names_is_downloaded_once_and_quietly(
    tmp_path: Path,
    server: Server,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pooch.get_logger(), "handlers", [caplog.handler])
    ready = prepare(SSA_NAMES, tmp_path, url=server.url)
    assert prepare(SSA_NAMES, tmp_path, url=server.url) == ready
    assert read(ready) == SMALL
    assert server.requests == [f"/data/{file}" for file in SMALL]
    assert [path.name for path in tmp_path.iterdir()] == [SSA_NAMES]
    assert capfd.readouterr() == ("", "")
    assert caplog.messages == []


def test_progress_shows_where_stderr_is_a_terminal(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    prepare(SSA_NAMES, tmp_path, url=server.url)
    assert "Downloading ssa-names" in terminal.getvalue()
    assert "100%" in terminal.getvalue()


def test_a_download_is_tried_again(tmp_path: Path, server: Server) -> None:
    answers: list[Respond] = [
        lambda handler: handler.send_error(503),
        lambda handler: send(handler, b"emma\nolivix\n"),
        lambda handler: send(handler, SMALL["train.txt"]),
    ]
    server.respond["train.txt"] = lambda handler: answers.pop(0)(handler)
    assert read(prepare(SSA_NAMES, tmp_path, url=server.url)) == SMALL
    assert answers == []


def test_a_corrupted_download_is_refused(tmp_path: Path, server: Server) -> None:
    server.respond["val.txt"] = lambda handler: send(handler, b"ava\nmix\n")
    message = failed_download(server, tmp_path)
    assert message.startswith(f"cannot download {server.url}val.txt to {tmp_path / SSA_NAMES}: ")
    assert "does not match the known hash" in message


def test_a_truncated_download_is_refused(tmp_path: Path, server: Server) -> None:
    server.respond["test.txt"] = lambda handler: send(handler, b"zoe\n", announced=9)
    message = failed_download(server, tmp_path)
    assert message.startswith(f"cannot download {server.url}test.txt to {tmp_path / SSA_NAMES}: ")
    assert message.endswith("IncompleteRead(4 bytes read, 5 more expected)")


def test_a_missing_file_on_the_server_is_an_error(tmp_path: Path, server: Server) -> None:
    server.respond["train.txt"] = lambda handler: handler.send_error(404)
    message = failed_download(server, tmp_path)
    assert message.startswith(f"cannot download {server.url}train.txt to {tmp_path / SSA_NAMES}: ")
    assert "404 Client Error: Not Found" in message


def test_a_server_that_is_gone_is_an_error(tmp_path: Path, server: Server) -> None:
    server.http.server_close()
    message = failed_download(server, tmp_path)
    assert message.startswith(f"cannot download {server.url}train.txt to {tmp_path / SSA_NAMES}: ")
    assert message.endswith("Connection refused")


def test_an_address_that_is_none_is_an_error(tmp_path: Path) -> None:
    message = error_of(lambda: prepare(SSA_NAMES, tmp_path, url="names"))
    assert message.startswith("cannot download names/train.txt to ")
    assert list(tmp_path.iterdir()) == []


# --- the real ssa-names ------------------------------------------------------


@needs_ssa_names
def test_ssa_names_has_the_sizes_of_the_original(tmp_path: Path) -> None:
    assert REAL_CORPORA is not None
    splits = load(prepare(SSA_NAMES, tmp_path, source=Path(REAL_CORPORA)))
    names = [int((tokens == 0).sum()) for tokens in (splits.train, splits.val, splits.test)]
    assert names == [30_032, 1_000, 1_000]
    assert len(splits.train) == 213_796
