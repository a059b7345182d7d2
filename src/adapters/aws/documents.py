"""The document store on S3."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, Final, TypedDict, cast

from botocore.exceptions import ClientError
from more_itertools import chunked

from adapters.aws.bucket import check_listing, in_bucket
from adapters.aws.errors import DOCUMENTS, Conflict, Denied, port_errors
from adapters.aws.local_copy import local_copy
from adapters.aws.streams import Rest, rest_of
from adapters.file_source import FileSource
from ocrcore.domain.errors import StorageUnavailable
from ocrcore.domain.keys import check_key
from ocrcore.ports.documents import DocumentExists, DocumentMissing, Documents

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import BlobTypeDef

#: Keys per listing and per deletion: the limit of S3.
_PAGE: Final = 1000
#: Tries of a write while another write of the same key is in progress.
_TRIES: Final = 3
#: The prefix of all documents, and the only one that the caller needs permission to list.
_PREFIX: Final = "jobs/"

_log = logging.getLogger(__name__)


class _Start(TypedDict, total=False):
    StartAfter: str


class S3Documents(Documents):
    """The objects of a bucket. With ``expected_owner``, calls fail if the bucket belongs to another account.

    S3 has no folders, so documents at ``a`` and at ``a/b`` can coexist.
    """

    def __init__(self, client: "S3Client", bucket: str, expected_owner: str | None = None) -> None:
        self._client = client
        self._in = in_bucket(bucket, expected_owner)

    @property
    def bucket(self) -> str:
        """The name of the bucket."""
        return self._in["Bucket"]

    def put(self, key: str, content: BinaryIO) -> None:
        """Store the rest of ``content`` with its SHA-256, which S3 verifies.

        If there was a try before, of boto3 or of :meth:`_write`, ``DocumentExists`` may be the result of that try,
        whose response was lost or said that another write was in progress. The stored checksum is compared then, and
        equal bytes count as success.
        """
        check_key(key)
        with rest_of(content) as body:
            self._write(key, body, body.sha256())

    def open(self, key: str) -> FileSource:
        """Return the bytes in a file without a name."""
        return FileSource(local_copy(self._body(key)))

    def get(self, key: str) -> bytes:
        """Return the bytes, without a file in between."""
        with self._body(key) as body:
            return body.read()

    @contextmanager
    def _body(self, key: str) -> Iterator["StreamingBody"]:
        """Yield the bytes of a document; boto3 verifies the checksum that was stored with it."""
        check_key(key)
        try:
            with port_errors(DOCUMENTS):
                yield self._client.get_object(**self._in, Key=key)["Body"]
        except Denied as denied:
            check_listing(self._client, self._in, key)
            msg = "there is no document at the key that may be read"
            raise DocumentMissing(msg) from denied

    def keys(self, prefix: str, limit: int, *, after: str = "") -> Sequence[str]:
        """Return the first of the sorted keys after ``after``, without objects that are not documents."""
        if not (_is_key(prefix) or _is_key(prefix + "x")):
            return []
        return list(islice(filter(_is_key, self._list(prefix, limit, after)), limit))

    def delete(self, keys: Iterable[str]) -> None:
        """Remove all documents, or none if a key is invalid. Raises ``StorageUnavailable`` if some remain."""
        wanted = dict.fromkeys(keys)
        for key in wanted:
            check_key(key)
        failed = [code for batch in chunked(wanted, _PAGE) for code in self._delete(batch)]
        if failed:
            msg = f"The store of documents kept {len(failed)} documents that were to be deleted ({failed[0]})."
            raise StorageUnavailable(msg)

    def check(self) -> None:
        """Return if documents can be listed. Without that permission, S3 does not report missing documents."""
        check_listing(self._client, self._in, _PREFIX)

    def _write(self, key: str, body: Rest, checksum: str) -> None:
        may_be_written = False
        for left in reversed(range(_TRIES)):
            body.seek(0)
            try:
                with port_errors(DOCUMENTS):
                    blob = cast("BlobTypeDef", body)  # boto3 needs read, seek and tell only
                    self._client.put_object(
                        **self._in,
                        Key=key,
                        Body=blob,
                        IfNoneMatch="*",
                        ChecksumAlgorithm="SHA256",
                        ChecksumSHA256=checksum,
                    )
            except Conflict:
                if not left:
                    raise
                may_be_written = True
            except DocumentExists as taken:
                may_be_written = may_be_written or _was_repeated(taken.__cause__)
                if not (may_be_written and self._checksum(key) == checksum):
                    raise
                return
            else:
                return

    def _checksum(self, key: str) -> str | None:
        with port_errors(DOCUMENTS):
            return self._client.head_object(**self._in, Key=key, ChecksumMode="ENABLED").get("ChecksumSHA256")

    def _list(self, prefix: str, limit: int, after: str) -> Iterator[str]:
        beyond: _Start = {"StartAfter": after} if after else {}
        pages = self._client.get_paginator("list_objects_v2").paginate(
            **self._in, **beyond, Prefix=prefix, PaginationConfig={"PageSize": max(1, min(limit, _PAGE))}
        )
        with port_errors(DOCUMENTS):
            for page in pages:
                yield from (found["Key"] for found in page.get("Contents", []))

    def _delete(self, keys: Sequence[str]) -> Sequence[str]:
        """Delete one batch and return an error code for each document that remains."""
        with port_errors(DOCUMENTS):
            answer = self._client.delete_objects(
                **self._in, Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True}
            )
        errors = answer.get("Errors", [])
        for error in errors:
            _log.warning("a document was not deleted", extra={"key": error.get("Key"), "code": error.get("Code")})
        return [error.get("Code", "unknown error") for error in errors]


def _was_repeated(error: BaseException | None) -> bool:
    return isinstance(error, ClientError) and error.response["ResponseMetadata"].get("RetryAttempts", 0) > 0


def _is_key(key: str) -> bool:
    try:
        check_key(key)
    except ValueError:
        return False
    return True
