"""Authenticated encryption of what is stored and must be read again, such as the secrets of webhooks."""

from abc import abstractmethod
from typing import Protocol


class Sealed(ValueError):
    """A sealed text that this key does not open: it was sealed with another, for something else, or was changed."""


class Cipher(Protocol):
    """Seals bytes with a key of any length; ``about`` says what they are, and opens nothing that is something else."""

    @abstractmethod
    def seal(self, secret: bytes, key: bytes, about: str) -> str:
        """Return the bytes encrypted, as an ASCII text. Two calls return different texts."""

    @abstractmethod
    def open(self, sealed: str, key: bytes, about: str) -> bytes:
        """Return the bytes that were sealed. Raises ``Sealed``."""
