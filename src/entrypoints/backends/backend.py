"""What every backend module offers."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Protocol, cast

from entrypoints.settings import Settings
from ocrcore import Finding, FindingKind
from ocrcore.application.context import Backend
from ocrcore.domain.errors import OcrError

#: Finding kind -> the shell command for a finding of the kind; it is printed for the operator, never run.
Remedies = Mapping[FindingKind, Callable[[Finding], str]]


_NEWER: Final = "The database's tables are those of a newer version, which this one cannot use; install the newer one."


@dataclass(frozen=True, kw_only=True)
class OpenBackend(Backend):
    """A backend that was opened."""

    #: Why no process starts on it, a line each; there are none unless it was opened for a check.
    preflight_failures: Sequence[str] = ()


class StartRefused(OcrError):
    """The backend is not as this program needs it; the text is one line for the operator."""


class SchemaRefused(StartRefused):
    """The tables are those of another version, so nothing can be read; ``others`` are further reasons, a line each."""

    def __init__(self, others: Sequence[str] = (), *, newer: bool) -> None:
        self.others = others
        first = _NEWER if newer else "The database's tables are not those of this version; run ocrcore init."
        super().__init__(" ".join([first, *others]))


class BackendModule(Protocol):
    """A module of this package."""

    @abstractmethod
    def open_backend(self, settings: Settings, *, examined: bool = False) -> AbstractContextManager[OpenBackend]:
        """Yield the backend. Raises ``StartRefused`` if it is not as this program needs it.

        With ``examined`` it is opened for a consistency check, as it is: nothing is created or migrated, and whatever
        would keep a process from starting is in ``preflight_failures``, but for a ``SchemaRefused``.
        """

    @abstractmethod
    def init(self, settings: Settings) -> str:
        """Create what is missing; return one line that says where."""

    @abstractmethod
    def remedies(self, settings: Settings) -> Remedies:
        """Return the commands that depend on this backend."""


def backend_module(name: str) -> BackendModule:
    """Return the module of a backend.

    It is imported when its backend is chosen, so no process waits for, or needs, the packages of another.
    """
    return cast("BackendModule", import_module(f"entrypoints.backends.{name}"))
