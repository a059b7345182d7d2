"""The interface of a backend module."""

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
from ocrcore.ports.fleet_monitor import FleetMonitor
from ocrcore.ports.history_log import HistoryLog

#: Kind of finding -> the shell command for a finding of that kind. It is printed for the operator, never run.
Remedies = Mapping[FindingKind, Callable[[Finding], str]]

_NEWER: Final = "The database's tables are those of a newer version, which this one cannot use; install the newer one."


@dataclass(frozen=True, kw_only=True)
class OpenBackend(Backend):
    """An opened backend."""

    #: Why a process would not start on it, one line each; empty unless it was opened for the doctor.
    preflight_failures: Sequence[str] = ()
    #: Returns what else the doctor should tell about it, which takes calls; nothing unless it was opened for that.
    findings: Callable[[], Sequence[Finding]] = tuple
    #: Where the figures of the fleet are published; None: nowhere.
    fleet_monitor: FleetMonitor | None = None
    #: The log outside the database that gets the histories of owners, too; None: there is none.
    history_log: HistoryLog | None = None


class StartRefused(OcrError):
    """A part of the backend is missing or misconfigured; the text is one line for the operator."""


class SchemaRefused(StartRefused):
    """The tables are of another version, so nothing can be read; ``others`` are further reasons, one line each."""

    def __init__(self, others: Sequence[str] = (), *, newer: bool) -> None:
        self.others = others
        first = _NEWER if newer else "The database's tables are not those of this version; run ocrcore init."
        super().__init__(" ".join([first, *others]))


class BackendModule(Protocol):
    """A module of this package."""

    @abstractmethod
    def open_backend(self, settings: Settings, *, examined: bool = False) -> AbstractContextManager[OpenBackend]:
        """Yield the backend. Raises ``StartRefused`` if a part is missing or misconfigured.

        With ``examined`` it is opened for the doctor: nothing is created or migrated, and reasons not to start are
        listed in ``preflight_failures``. Only ``SchemaRefused`` is still raised.
        """

    @abstractmethod
    def init(self, settings: Settings) -> str:
        """Create the missing parts, and return one line that names them or their place."""

    @abstractmethod
    def remedies(self, settings: Settings) -> Remedies:
        """Return the commands that are specific to the parts of this backend."""


def backend_module(kind: str) -> BackendModule:
    """Return the module of the backend in memory, or else the one that opens what the settings describe.

    Only one of them is imported, so a process neither needs the packages of the other nor waits for them.
    """
    return cast("BackendModule", import_module(f"entrypoints.backends.{'memory' if kind == 'memory' else 'parts'}"))
