"""Read a pickle of the Flask app DoFISaC."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dofisac_tui.display import display_text
from dofisac_tui.errors import InterchangeError
from dofisac_tui.interchange.restricted_pickle import MAX_SECONDS
from dofisac_tui.library.ledger import OLDER_KINDS

MAX_BYTES = 1 << 30  # bytes of a file
_KINDS = {**OLDER_KINDS, "combined": "combined"}  # its words for kinds of clusters, and ours
_ANSWERS = {"yes": "yes", "no": "no", "true": "yes", "false": "no", "1": "yes", "0": "no"}


@dataclass(frozen=True)
class DofisacFile:
    """Content of a pickle of the app, with paths as it wrote them, in bytes.

    Attributes:
        paths: Of its photos.
        names: Name of the person in a photo, by path.
        votes: Two paths, and `yes` or `no`.
        clusters: Paths by the name of the cluster.
        scores: 1 to 6, by the name of the cluster.
        kind: Kind of the clusters.
    """

    paths: tuple[bytes, ...] = ()
    names: Mapping[bytes, str] = field(default_factory=dict)
    votes: tuple[tuple[bytes, bytes, str], ...] = ()
    clusters: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
    scores: Mapping[str, int] = field(default_factory=dict)
    kind: str = "combined"


def read_dofisac_file(path: Path) -> DofisacFile:
    """Read a pickle without running it.

    Supported are a dict of photo path to encoding, and a dict with any of `paths` and `encodings` of the same length,
    `names` of the same length, `votes` as (path, path, answer), `clusters` as name to paths (or to dicts with a `path`,
    as in the app's JSON files), `cluster_votes` as name to 1-6, and `cluster_kind`.

    Raises:
        InterchangeError: it holds more than plain data, or has another shape.
        OSError: it cannot be read.
    """
    if path.stat().st_size > MAX_BYTES:
        raise _refused(path, f"it is larger than {MAX_BYTES >> 30} GiB")
    command = [sys.executable, "-m", "dofisac_tui.interchange.restricted_pickle", os.fspath(path.absolute())]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # each thread would take of the address space
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=2 * MAX_SECONDS, env=environment)
    except subprocess.TimeoutExpired as error:
        raise _refused(path, "it takes too long") from error
    if done.returncode != 0:
        reason = done.stderr.decode(errors="replace").strip().splitlines()
        raise _refused(path, reason[-1] if reason else "it takes too much memory or time")
    try:
        return _parse(json.loads(done.stdout))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _refused(path, str(error)) from error


def _refused(path: Path, reason: str) -> InterchangeError:
    return InterchangeError(
        f"{display_text(str(path))} cannot be used as a file of DoFISaC ({display_text(reason, 200)})",
        "Nothing was changed. What can be read: dofisac-tui import-dofisac --help",
    )


_PARTS = {"paths", "encodings", "names", "votes", "clusters", "cluster_votes", "cluster_kind"}


def _parse(data: Any) -> DofisacFile:
    if not isinstance(data, dict):
        raise TypeError(f"it holds a {type(data).__name__} where a dict is wanted")
    if not data.keys() & _PARTS:
        if not data or any(each is not None and not _is_encodings(each) for each in data.values()):
            raise ValueError(f"it has none of {', '.join(sorted(_PARTS))}, and is no dict of paths to encodings")
        return DofisacFile(tuple(map(_path, data)))
    paths = [_path(path) for path in data.get("paths", ())]
    for part in ("encodings", "names"):
        if part in data and len(data[part]) != len(paths):
            raise ValueError(f"it has {len(paths)} paths and {len(data[part])} {part}")
    kind = data.get("cluster_kind", "combined")
    if kind not in _KINDS:
        raise ValueError(f"cluster_kind is not one of {', '.join(_KINDS)}")
    return DofisacFile(
        tuple(paths),
        {path: name for path, name in zip(paths, data.get("names", ()), strict=False) if isinstance(name, str)},
        tuple((_path(a), _path(b), _ANSWERS[str(answer).lower()]) for a, b, answer in data.get("votes", ())),
        {name: tuple(map(_path, those)) for name, those in data.get("clusters", {}).items()},
        {name: _score(score) for name, score in data.get("cluster_votes", {}).items()},
        _KINDS[kind],
    )


def _is_encodings(value: object) -> bool:
    """Return True for a list of vectors, or one vector as a list of numbers."""
    return isinstance(value, list) and all(each is None or isinstance(each, int | float | list) for each in value)


def _path(member: Any) -> bytes:
    path = member["path"] if isinstance(member, dict) else member
    if not isinstance(path, str) or not path:
        raise ValueError(f"{path!r} is no path")
    return os.fsencode(path)


def _score(score: Any) -> int:
    if score not in range(1, 7):
        raise ValueError(f"a cluster has the score {score!r}, which is not one of 1 to 6")
    return int(score)
