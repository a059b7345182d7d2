"""Uploads in memory, beside the documents of a store in memory."""

import secrets
from io import BytesIO
from itertools import count
from typing import BinaryIO

from adapters.memory.documents import MemoryDocuments
from ocrcore.domain.errors import UploadMismatch, UploadMissing
from ocrcore.ports.documents import DocumentMissing
from ocrcore.ports.uploads import StoredUpload, UploadAddress, UploadGrant, Uploads
from ocrcore.signed_urls import SECRET_BYTES, SignedUrls


class MemoryUploads(Uploads):
    """Versions are numbers. Gone with the process."""

    def __init__(self, documents: MemoryDocuments) -> None:
        self._documents = documents
        self._urls = SignedUrls(secrets.token_bytes(SECRET_BYTES))
        self._numbers = count(1)
        #: Key -> version of what was stored last; also of uploads that were deleted since.
        self._versions: dict[str, str] = {}

    def address(self, grant: UploadGrant) -> UploadAddress:
        """Return an address of this service."""
        return self._urls.address(grant)

    def admits(self, grant: UploadGrant, signature: str) -> bool:
        """Return whether the signature is that of the grant."""
        return self._urls.admits(grant, signature)

    def store(self, key: str, content: BinaryIO) -> None:
        """Store the rest of ``content``."""
        self._documents.replace(key, content)
        self._versions[key] = str(next(self._numbers))

    def stat(self, key: str) -> StoredUpload:
        """Return size and version."""
        return StoredUpload(len(self._read(key)), self._versions[key])

    def open(self, key: str, version: str) -> BinaryIO:
        """Return a copy of the bytes."""
        content = self._read(key)
        if self._versions[key] != version:
            raise UploadMismatch
        return BytesIO(content)

    def copy(self, key: str, version: str, document: str) -> None:
        """Store the bytes as a document."""
        self._documents.put(document, self.open(key, version))

    def _read(self, key: str) -> bytes:
        try:
            return self._documents.get(key)
        except DocumentMissing as missing:
            raise UploadMissing from missing
