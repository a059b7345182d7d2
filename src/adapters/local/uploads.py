"""Uploads into the folder of documents, received by the service itself."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from adapters.local.documents import FolderDocuments
from adapters.local.errors import store_errors
from adapters.signed_urls import SECRET_BYTES, SignedUrls
from ocrcore.domain.errors import StorageUnavailable, UploadMismatch, UploadMissing
from ocrcore.ports.documents import DocumentMissing
from ocrcore.ports.uploads import StoredUpload, UploadAddress, UploadGrant, Uploads

#: The file of the secret, below the data folder.
_SECRET: Final = "upload-secret"  # noqa: S105 - the name of the file


class FolderUploads(Uploads):
    """The version of an upload is the identity of its file, which is never written to, only replaced.

    The secret that signs addresses lies in the data folder, readable by its owner only. All processes on the folder
    share it; the first that signs makes it.
    """

    def __init__(self, documents: FolderDocuments, data: Path) -> None:
        self._documents = documents
        self._file = data.absolute() / _SECRET
        self._urls: SignedUrls | None = None

    def address(self, grant: UploadGrant) -> UploadAddress:
        """Return an address of this service."""
        return self._signer().address(grant)

    def admits(self, grant: UploadGrant, signature: str) -> bool:
        """Return whether the signature is that of the grant."""
        return self._signer().admits(grant, signature)

    def store(self, key: str, content: BinaryIO) -> None:
        """Write and sync a file, and rename it to its place."""
        self._documents.replace(key, content)

    def stat(self, key: str) -> StoredUpload:
        """Return size and version."""
        with _missing(), self._documents.open(key) as source:
            return StoredUpload(source.size, _version(source.fileno()))

    def open(self, key: str, version: str) -> BinaryIO:
        """Return the file itself."""
        with _missing(), self._documents.open(key) as source:
            if _version(source.fileno()) != version:
                raise UploadMismatch
            return os.fdopen(os.dup(source.fileno()), "rb", buffering=0)

    def copy(self, key: str, version: str, document: str) -> None:
        """Copy the bytes of the file that is open, whatever lies at its place since."""
        with self.open(key, version) as content:
            self._documents.put(document, content)

    def _signer(self) -> SignedUrls:
        if self._urls is None:
            self._urls = SignedUrls(self._secret())
        return self._urls

    def _secret(self) -> bytes:
        """Return the secret. Of several processes that make it at once, one links its own into place."""
        with store_errors():
            if not self._file.exists():
                made = self._file.with_name(f"{_SECRET}.{secrets.token_hex(8)}")
                try:
                    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                        file.write(secrets.token_bytes(SECRET_BYTES))
                        file.flush()
                        os.fsync(file.fileno())
                    with suppress(FileExistsError):
                        os.link(made, self._file)
                finally:
                    made.unlink(missing_ok=True)
            secret = self._file.read_bytes()
        if len(secret) != SECRET_BYTES:
            msg = "The secret of the upload addresses is damaged; remove the file upload-secret from the data folder."
            raise StorageUnavailable(msg)
        return secret


@contextmanager
def _missing() -> Iterator[None]:
    try:
        yield
    except DocumentMissing as missing:
        raise UploadMissing from missing


def _version(descriptor: int) -> str:
    file = os.fstat(descriptor)
    return f"{file.st_ino}-{file.st_size}-{file.st_mtime_ns}"
