"""Clustering as people ask for it: the files in `exports/` always hold what is shown."""

from collections.abc import Iterable

from dofisac_tui.clustering import run
from dofisac_tui.clustering.exports import export_clusters
from dofisac_tui.clustering.run import Report
from dofisac_tui.library import runs
from dofisac_tui.library.database import Library
from dofisac_tui.library.runs import RunKind


def recluster(library: Library, kind: RunKind, propose: bool = False) -> Report:
    """Cluster anew; see `run.cluster`."""
    report = run.cluster(library, kind, propose)
    if not propose:
        export_clusters(library, kind)
    return report


def show_run(library: Library, kind: RunKind, run_id: int) -> Report:
    """Show an earlier run, or accept a proposed one; see `run.roll_back`."""
    report = run.roll_back(library, kind, run_id)
    export_clusters(library, kind)
    return report


def refuse_held(library: Library, kinds: Iterable[RunKind]) -> None:
    """Refuse what is proposed."""
    with library.write(durable=True) as connection:
        for kind in kinds:
            runs.refuse(connection, kind)
