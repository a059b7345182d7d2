"""A document store in memory."""

from collections.abc import Iterable, Sequence
from threading import Lock
from typing import BinaryIO

from ocrcore.domain.keys import check_key
from ocrcore.ports.documents import BytesSource, DocumentExists, DocumentMissing, Documents


class MemoryDocuments(Documents):
    """Keeps bytes, never the stream that they came from. Gone with the process."""

    def __init__(self, bucket: str = "memory") -> None:
        self._bucket = bucket
        self._documents: dict[str, bytes] = {}
        self._lock = Lock()

    @property
    def bucket(self) -> str:
        """The configured name."""
        return self._bucket

    def put(self, key: str, content: BinaryIO) -> None:
        """Store the rest of ``content``, read before the lock is taken, so that a slow stream delays nothing else."""
        check_key(key)
        document = bytes(content.read())
        with self._lock:
            if key in self._documents:
                msg = "there is a document at the key already"
                raise DocumentExists(msg)
            self._documents[key] = document

    def replace(self, key: str, content: BinaryIO) -> None:
        """Store the rest of ``content`` in place of what the key has."""
        check_key(key)
        document = bytes(content.read())
        with self._lock:
            self._documents[key] = document

    def open(self, key: str) -> BytesSource:
        """Return the bytes."""
        check_key(key)
        with self._lock:
            if key not in self._documents:
                msg = "there is no document at the key"
                raise DocumentMissing(msg)
            return BytesSource(self._documents[key])

    def keys(self, prefix: str, limit: int, *, after: str = "") -> Sequence[str]:
        """Return the first of the sorted keys after ``after``."""
        with self._lock:
            return sorted(key for key in self._documents if key.startswith(prefix) and key > after)[:limit]

    def delete(self, keys: Iterable[str]) -> None:
        """Remove all documents, or none if a key is invalid."""
        wanted = list(keys)
        for key in wanted:
            check_key(key)
        with self._lock:
            for key in wanted:
                self._documents.pop(key, None)

    def check(self) -> None:
        """Return: memory is always available."""
