"""Uploads into the folder of documents, received by the service itself."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from adapters.local.documents import FolderDocuments
from ocrcore.domain.errors import UploadMismatch, UploadMissing
from ocrcore.ports.documents import DocumentMissing
from ocrcore.ports.uploads import StoredUpload, UploadAddress, UploadGrant, Uploads
from ocrcore.signed_urls import SignedUrls


class FolderUploads(Uploads):
    """The version of an upload is the identity of its file, which is never written to, only replaced.

    ``secret`` returns what signs addresses, the same in all processes of the service; it is called when the first one
    is signed or looked at.
    """

    def __init__(self, documents: FolderDocuments, secret: Callable[[], bytes]) -> None:
        self._documents = documents
        self._secret = secret
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


@contextmanager
def _missing() -> Iterator[None]:
    try:
        yield
    except DocumentMissing as missing:
        raise UploadMissing from missing


def _version(descriptor: int) -> str:
    file = os.fstat(descriptor)
    return f"{file.st_ino}-{file.st_size}-{file.st_mtime_ns}"
