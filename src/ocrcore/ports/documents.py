"""The object store: the uploaded bytes and the layouts, by key."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import BinaryIO, Protocol

from ocrcore.domain.errors import OcrError


class DocumentMissing(OcrError):
    """There is no document at the key, or none that may be read."""


class DocumentExists(OcrError):
    """There is a document at the key already; it was not touched."""


class Documents(Protocol):
    """Documents are written once and whole, or not at all. A key is ``a/b/c.ext``: relative, no ``.`` or ``..`` part.

    A key of any other form is refused with ``ValueError``.
    """

    @property
    @abstractmethod
    def bucket(self) -> str:
        """The name of this store, as rows and messages give it."""

    @abstractmethod
    def put(self, key: str, content: BinaryIO) -> None:
        """Store everything from the current position of ``content`` to its end; durable on return.

        Raises :class:`DocumentExists` where the key is taken. Readers never see half of it.
        """

    @abstractmethod
    def get(self, key: str) -> bytes:
        """Return the bytes. Raises :class:`DocumentMissing`."""

    @abstractmethod
    def keys(self, prefix: str, limit: int, *, after: str = "") -> Sequence[str]:
        """Return up to ``limit`` keys that begin with ``prefix`` and sort after ``after``, sorted.

        ``after`` need not be a key. None is left out for good.
        """

    @abstractmethod
    def delete(self, keys: Iterable[str]) -> None:
        """Remove documents; a key without one is no error."""

    @abstractmethod
    def check(self) -> None:
        """Return if the store can be reached, else raise ``StorageUnavailable``."""
