"""A folder seen through FUSE, read-only: a real mount of the kind that sshfs makes, whose changes nobody tells of.

    python -m tests.daemon.fuse_folder FOLDER MOUNT_POINT

It speaks as much of the kernel's protocol (linux/fuse.h) as reading takes, and ends with its mount.
"""

import contextlib
import errno
import os
import struct
import subprocess
import sys
from enum import IntEnum

KIND = "fuse.dofisac-test"
_HEADER = struct.Struct("=IIQQIIII")


class Question(IntEnum):
    """What the kernel asks."""

    LOOKUP = 1
    FORGET = 2
    GETATTR = 3
    OPEN = 14
    READ = 15
    RELEASE = 18
    FLUSH = 25
    INIT = 26
    OPENDIR = 27
    READDIR = 28
    RELEASEDIR = 29
    BATCH_FORGET = 42


class FuseFolder:
    """Answers the kernel's questions about one folder."""

    def __init__(self, folder: bytes) -> None:
        self._paths = [b"", folder]  # by node id; the root's is 1

    def answer(self, opcode: int, node: int, body: bytes) -> bytes:
        """The answer to one question.

        Raises:
            OSError: what the caller shall see.
        """
        path = self._paths[node]
        match opcode:
            case Question.INIT:
                # version 7.31, 64 KiB at a time, times to the nanosecond
                return struct.pack("=IIIIHHIIHH32x", 7, 31, 65536, 0, 12, 9, 65536, 1, 16, 0)
            case Question.LOOKUP:
                inner = os.path.join(path, body.rstrip(b"\0"))
                attributes = _attributes(inner)
                if inner not in self._paths:
                    self._paths.append(inner)
                return struct.pack("=QQQQII", self._paths.index(inner), 0, 0, 0, 0, 0) + attributes
            case Question.GETATTR:
                return struct.pack("=QII", 0, 0, 0) + _attributes(path)
            case Question.OPEN | Question.OPENDIR:
                return struct.pack("=QII", 0, 0, 0)
            case Question.READ:
                _, offset, size = struct.unpack_from("=QQI", body)
                with open(path, "rb") as file:
                    file.seek(offset)
                    return file.read(size)
            case Question.READDIR:
                _, offset, size = struct.unpack_from("=QQI", body)
                return _listing(path, offset, size)
            case Question.RELEASE | Question.FLUSH | Question.RELEASEDIR:
                return b""
        raise OSError(errno.ENOSYS, "not needed")


def _attributes(path: bytes) -> bytes:
    facts = os.stat(path)
    seconds, rest = divmod(facts.st_mtime_ns, 10**9)
    times = (seconds, seconds, seconds, rest, rest, rest)
    return struct.pack(
        "=QQQQQQIIIIIIIIII", facts.st_ino, facts.st_size, facts.st_blocks, *times,
        facts.st_mode, facts.st_nlink, facts.st_uid, facts.st_gid, 0, 4096, 0,
    )  # fmt: skip


def _listing(path: bytes, offset: int, size: int) -> bytes:
    listing = b""
    for place, entry in enumerate(sorted(os.scandir(path), key=lambda entry: entry.name)):
        if place >= offset:
            kind = 4 if entry.is_dir() else 8
            part = struct.pack("=QQII", entry.inode(), place + 1, len(entry.name), kind) + entry.name
            part += bytes(-len(part) % 8)
            if len(listing) + len(part) > size:
                break
            listing += part
    return listing


def main() -> None:
    """Mount and serve until it is unmounted."""
    folder, mount_point = map(os.fsencode, sys.argv[1:])
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}"
    subprocess.run(["mount", "-i", "-t", KIND, "-o", options, "none", mount_point], check=True, pass_fds=[device])
    served = FuseFolder(folder)
    with contextlib.suppress(OSError):  # it was unmounted
        while request := os.read(device, 1 << 20):
            _, opcode, unique, node, *_ = _HEADER.unpack_from(request)
            if opcode in (Question.FORGET, Question.BATCH_FORGET):  # these want no answer
                continue
            error, body = 0, b""
            try:
                body = served.answer(opcode, node, request[_HEADER.size :])
            except OSError as why:
                error = -(why.errno or errno.EIO)
            os.write(device, struct.pack("=IiQ", 16 + len(body), error, unique) + body)


if __name__ == "__main__":
    main()
