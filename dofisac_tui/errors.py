"""The errors a person may see: each has a title that says what is wrong and a hint that says what to do."""


class DofisacError(Exception):
    """Something went wrong that the person at the keyboard can understand and fix.

    Args:
        title: One plain sentence, without a full stop, saying what is wrong.
        hint: The remedy; may be empty where there is none.
    """

    def __init__(self, title: str, hint: str = "") -> None:
        super().__init__(title)
        self.title = title
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.title}. {self.hint}" if self.hint else f"{self.title}."


class ConfigError(DofisacError):
    """The settings file or an environment variable holds something that cannot be used."""


class LibraryError(DofisacError):
    """The library cannot be opened, read or written."""


class LibraryBusyError(LibraryError):
    """Another process is indexing into this library."""


class QueryError(DofisacError):
    """A search that cannot be answered as asked."""


class InterchangeError(DofisacError):
    """A file or folder that was named for export or import cannot be used."""


class EngineError(DofisacError):
    """A model is missing, damaged, or cannot run on this machine."""


class PhotoError(DofisacError):
    """One photo cannot be indexed.

    Args:
        failure_class: One of `dofisac_tui.library.failures.FAILURE_CLASSES`.
    """

    def __init__(self, failure_class: str, title: str, hint: str = "") -> None:
        super().__init__(title, hint)
        self.failure_class = failure_class

    def __reduce__(self) -> tuple[type["PhotoError"], tuple[str, str, str]]:
        # raised in decoder processes, so it has to survive pickling between them and us
        return (type(self), (self.failure_class, self.title, self.hint))
