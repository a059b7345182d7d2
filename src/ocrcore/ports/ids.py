"""Identity."""

from abc import abstractmethod
from typing import Protocol
from uuid import UUID


class Ids(Protocol):
    """A source of ids."""

    @abstractmethod
    def new(self) -> UUID:
        """Return a new UUID of version 7. It sorts after all ids that this process received before."""
