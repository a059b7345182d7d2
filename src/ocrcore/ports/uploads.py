"""Uploads: files that clients send to addresses, outside the API, before they become documents.

An upload lies in the store of documents, at the key that :func:`ocrcore.domain.keys.upload_key` returns; it is listed
and deleted through the port ``Documents``. Unlike a document it may be replaced at any time, by whoever has the
address. So what was looked at is named by its version, and is read and copied on condition of it.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol
from uuid import UUID

from ocrcore.domain.keys import upload_key


@dataclass(frozen=True, slots=True)
class UploadGrant:
    """The right to upload one file, which an address conveys."""

    job_id: UUID
    #: The position of the file in the draft, from 0.
    number: int
    #: The only size that is accepted, in bytes.
    size: int
    content_type: str
    #: The end of the right, in whole seconds.
    until: datetime
    #: The key by which it was asked for, and with which it ends, where this service takes the upload; None for none.
    key_id: str | None = None

    @property
    def key(self) -> str:
        """The key of the upload."""
        return upload_key(self.job_id, self.number)


@dataclass(frozen=True, slots=True)
class UploadAddress:
    """Where a client sends a file, and how."""

    #: ``PUT``, with the file as the body; or ``POST`` of a form with ``fields`` and then, last, the file as ``file``.
    method: str
    #: Absolute, or a path of this service.
    url: str
    fields: Mapping[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class StoredUpload:
    """An upload as it lies in the store."""

    size: int
    #: Another one for each upload, also of equal bytes if the store can tell.
    version: str


class Uploads(Protocol):
    """The uploads of the store of documents. Keys are those of ``upload_key``."""

    @abstractmethod
    def address(self, grant: UploadGrant) -> UploadAddress:
        """Return the address, signed. Calls no service. Raises ``StorageUnavailable`` if there is nothing to sign with.

        An address can be used any number of times; each use replaces the upload.
        """

    @abstractmethod
    def admits(self, grant: UploadGrant, signature: str) -> bool:
        """Return whether this is the signature of an address of this service for the grant, which may have ended.

        False for a store that takes uploads itself.
        """

    @abstractmethod
    def store(self, key: str, content: BinaryIO) -> None:
        """Store ``content`` from its current position to its end, in place of an earlier upload; durable on return.

        Readers never see a partial upload, and what was opened before stays as it was.
        """

    @abstractmethod
    def stat(self, key: str) -> StoredUpload:
        """Return size and version of an upload. Raises ``UploadMissing``."""

    @abstractmethod
    def open(self, key: str, version: str) -> BinaryIO:
        """Return an upload, at its beginning and with seek; the caller closes it.

        Raises ``UploadMissing``, and ``UploadMismatch`` if it has another version.
        """

    @abstractmethod
    def copy(self, key: str, version: str, document: str) -> None:
        """Store an upload as a document too; durable on return.

        Raises ``UploadMissing``, and ``UploadMismatch`` if it has another version; then there is no document. The
        key of the document is new; a repeated call of the same upload may also find it taken (``DocumentExists``).
        """
