"""Which files and folders are passed over: system folders, hidden ones, `.nomedia` and `.dofisacignore`."""

import codecs
import os
from dataclasses import dataclass

from pathspec import GitIgnoreSpec

from dofisac_tui.display import display_text
from dofisac_tui.errors import PhotoError

IGNORE_FILE = b".dofisacignore"
NO_MEDIA = b".nomedia"
_LONGEST_IGNORE_FILE = 1 << 20
_SYSTEM_FOLDERS = {
    b"@eaDir",  # Synology
    b"#recycle",
    b"#snapshot",
    b"$RECYCLE.BIN",
    b"System Volume Information",
    b"lost+found",
    b"__MACOSX",
}


def is_system_name(name: bytes, hidden: bool) -> bool:
    """Whether a file or folder is passed over by its name alone.

    Args:
        hidden: Whether hidden ones are wanted; AppleDouble files (`._x.jpg`) hold no picture and never are.
    """
    return name in _SYSTEM_FOLDERS or name.startswith(b"._") or (name.startswith(b".") and not hidden)


@dataclass(frozen=True)
class IgnoreRules:
    """The `.dofisacignore` files in force in a folder, the outermost first.

    The syntax is gitignore's; a file speaks for its own folder and all below it, and an inner one overrules an
    outer one.
    """

    layers: tuple[tuple[bytes, GitIgnoreSpec], ...] = ()

    def entering(self, folder: bytes, names: set[bytes]) -> "IgnoreRules":
        """The rules inside `folder`, which holds entries of these names.

        Raises:
            OSError: the ignore file cannot be read.
            PhotoError: `unreadable`: a line of it is no pattern.
        """
        if IGNORE_FILE not in names:
            return self
        with open(os.path.join(folder, IGNORE_FILE), "rb") as file:
            content = file.read(_LONGEST_IGNORE_FILE).removeprefix(codecs.BOM_UTF8)
        # not splitlines, which also splits at characters that a file name may hold
        lines = [os.fsdecode(line.removesuffix(b"\r")) for line in content.split(b"\n")]
        try:
            spec = GitIgnoreSpec.from_lines(lines)
        except ValueError as error:
            raise PhotoError(
                "unreadable",
                f"{os.fsdecode(IGNORE_FILE)} in this folder has a line that is no pattern: {display_text(str(error))}",
                "Mend that line; until then nothing in this folder is read.",
            ) from error
        return IgnoreRules((*self.layers, (folder, spec)))

    def ignores(self, path: bytes, is_folder: bool) -> bool:
        """Whether `path` is passed over."""
        for base, spec in reversed(self.layers):
            inner = os.fsdecode(path[len(base.rstrip(b"/")) + 1 :]) + ("/" if is_folder else "")
            verdict = spec.check_file(inner).include
            if verdict is not None:
                return verdict
        return False
