"""Settings: what is read from where, and that every mistake is told with its place and its remedy."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from dofisac_tui import config
from dofisac_tui.config import Indexing, Models, Search, Settings, cores, load_settings
from dofisac_tui.errors import ConfigError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_no_file_means_the_defaults(file: Path) -> None:
    assert load_settings(file) == Settings()


def test_every_key_can_be_set_and_the_rest_keeps_its_default(file: Path) -> None:
    file.write_text(
        "[indexing]\nworkers = 3\nseconds_per_photo = 5\nhidden = true\n"
        "[search]\ncut_off = 62.5\n[models]\nproviders = ['CUDAExecutionProvider', 'CPUExecutionProvider']\n"
    )
    assert load_settings(file) == Settings(
        Indexing(workers=3, seconds_per_photo=5, hidden=True),
        Search(cut_off=62.5),
        Models(providers=["CUDAExecutionProvider", "CPUExecutionProvider"]),
    )


def test_the_defaults_written_out_are_the_defaults(file: Path) -> None:
    lines = []
    for section, table in asdict(Settings()).items():
        lines.append(f"[{section}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in table.items()]
    file.write_text("\n".join(lines))
    assert load_settings(file) == Settings()


SECTIONS = "There are: indexing, search, models, learning, daemon, screens, keys."


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("[indexng]\n", "unknown section: 'indexng'", "Did you mean 'indexing'?"),
        ("[zzz]\n", "unknown section: 'zzz'", SECTIONS),
        (
            "workers = 2\n",
            "unknown section: 'workers'",
            SECTIONS,
        ),
        ("[indexing]\nworker = 2\n", "unknown key in [indexing]: 'worker'", "Did you mean 'workers'?"),
        ("[search]\nzzz = 2\n", "unknown key in [search]: 'zzz'", "There are: limit, cut_off."),
        ("search = 2\n", "'search' in", "Write [search] above its keys."),
        ("[indexing]\nworkers = 'two'\n", "indexing.workers in", "Give it a value like 0."),
        ("[indexing]\nworkers = 2.0\n", "cannot be 2.0", "Give it a value like 0."),
        ("[indexing]\nworkers = true\n", "cannot be True", "Give it a value like 0."),
        ("[indexing]\nworkers = -1\n", "cannot be -1", "Give it a value like 0."),
        ("[indexing]\nhidden = 1\n", "cannot be 1", "Give it a value like False."),
        ("[indexing]\nseconds_per_photo = nan\n", "cannot be nan", "Give it a value like 30.0."),
        ("[indexing]\nseconds_per_photo = inf\n", "cannot be inf", "Give it a value like 30.0."),
        ("[search]\ncut_off = -0.5\n", "cannot be -0.5", "Give it a value like 50.0."),
        ("[search]\nlimit = [50]\n", "cannot be [50]", "Give it a value like 50."),
        ("[models]\ninsightface = 1\n", "cannot be 1", "Give it a value like 'buffalo_l'."),
        ("[models]\nproviders = 'CPU'\n", "cannot be 'CPU'", "Give it a value like ['CPUExecutionProvider']."),
        (
            "[models]\nproviders = ['CPU', 1]\n",
            "cannot be ['CPU', 1]",
            "Give it a value like ['CPUExecutionProvider'].",
        ),
        ("[indexing\n", "cannot be read: ", "Fix or remove it."),
        ("[indexing]\nworkers = 1\nworkers = 2\n", "cannot be read: Cannot overwrite a value", "Fix or remove it."),
    ],
)
def test_every_mistake_is_told_with_file_key_and_remedy(file: Path, text: str, what: str, hint: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError) as refusal:
        load_settings(file)
    assert str(file) in refusal.value.title
    assert what in refusal.value.title
    assert refusal.value.hint == hint


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"a = '\x1b[31m'", b"[indexing]\nworkers = '\x9b'", "\u202e = 1".encode()]
)
def test_what_is_no_text_is_refused_and_never_reaches_the_terminal(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(ConfigError) as refusal:
        load_settings(file)
    assert str(refusal.value).isprintable()


def test_a_folder_instead_of_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    ("variable", "place"),
    [
        ("DOFISAC_LIBRARY", config.default_library),
        ("DOFISAC_MODELS", config.models_folder),
        ("DOFISAC_CONFIG", config.config_file),
    ],
)
def test_environment_variables_choose_the_places(monkeypatch: pytest.MonkeyPatch, variable: str, place: Any) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv(variable, "~/pictures")
    assert place() == Path("/home/somebody/pictures")
    monkeypatch.setenv(variable, "~nobody-of-this-name/x")
    assert place() == Path("~nobody-of-this-name/x")
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, "")
    assert place().is_relative_to("/home/somebody")
    assert "dofisac" in place().parts


def test_the_settings_file_can_be_chosen_by_the_environment(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("[search]\nlimit = 7\n")
    monkeypatch.setenv("DOFISAC_CONFIG", str(file))
    assert load_settings().search.limit == 7


def test_the_demo_is_kept_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOFISAC_LIBRARY", raising=False)
    assert not config.demo_folder().is_relative_to(config.default_library())


def test_cores() -> None:
    available = len(os.sched_getaffinity(0))
    assert cores() == min(available, 4)
    assert cores(most=1) == 1
    assert cores(7) == 7
