"""The backends: a module for each, with ``open_backend`` and ``init``.

A module is imported when its backend is chosen, so that no process waits for, or needs, the packages of another.
"""

from abc import abstractmethod
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Protocol, cast

from entrypoints.backends.backend import Backend
from entrypoints.settings import Settings


class BackendModule(Protocol):
    """What each of the modules offers."""

    @abstractmethod
    def open_backend(self, settings: Settings, *, examined: bool = False) -> AbstractContextManager[Backend]:
        """Yield the backend. Raises ``StartRefused`` where it is not as this program needs it.

        To be ``examined`` it is opened as it is: nothing is made or migrated, and whatever would keep a process from
        starting is in its ``refusals``, but for a ``SchemaRefused``.
        """

    @abstractmethod
    def init(self, settings: Settings) -> str:
        """Create what is missing; return one line that says where."""


def backend_module(kind: str) -> BackendModule:
    """Return the module of a backend: ``memory``, ``local`` or ``aws``."""
    return cast("BackendModule", import_module(f"entrypoints.backends.{kind}"))
