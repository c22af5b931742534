"""Which folders are on network file systems, whose changes the kernel does not tell."""

import os
import re

from dofisac_tui.indexing.changes import is_in

MOUNTS = "/proc/self/mountinfo"
_NETWORK = {
    *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs"),
    *("9p", "afs", "ceph", "davfs", "gfs2", "glusterfs", "lustre", "ocfs2", "prl_fs", "vboxsf", "virtiofs"),
}


def network_type(folder: bytes, table: bytes | None = None) -> str | None:
    """The type of the network file system that a folder is on, or that is mounted somewhere in it; None for neither.

    Args:
        folder: Absolute path without links.
        table: What to read instead of this system's own table, in the format of proc_pid_mountinfo(5).
    """
    if table is None:
        try:
            with open(MOUNTS, "rb") as file:
                table = file.read()
        except OSError:
            return None  # no such table on this system: nothing can be known
    types = dict(map(_mount, table.splitlines()))  # of two mounts at one place the later one is seen
    place = folder
    while place not in types and place != b"/":
        place = os.path.dirname(place)
    inside = (kind for point, kind in types.items() if is_in(point, {folder}))
    return next((kind for kind in (types.get(place, ""), *inside) if _is_network(kind)), None)


def _is_network(kind: str) -> bool:
    # every FUSE file system (sshfs, rclone, ...) but fuseblk, which is a local disk
    return kind in _NETWORK or kind == "fuse" or kind.startswith("fuse.")


def _mount(line: bytes) -> tuple[bytes, str]:
    """Mount point and type; blanks in the path are written as octal escapes."""
    before, _, after = line.partition(b" - ")
    point = re.sub(rb"\\([0-7]{3})", lambda match: bytes([int(match[1], 8)]), before.split()[4])
    return point, os.fsdecode(after.split()[0])
