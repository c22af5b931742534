"""Settings, and the only module that knows where folders are.

Order, later wins: built-in defaults, `config.toml` in the user's configuration folder (or the file named by
`DOFISAC_CONFIG`), environment variables, options on the command line.
"""

import difflib
import math
import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import platformdirs

from dofisac_tui.display import display_text
from dofisac_tui.errors import ConfigError

APP = "dofisac"

DEFAULT_PACK = "bundled"
"""The model pack of a new library; it needs no download."""


@dataclass(frozen=True)
class Indexing:
    """Settings for reading photos.

    Attributes:
        workers: Decoder processes; 0 means one for each core, at most four.
        threads: Photos that the models work on at a time; 0 means one for each core, at most four.
        max_megapixels: Larger pictures are recorded as too large.
        max_megabytes: Larger files are recorded as too large.
        seconds_per_photo: A decoder that takes longer is ended.
        memory_megabytes: Limit of one decoder process.
        follow_links: Enter links to folders (each real folder once).
        hidden: Read hidden files and folders.
    """

    workers: int = 0
    threads: int = 0
    max_megapixels: int = 200
    max_megabytes: int = 512
    seconds_per_photo: float = 30.0
    memory_megabytes: int = 3072
    follow_links: bool = False
    hidden: bool = False


@dataclass(frozen=True)
class Search:
    """Settings for search results.

    Attributes:
        limit: Photos in an answer unless `--limit` says otherwise.
        cut_off: The least Match, in percent, that an answer may hold unless `--all` is given.
    """

    limit: int = 50
    cut_off: float = 50.0


@dataclass(frozen=True)
class Models:
    """Settings for the models of the pack `full`, and for running models.

    Attributes:
        insightface: Pack name, or a folder holding one.
        open_clip: Architecture name of open_clip.
        open_clip_weights: Pretrained tag of open_clip, or a local checkpoint file.
        providers: ONNX Runtime execution providers, most wanted first.
    """

    insightface: str = "buffalo_l"
    open_clip: str = "ViT-B-32-256"
    open_clip_weights: str = "datacomp_s34b_b86k"
    providers: list[str] = field(default_factory=lambda: ["CPUExecutionProvider"])


@dataclass(frozen=True)
class Learning:
    """Settings for learning from votes.

    Attributes:
        precision: Share of right pairs, below 1, that the thresholds for linking and asking are set for.
    """

    precision: float = 0.99


@dataclass(frozen=True)
class Daemon:
    """Settings for the daemon.

    Attributes:
        reconcile_hours: Hours between full comparisons of all folders with the library.
        poll_minutes: Minutes between comparisons of folders whose changes the system does not report.
        idle_minutes: After so long without work, models and decoders leave the memory.
        nice: Niceness of the process, 0 to 19.
        idle_io: Read only when no other process wants the disk.
        pause_on_battery: Wait while the machine runs on battery.
    """

    reconcile_hours: float = 6.0
    poll_minutes: float = 10.0
    idle_minutes: float = 10.0
    nice: int = 10
    idle_io: bool = True
    pause_on_battery: bool = False


@dataclass(frozen=True)
class Screens:
    """Settings for the terminal app.

    Attributes:
        images: Way of drawing pictures: auto, kitty, sixel, halfblocks or none.
        viewer: Program that opens a photo; empty for the desktop's own.
    """

    images: str = "auto"
    viewer: str = ""


@dataclass(frozen=True)
class Settings:
    """Everything that `config.toml` may say, a section each."""

    indexing: Indexing = field(default_factory=Indexing)
    search: Search = field(default_factory=Search)
    models: Models = field(default_factory=Models)
    learning: Learning = field(default_factory=Learning)
    daemon: Daemon = field(default_factory=Daemon)
    screens: Screens = field(default_factory=Screens)
    keys: dict[str, Any] = field(default_factory=dict)


def default_library() -> Path:
    """Return the folder of the library unless `--library` says otherwise."""
    return _chosen("DOFISAC_LIBRARY") or platformdirs.user_data_path(APP)


def models_folder() -> Path:
    """Return the folder of converted and fetched models, shared by all libraries of this user."""
    return _chosen("DOFISAC_MODELS") or platformdirs.user_data_path(APP) / "models"


def demo_folder() -> Path:
    """Return the folder in which `demo` keeps its own library and photos."""
    return platformdirs.user_cache_path(APP) / "demo"


def config_file() -> Path:
    """Return the settings file, whether it exists or not."""
    return _chosen("DOFISAC_CONFIG") or platformdirs.user_config_path(APP) / "config.toml"


def _chosen(variable: str) -> Path | None:
    chosen = os.environ.get(variable)
    return Path(os.path.expanduser(chosen)) if chosen else None  # Path.expanduser fails on an unknown `~name`


def cores(wanted: int = 0, most: int = 4) -> int:
    """Return the number of processes or threads to use: `wanted`, or one for each usable core, at most `most`."""
    return wanted or min(len(os.sched_getaffinity(0)), most)


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings file; a missing file means the defaults.

    Raises:
        ConfigError: the file is not TOML, or names a section, a key or a type that does not exist.
    """
    path = path or config_file()
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise _unreadable(path, error) from error
    import tomllib  # here, since most people have no such file

    try:
        document = tomllib.loads(text.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _unreadable(path, error) from error
    sections = get_type_hints(Settings)
    _refuse_unknown(path, "section", document, sections)
    return Settings(**{name: _section(path, name, sections[name], table) for name, table in document.items()})


def _unreadable(path: Path, error: Exception) -> ConfigError:
    problem = display_text(str(error))
    return ConfigError(f"{display_text(str(path))} cannot be read: {problem}", "Fix or remove it.")


def _section(path: Path, name: str, kind: type[Any], table: object) -> Any:
    if not isinstance(table, dict):
        raise ConfigError(f"{name!r} in {display_text(str(path))} must be a section", f"Write [{name}] above its keys.")
    if get_origin(kind) is dict:
        return table  # its user checks it
    types = get_type_hints(kind)
    _refuse_unknown(path, f"key in [{name}]", table, types)
    for key, value in table.items():
        if not _fits(value, types[key]):
            raise ConfigError(
                f"{name}.{key} in {display_text(str(path))} cannot be {display_text(repr(value))}",
                f"Give it a value like {getattr(kind(), key)!r}.",
            )
    return kind(**table)


def _fits(value: object, wanted: Any) -> bool:
    """Return True if a value of the settings file has the wanted type; numbers must be finite and not negative."""
    if isinstance(value, list):
        return get_origin(wanted) is list and all(_fits(each, get_args(wanted)[0]) for each in value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return type(value) is wanted
    return wanted in (type(value), float) and 0 <= value < math.inf


def _refuse_unknown(path: Path, what: str, given: Iterable[str], known: Collection[str]) -> None:
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known)}."
            raise ConfigError(f"{display_text(str(path))} has an unknown {what}: {display_text(name)!r}", hint)
