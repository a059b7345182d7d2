"""Documents and uploads in one SQLite file: easy to copy, for a machine with few documents."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from ocrcore.domain.errors import StorageFull, StorageUnavailable, UploadMismatch, UploadMissing
from ocrcore.domain.keys import check_key
from ocrcore.plugins import DocumentsPart, PartRefused, Surroundings
from ocrcore.ports.documents import BytesSource, DocumentExists, DocumentMissing, Documents
from ocrcore.ports.uploads import StoredUpload, UploadAddress, UploadGrant, Uploads
from ocrcore.signed_urls import SignedUrls

_TABLE = "CREATE TABLE IF NOT EXISTS documents (key TEXT PRIMARY KEY, version TEXT NOT NULL, content BLOB NOT NULL)"
_INSERT = "INSERT INTO documents VALUES (?, ?, ?)"


class File:
    """The file: each call opens it anew, so any number of threads and processes may use it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def opened(self, *, make: bool = False) -> Iterator[sqlite3.Connection]:
        """Yield a connection in a transaction. Raises ``StorageUnavailable``, also if the file is missing."""
        try:
            mode = "rwc" if make else "rw"
            connection = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode={mode}", uri=True, timeout=30)
            try:
                with connection:  # commits, or rolls back
                    yield connection
            finally:
                connection.close()
        except sqlite3.OperationalError as error:  # a missing file, a lock, a disk
            if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
                full = "There is no room for documents."
                raise StorageFull(full) from error
            away = "The file of documents cannot be used."
            raise StorageUnavailable(away) from error


class OneFileDocuments(Documents):
    """A document is a row; its version is another one for each write."""

    def __init__(self, file: File, bucket: str) -> None:
        self._file = file
        self._bucket = bucket

    @property
    def bucket(self) -> str:
        """The configured name."""
        return self._bucket

    def put(self, key: str, content: BinaryIO) -> None:
        """Add a row, which fails if the key is taken."""
        check_key(key)
        row = (key, uuid4().hex, content.read())
        with self._file.opened() as connection:
            try:
                connection.execute(_INSERT, row)
            except sqlite3.IntegrityError as error:
                raise DocumentExists from error

    def open(self, key: str) -> BytesSource:
        """Return the content."""
        check_key(key)
        with self._file.opened() as connection:
            found = connection.execute("SELECT content FROM documents WHERE key = ?", (key,)).fetchone()
        if found is None:
            raise DocumentMissing
        return BytesSource(found[0])

    def keys(self, prefix: str, limit: int, *, after: str = "") -> Sequence[str]:
        """Return the first keys in order; SQLite compares texts as their UTF-8, as the port asks."""
        query = "SELECT key FROM documents WHERE key > ? AND substr(key, 1, ?) = ? ORDER BY key LIMIT ?"
        with self._file.opened() as connection:
            return [row[0] for row in connection.execute(query, (after, len(prefix), prefix, limit))]

    def delete(self, keys: Iterable[str]) -> None:
        """Remove rows."""
        wanted = list(keys)
        for key in wanted:
            check_key(key)
        with self._file.opened() as connection:
            connection.executemany("DELETE FROM documents WHERE key = ?", [(key,) for key in wanted])

    def check(self) -> None:
        """Return if the file may be written to."""
        with self._file.opened() as connection:
            connection.execute("BEGIN IMMEDIATE")


class OneFileUploads(Uploads):
    """Uploads in the same table. The service receives them itself, at addresses that it signs."""

    def __init__(self, file: File, about: Surroundings) -> None:
        self._file = file
        self._about = about

    def address(self, grant: UploadGrant) -> UploadAddress:
        """Return an address of the service."""
        return SignedUrls(self._about.secret()).address(grant)

    def admits(self, grant: UploadGrant, signature: str) -> bool:
        """Return whether the signature is that of the grant."""
        return SignedUrls(self._about.secret()).admits(grant, signature)

    def store(self, key: str, content: BinaryIO) -> None:
        """Put a row in place of an earlier one."""
        check_key(key)
        row = (key, uuid4().hex, content.read())
        with self._file.opened() as connection:
            connection.execute("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", row)

    def stat(self, key: str) -> StoredUpload:
        """Return size and version."""
        check_key(key)
        with self._file.opened() as connection:
            query = "SELECT length(content), version FROM documents WHERE key = ?"
            found = connection.execute(query, (key,)).fetchone()
        if found is None:
            raise UploadMissing
        return StoredUpload(*found)

    def open(self, key: str, version: str) -> BinaryIO:
        """Return the content, if it is still that of the version."""
        check_key(key)
        with self._file.opened() as connection:
            found = connection.execute("SELECT version, content FROM documents WHERE key = ?", (key,)).fetchone()
        if found is None:
            raise UploadMissing
        if found[0] != version:
            raise UploadMismatch
        return BytesIO(found[1])

    def copy(self, key: str, version: str, document: str) -> None:
        """Add a row with the bytes of the upload."""
        OneFileDocuments(self._file, self._about.bucket).put(document, self.open(key, version))


def open_part(about: Surroundings) -> DocumentsPart:
    """Return the part; with ``OCR_DOCUMENTS=onefile`` ocrcore calls it once, at the start of a process."""
    file = File(about.data_dir / "documents.sqlite3")
    if about.make:
        if not about.data_dir.is_dir():
            msg = f"There is no folder {about.data_dir}."
            raise PartRefused(msg)
        with file.opened(make=True) as connection:
            connection.execute(_TABLE)
    return DocumentsPart(OneFileDocuments(file, about.bucket), OneFileUploads(file, about))
