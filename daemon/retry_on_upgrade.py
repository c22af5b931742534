"""Failures are tried again in bulk when what failed is not what would try now: other decoders, other models."""

from importlib.metadata import PackageNotFoundError, version

from dofisac_tui.library import meta
from dofisac_tui.library.database import Library
from dofisac_tui.library.failures import make_due

from . import log

_PACKAGES = ("Pillow", "pillow-heif", "rawpy", "pillow-jxl-plugin", "onnxruntime")
_SEEN = "decoders"


def retry_after_change(library: Library) -> None:
    """Make every failure due, quarantined ones too, if the packages that read photos or the model pack have changed
    since this was last asked; the library remembers which they were."""
    now = ", ".join([*map(_version, _PACKAGES), f"pack {meta.get(library, meta.PACK)}"])
    before = meta.get(library, _SEEN)
    if before == now:
        return
    asked = make_due(library) if before else 0
    with library.write() as connection:
        meta.put(connection, _SEEN, now)
    if asked:
        log.info("decoders or models have changed: trying failures again", failures=asked, now=now)


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"no {package}"
