"""The engines and decoder processes, kept from one run to the next and given back when nothing has to be done."""

import contextlib
import ctypes
from collections.abc import Callable
from types import TracebackType

from dofisac_tui.config import Settings, cores
from dofisac_tui.engines.packs import Engines
from dofisac_tui.imaging.reader_pool import ReaderPool
from dofisac_tui.indexing.indexer import Indexer
from dofisac_tui.indexing.inference import Inference, open_pool
from dofisac_tui.indexing.report import ProgressListener
from dofisac_tui.library import meta
from dofisac_tui.library.database import Library

Opener = Callable[[Settings, Inference], ReaderPool]


def _pool(settings: Settings, inference: Inference) -> ReaderPool:
    return open_pool(settings.indexing, inference)


class EnginePool:
    """Makes indexers that share engines and decoders. They are opened when first needed, as the library's pack says.

    Args:
        library: Open for writing.
        open_decoders: Makes the decoder processes.
    """

    def __init__(self, library: Library, settings: Settings, open_decoders: Opener = _pool) -> None:
        self._library = library
        self._settings = settings
        self._open_decoders = open_decoders
        self._inference: Inference | None = None
        self._pool: ReaderPool | None = None
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> "EnginePool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def is_open(self) -> bool:
        """Whether it may hold models and decoders in memory."""
        return self._inference is not None

    def indexer(self, listener: ProgressListener, stop: Callable[[], bool]) -> Indexer:
        """An indexer for one run.

        Raises:
            EngineError: the models of the library's pack are not on this machine.
        """
        if self._inference is None or self._pool is None:
            engines = Engines(meta.get(self._library, meta.PACK), self._settings)
            threads = cores(self._settings.indexing.threads)
            self._inference = self._stack.enter_context(Inference(engines.faces(), engines.scenes(), threads))
            self._pool = self._stack.enter_context(self._open_decoders(self._settings, self._inference))
        return Indexer(self._library, self._settings, self._inference, listener, self._pool, stop)

    def reopen(self, settings: Settings) -> None:
        """Work by other settings from now on."""
        self.close()
        self._settings = settings

    def close(self) -> None:
        """End the decoders, let go of the models, and give their memory back to the system."""
        self._inference = self._pool = None
        self._stack.close()
        # glibc keeps what was freed for itself; other C libraries have no such call
        if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
            trim(0)
