"""Identity."""

from abc import abstractmethod
from typing import Protocol
from uuid import UUID


class Ids(Protocol):
    """A source of ids."""

    @abstractmethod
    def new(self) -> UUID:
        """Return an id that was never returned before, version 7: later ones sort after earlier ones of a process."""
