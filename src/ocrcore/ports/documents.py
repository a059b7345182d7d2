"""The document store: uploaded files and layouts, by key."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, Protocol, Self

from ocrcore.domain.errors import OcrError


class DocumentMissing(OcrError):
    """The key has no document, or one that may not be read."""


class DocumentExists(OcrError):
    """The key already has a document, which was not changed."""


class Source(Protocol):
    """The bytes of a file, which several threads may read until it is closed. It has no position."""

    @property
    @abstractmethod
    def size(self) -> int:
        """The number of bytes."""

    @abstractmethod
    def read(self) -> bytes:
        """Return all bytes."""

    @abstractmethod
    def fileno(self) -> int | None:
        """Return a descriptor of a file with these bytes, so that another process can read it, or None."""

    def close(self) -> None:
        """Give back what it holds. A second call has no effect."""
        return

    def __enter__(self) -> Self:
        """Return this source."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()


@dataclass(frozen=True, slots=True)
class BytesSource(Source):
    """A source in memory."""

    content: bytes

    @property
    def size(self) -> int:
        """The number of bytes."""
        return len(self.content)

    def read(self) -> bytes:
        """Return all bytes."""
        return self.content

    def fileno(self) -> None:
        """Return None."""


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
    def open(self, key: str) -> Source:
        """Return the document; it stays readable when it is deleted. Raises :class:`DocumentMissing`."""

    def get(self, key: str) -> bytes:
        """Return the bytes of a short document. Raises :class:`DocumentMissing`."""
        with self.open(key) as source:
            return source.read()

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
