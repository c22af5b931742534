"""Read a pickle of the Flask app DoFISaC in a restricted process.

A pickle is a program. Here it may create numbers, strings, containers and NumPy arrays of them, and nothing else;
memory and time are limited; and the result leaves the process as JSON, so that none of its objects reaches the library.
Run as `python -m dofisac_tui.interchange.restricted_pickle FILE`.
"""

import codecs
import json
import os
import pickle
import resource
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from dofisac_tui.display import display_text

MAX_MEMORY = 4 << 30  # bytes of address space
MAX_SECONDS = 300  # of computing

_ALLOWED = {
    *((f"numpy.{core}.multiarray", name) for core in ("core", "_core") for name in ("_reconstruct", "scalar")),
    *((f"numpy.{core}.numeric", "_frombuffer") for core in ("core", "_core")),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("collections", "OrderedDict"),
    *((builtins, name) for builtins in ("builtins", "__builtin__") for name in ("set", "frozenset", "bytearray")),
}


class ForbiddenError(pickle.UnpicklingError):
    """Error for a pickle that calls something plain data does not need."""


class RestrictedUnpickler(pickle.Unpickler):
    """Unpickler of plain data and NumPy arrays only (after the Python documentation, "Restricting Globals")."""

    def find_class(self, module: str, name: str) -> Any:
        """Return something that a pickle may call by name.

        Raises:
            ForbiddenError: it is not allowed.
        """
        if (module, name) == ("_codecs", "encode"):  # how old protocols write bytes
            return _latin1
        if (module, name) not in _ALLOWED:
            raise ForbiddenError(f"it would call {module}.{name}")
        return super().find_class(module, name)


def _latin1(text: str, encoding: str) -> bytes:
    if codecs.lookup(encoding).name != "iso8859-1":
        raise ForbiddenError(f"it would decode {encoding}")
    return text.encode("latin1")


class JsonConverter:
    """Converter of unpickled values to JSON.

    Args:
        most: Limit of values. Each takes at least a byte of a pickle, so one with more values than bytes nests the same
            list again and again.
    """

    def __init__(self, most: int) -> None:
        self.left = most

    def convert(self, value: Any) -> Any:
        """Return the value for JSON. Of arrays of numbers, which other models made, only their count stays.

        Raises:
            ForbiddenError: it has more than `most` values.
        """
        self.left -= 1
        if self.left < 0:
            raise ForbiddenError("it would grow without end")
        if isinstance(value, dict):
            return {str(self.convert(key)): self.convert(each) for key, each in value.items()}
        if isinstance(value, np.ndarray) and value.dtype.kind not in "OUS":
            return [None] * len(value) if value.ndim > 1 else None
        if isinstance(value, np.ndarray | np.generic):
            return self.convert(value.tolist())
        if isinstance(value, list | tuple | set | frozenset):
            return [self.convert(each) for each in value]
        if isinstance(value, bytes | bytearray):
            return os.fsdecode(bytes(value))
        return value


def main() -> None:
    """Print the content of a pickle as JSON; or print the reason on stderr and exit with 1."""
    warnings.simplefilter("ignore")  # old names of NumPy's modules
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
        with open(Path(sys.argv[1]), "rb") as file:
            converter = JsonConverter(most=os.fstat(file.fileno()).st_size)
            content = converter.convert(RestrictedUnpickler(file, encoding="latin1").load())
        print(json.dumps(content))  # noqa: T201 -- the parent reads it
    except BaseException as error:  # a pickle can make anything go wrong, and all of it means that it is refused
        reason = display_text(str(error) or type(error).__name__, 150)
        print(reason.replace("\n", " "), file=sys.stderr)  # noqa: T201
        sys.exit(1)


if __name__ == "__main__":
    main()
