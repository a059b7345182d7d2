"""The object store on S3."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, Final, NotRequired, TypedDict, cast

from botocore.exceptions import ClientError
from more_itertools import chunked

from adapters.aws.errors import DOCUMENTS, Conflict, Denied, port_errors
from adapters.aws.streams import Rest, rest_of
from ocrcore.domain.errors import StorageUnavailable
from ocrcore.domain.keys import check_key
from ocrcore.ports.documents import DocumentExists, DocumentMissing, Documents

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import BlobTypeDef

#: Keys in one listing, and in one deletion: the most that S3 takes.
_PAGE: Final = 1000
#: How often a write is tried while another one of the same key is under way.
_TRIES: Final = 3
#: Where documents are, and the one prefix that a caller must be allowed to list.
_OURS: Final = "jobs/"

_log = logging.getLogger(__name__)


class _Bucket(TypedDict):
    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


class _Beyond(TypedDict, total=False):
    StartAfter: str


class S3Documents(Documents):
    """The objects of a bucket; with ``expected_owner``, of one that belongs to that account, else none at all.

    S3 knows no folders, so a document may lie at ``a`` and another at ``a/b``.
    """

    def __init__(self, client: "S3Client", bucket: str, expected_owner: str | None = None) -> None:
        self._client = client
        self._in = _Bucket(Bucket=bucket)
        if expected_owner:
            self._in["ExpectedBucketOwner"] = expected_owner

    @property
    def bucket(self) -> str:
        """The name of the bucket."""
        return self._in["Bucket"]

    def put(self, key: str, content: BinaryIO) -> None:
        """Store the rest of ``content`` under its SHA-256, which S3 compares with what arrived.

        Where boto3 had to repeat the call, a key that is taken may be taken by the first try, whose answer was
        lost: then what is there is compared, and the same bytes are success.
        """
        check_key(key)
        with rest_of(content) as body:
            checksum = body.sha256()
            try:
                self._write(key, body, checksum)
            except DocumentExists as taken:
                if not (_was_repeated(taken.__cause__) and self._checksum(key) == checksum):
                    raise

    def get(self, key: str) -> bytes:
        """Return the bytes, which boto3 compares with the checksum that the document was stored under."""
        check_key(key)
        try:
            with port_errors(DOCUMENTS):
                return self._client.get_object(**self._in, Key=key)["Body"].read()
        except Denied as denied:
            self._check_listing(key)
            msg = "there is no document at the key that may be read"
            raise DocumentMissing(msg) from denied

    def keys(self, prefix: str, limit: int, *, after: str = "") -> Sequence[str]:
        """Return the first of the sorted keys beyond ``after``, leaving out objects that are no documents."""
        if not (_is_key(prefix) or _is_key(prefix + "x")):
            return []
        return list(islice(filter(_is_key, self._list(prefix, limit, after)), limit))

    def delete(self, keys: Iterable[str]) -> None:
        """Remove all or, when a key is refused, none. Raises ``StorageUnavailable`` where some stayed."""
        wanted = dict.fromkeys(keys)
        for key in wanted:
            check_key(key)
        failed = [code for batch in chunked(wanted, _PAGE) for code in self._delete(batch)]
        if failed:
            msg = f"The store of documents kept {len(failed)} documents that were to be deleted ({failed[0]})."
            raise StorageUnavailable(msg)

    def check(self) -> None:
        """Return if documents can be listed: a caller who may not does not learn either what is missing."""
        self._check_listing(_OURS)

    def _write(self, key: str, body: Rest, checksum: str) -> None:
        for left in reversed(range(_TRIES)):
            body.seek(0)
            try:
                with port_errors(DOCUMENTS):
                    blob = cast("BlobTypeDef", body)  # boto3 asks for read, seek and tell only
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
            else:
                return

    def _checksum(self, key: str) -> str | None:
        with port_errors(DOCUMENTS):
            return self._client.head_object(**self._in, Key=key, ChecksumMode="ENABLED").get("ChecksumSHA256")

    def _list(self, prefix: str, limit: int, after: str) -> Iterator[str]:
        beyond: _Beyond = {"StartAfter": after} if after else {}
        pages = self._client.get_paginator("list_objects_v2").paginate(
            **self._in, **beyond, Prefix=prefix, PaginationConfig={"PageSize": max(1, min(limit, _PAGE))}
        )
        with port_errors(DOCUMENTS):
            for page in pages:
                yield from (found["Key"] for found in page.get("Contents", []))

    def _check_listing(self, prefix: str) -> None:
        with port_errors(DOCUMENTS):
            self._client.list_objects_v2(**self._in, Prefix=prefix, MaxKeys=1)

    def _delete(self, keys: Sequence[str]) -> Sequence[str]:
        """Return the codes of those that stayed."""
        with port_errors(DOCUMENTS):
            answer = self._client.delete_objects(
                **self._in, Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True}
            )
        errors = answer.get("Errors", [])
        for error in errors:
            _log.warning("a document stays", extra={"key": error.get("Key"), "code": error.get("Code")})
        return [error.get("Code", "unknown error") for error in errors]


def _was_repeated(error: BaseException | None) -> bool:
    return isinstance(error, ClientError) and error.response["ResponseMetadata"].get("RetryAttempts", 0) > 0


def _is_key(key: str) -> bool:
    try:
        check_key(key)
    except ValueError:
        return False
    return True
