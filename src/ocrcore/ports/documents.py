"""The document store: uploaded files and layouts, by key."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import BinaryIO, Protocol

from ocrcore.domain.errors import OcrError


class DocumentMissing(OcrError):
    """The key has no document, or one that may not be read."""


class DocumentExists(OcrError):
    """The key already has a document, which was not changed."""


class Documents(Protocol):
    """Writes are atomic and never overwrite. A key is ``a/b/c.ext``: relative, without ``.`` or ``..`` parts.

    A key of any other form raises ``ValueError``.
    """

    @property
    @abstractmethod
    def bucket(self) -> str:
        """The name of this store in rows and messages."""

    @abstractmethod
    def put(self, key: str, content: BinaryIO) -> None:
        """Store ``content`` from its current position to its end; durable on return.

        Raises :class:`DocumentExists` if the key is taken. Readers never see a partial document.
        """

    @abstractmethod
    def get(self, key: str) -> bytes:
        """Return the bytes. Raises :class:`DocumentMissing`."""

    @abstractmethod
    def keys(self, prefix: str, limit: int, *, after: str = "") -> Sequence[str]:
        """Return up to ``limit`` keys that begin with ``prefix`` and sort after ``after``, sorted.

        ``after`` need not be an existing key. Paging with the last key as ``after`` reaches every key.
        """

    @abstractmethod
    def delete(self, keys: Iterable[str]) -> None:
        """Delete documents. Keys without a document are ignored."""

    @abstractmethod
    def check(self) -> None:
        """Return if the store is reachable, else raise ``StorageUnavailable``."""
