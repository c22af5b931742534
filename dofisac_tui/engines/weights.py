"""Weight files that are checked before use, and the model files made from them once."""

import functools
import hashlib
import logging
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from dofisac_tui import config
from dofisac_tui.engines.catalogue import WeightFile
from dofisac_tui.errors import EngineError
from dofisac_tui.files import PRIVATE_FILE, locked, make_private_folder, sync

log = logging.getLogger(__name__)


@functools.cache
def verified(weight: WeightFile) -> Path:
    """Where a weight file is, after its SHA-256 was found to be the pinned one (once a process).

    Raises:
        EngineError: the file is missing, unreadable or not the one that is expected.
    """
    path = weight.locate()
    if sha256_of(path) != weight.sha256:
        raise EngineError(f"{weight.name} ({path.name} of {weight.distribution}) is damaged or altered", weight.fix)
    return path


def converted(
    name: str,
    sources: Sequence[WeightFile | Path],
    convert: Callable[[Path], None],
    version: int = 1,
    suffix: str = ".onnx",
) -> Path:
    """A model file made once from other weights and kept in the models folder.

    Its own SHA-256 is kept beside it and compared on every call; a damaged file is made again.

    Args:
        name: Start of the file's name.
        sources: What it is made from; a change of any of them makes a new file.
        convert: Writes the model to the path it is given, after comparing it with its origin.
        version: To be raised whenever `convert` would make a different file.
        suffix: What kind of file `convert` writes.

    Raises:
        EngineError: the models folder cannot be written, or whatever `convert` raises.
    """
    digest = hashlib.sha256(f"{version}".encode())
    for source in sources:
        digest.update((source.sha256 if isinstance(source, WeightFile) else sha256_of(source)).encode())
    path = config.models_folder() / f"{name}-{digest.hexdigest()[:16]}{suffix}"
    if _is_intact(path):
        return path
    try:
        make_private_folder(path.parent)
        with locked(path.with_suffix(".lock")):
            if not _is_intact(path):  # another process may have made it while we waited
                if path.exists():
                    log.warning("%s is damaged and is made again", path.name)
                _write(path, convert)
    except OSError as error:
        raise EngineError(
            f"The models folder cannot be used: {error}",
            "Make it writable, or set DOFISAC_MODELS to another folder.",
        ) from error
    return path


def sha256_of(path: Path) -> str:
    """Hex digest of a file.

    Raises:
        EngineError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EngineError(f"A model file cannot be read: {error}") from error


def _digest_file(path: Path) -> Path:
    return path.with_suffix(".sha256")


def _is_intact(path: Path) -> bool:
    if not path.is_file() or not _digest_file(path).is_file():
        return False
    return _digest_file(path).read_bytes().strip() == sha256_of(path).encode()


def _write(path: Path, convert: Callable[[Path], None]) -> None:
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".making-") as folder:
        made = Path(folder, path.name)
        convert(made)
        digest = _digest_file(made)
        digest.write_text(sha256_of(made) + "\n", encoding="ascii")
        for part in (made, digest):
            part.chmod(PRIVATE_FILE)
            sync(part)
        made.replace(path)
        digest.replace(_digest_file(path))
        sync(path.parent)
