"""How a command ends: its exit status, and what reaches the terminal whatever its encoding."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dofisac_tui.cli.output import print_json, print_table
from dofisac_tui.library.database import create_library
from dofisac_tui.library.photos import store_photo
from dofisac_tui.library.roots import add_root
from tests.library.helpers import photo
from tests.processes import PROJECT

MAIN = "from dofisac_tui.cli import main; main()"


def _run(*arguments: str | Path, **environment: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-c", MAIN, *arguments],
        env={**os.environ, "PYTHONPATH": str(PROJECT), **environment},
        capture_output=True,
        check=False,
        timeout=60,
    )
    encoding = environment.get("PYTHONIOENCODING", "utf-8")
    return done.returncode, done.stdout.decode(encoding), done.stderr.decode()


def _library_of(tmp_path: Path, *names: bytes) -> Path:
    (tmp_path / "photos").mkdir()
    with create_library(tmp_path / "library") as library:
        root = add_root(library, bytes(tmp_path / "photos"))
        with library.write() as connection:
            for name in names:
                store_photo(connection, photo(root.path + b"/" + name, root_id=root.root_id))
    return tmp_path / "library"


def test_exit_statuses(tmp_path: Path) -> None:
    assert _run("--version")[0] == 0
    status, output, errors = _run("--library", tmp_path / "none", "photos")
    assert (status, output) == (1, "")
    assert errors == f"There is no library in {tmp_path}/none. Make one with: dofisac-tui index FOLDER\n"
    most = str(2**64)
    too_large = (["search", "--limit", most, "dog"], ["search", "--face-id", most], ["vote", "undo", most])
    for wrong in (["--no-such-option"], ["no-such-command"], ["photos", "--no-such-option"], *too_large):
        status, output, errors = _run(*wrong)
        assert (status, output) == (2, "")
        assert "Usage: dofisac-tui" in errors


def test_a_mistake_of_ours_is_one_sentence_and_a_traceback_only_on_request(tmp_path: Path) -> None:
    library = _library_of(tmp_path)
    broken = f"import dofisac_tui.cli.output as output; output.print_json = None; {MAIN}"
    command = [sys.executable, "-c", broken, "--library", str(library), "photos", "--json"]
    for asked in (False, True):
        environment = {**os.environ, "PYTHONPATH": str(PROJECT)} | ({"DOFISAC_TRACEBACK": "1"} if asked else {})
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (1, "")
        assert ("Traceback" in done.stderr) == asked
        assert ("Internal error: TypeError" in done.stderr) != asked


def test_a_terminal_that_is_not_utf8_shows_every_name_somehow(tmp_path: Path) -> None:
    library = _library_of(tmp_path, "📷 é.jpg".encode(), b"\xff\x1b[31m.jpg")
    status, output, errors = _run("--library", library, "photos", PYTHONIOENCODING="latin-1")
    assert (status, errors) == (0, "")
    assert "/\\U0001f4f7 é.jpg" in output
    assert r"/\xff\x1b[31m.jpg" in output


def test_json_carries_the_bytes_of_a_path(tmp_path: Path) -> None:
    library = _library_of(tmp_path, b"\xff\n.jpg")
    status, output, _ = _run("--library", library, "photos", "--json")
    (row,) = json.loads(output)
    assert status == 0
    assert r"\udcff\n.jpg" in output
    assert os.fsencode(row["path"]) == bytes(tmp_path / "photos") + b"/\xff\n.jpg"


def _in_shell(command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", command],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    library = _library_of(tmp_path, *(b"%d.jpg" % number for number in range(5000)))
    command = f"{sys.executable} -c '{MAIN}' --library {library} photos | head -n 1"
    done = _in_shell(command)
    assert (done.stdout.split(), done.stderr) == (["id", "faces", "size", "taken", "path"], "")


def test_output_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    library = _library_of(tmp_path, b"1.jpg")
    for output, status, said in (("/dev/full", 1, "No space left on device.\n"), ("&-", 0, "")):
        command = f"{sys.executable} -c '{MAIN}' --library {library} photos >{output}"
        done = _in_shell(command)
        assert (done.returncode, done.stderr) == (status, said)


def test_an_error_of_the_system_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    library = _library_of(tmp_path, b"1.jpg")
    _, _, errors = _run("--library", library, "import-dofisac", tmp_path / "none.pkl")
    assert errors == f"{tmp_path}/none.pkl: No such file or directory.\n"
    status, _, errors = _run("--library", library, "export", "json", "--output", tmp_path)
    assert (status, errors) == (1, f"{tmp_path}: Is a directory.\n")


def test_tables_align_numbers_to_the_right_and_escape_every_cell(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("id", "name", "score"), [(1, b"\x1b[1m", 0.5), (22, None, None), (3, "x\ny", 12.3456)])
    assert capsys.readouterr().out.splitlines() == [
        "id  name     score",
        r" 1  \x1b[1m    0.5",
        "22",
        r" 3  x\x0ay    12.3",
    ]
    print_json({"path": b"a\xff"})
    assert capsys.readouterr().out == '{"path": "a\\udcff"}\n'
