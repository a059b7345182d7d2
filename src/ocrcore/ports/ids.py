"""Identity, and secrets."""

from abc import abstractmethod
from typing import Protocol
from uuid import UUID


class Ids(Protocol):
    """A source of ids and of secrets."""

    @abstractmethod
    def new(self) -> UUID:
        """Return a new UUID of version 7. It sorts after all ids that this process received before."""

    @abstractmethod
    def secret(self, size: int) -> bytes:
        """Return ``size`` bytes, at least 1, that nobody can predict. The fake may repeat them in every run."""
