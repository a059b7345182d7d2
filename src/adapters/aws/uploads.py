"""Uploads to S3, which takes them itself, by signed forms (presigned POST)."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO, TypedDict, cast

from adapters.aws.bucket import check_listing, in_bucket
from adapters.aws.errors import DOCUMENTS, Denied, port_errors
from adapters.aws.local_copy import local_copy
from adapters.aws.streams import rest_of
from ocrcore.domain.errors import UploadMismatch, UploadMissing
from ocrcore.domain.keys import check_key
from ocrcore.ports.documents import DocumentExists, DocumentMissing
from ocrcore.ports.uploads import StoredUpload, UploadAddress, UploadGrant, Uploads

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import BlobTypeDef


class _FromBucket(TypedDict, total=False):
    ExpectedSourceBucketOwner: str


class S3Uploads(Uploads):
    """The objects under ``uploads/`` in a bucket. The version of an upload is its ETag."""

    def __init__(self, client: "S3Client", bucket: str, expected_owner: str | None = None) -> None:
        self._client = client
        self._bucket = bucket
        self._owner = expected_owner
        self._in = in_bucket(bucket, expected_owner)

    def address(self, grant: UploadGrant) -> UploadAddress:
        """Return a form that S3 accepts for this key, this size and this type only, until the grant ends."""
        kind = {"Content-Type": grant.content_type}
        left = grant.until - datetime.now(UTC)
        with port_errors(DOCUMENTS):
            form = self._client.generate_presigned_post(
                self._bucket,
                grant.key,
                Fields=dict(kind),
                Conditions=[kind, ["content-length-range", grant.size, grant.size]],
                ExpiresIn=math.ceil(left.total_seconds()),
            )
        return UploadAddress("POST", form["url"], form["fields"], grant.until)

    def admits(self, grant: UploadGrant, signature: str) -> bool:  # noqa: ARG002 - S3 looks at signatures itself
        """Return False."""
        return False

    def store(self, key: str, content: BinaryIO) -> None:
        """Put an object in place of what the key has."""
        check_key(key)
        with rest_of(content) as body, port_errors(DOCUMENTS):
            blob = cast("BlobTypeDef", body)  # boto3 needs read, seek and tell only
            self._client.put_object(**self._in, Key=key, Body=blob)

    def stat(self, key: str) -> StoredUpload:
        """Return the size and the ETag."""
        with self._about(key):
            head = self._client.head_object(**self._in, Key=key)
        return StoredUpload(head["ContentLength"], head["ETag"])

    def open(self, key: str, version: str) -> BinaryIO:
        """Return the bytes in a file without a name."""
        file = local_copy(self._body(key, version))
        file.seek(0)
        return file

    def copy(self, key: str, version: str, document: str) -> None:
        """Let S3 copy the object, without the metadata that the client gave it.

        A repeated call replaces its own copy by the same bytes, as no other writer knows the key of the document.

        There are services like S3 that ignore the condition. A copy with the ETag of the version has its bytes. One
        with another ETag may have them, too, as ETags of encrypted objects differ; then the upload is looked at again.
        """
        check_key(document)
        owner: _FromBucket = {"ExpectedSourceBucketOwner": self._owner} if self._owner else {}
        with self._about(key):
            answer = self._client.copy_object(
                **self._in,
                **owner,
                Key=document,
                CopySource={"Bucket": self._bucket, "Key": key},
                CopySourceIfMatch=version,
                MetadataDirective="REPLACE",
                ChecksumAlgorithm="SHA256",
            )
        if answer["CopyObjectResult"].get("ETag") == version:
            return
        try:
            changed = self.stat(key).version != version
        except UploadMissing:
            changed = True
        if changed:
            with port_errors(DOCUMENTS):
                self._client.delete_object(**self._in, Key=document)
            raise UploadMismatch

    @contextmanager
    def _body(self, key: str, version: str) -> Iterator["StreamingBody"]:
        with self._about(key):
            yield self._client.get_object(**self._in, Key=key, IfMatch=version)["Body"]

    @contextmanager
    def _about(self, key: str) -> Iterator[None]:
        """Translate the errors of a call about one upload."""
        check_key(key)
        try:
            with port_errors(DOCUMENTS):
                yield
        except DocumentMissing as missing:
            raise UploadMissing from missing
        except DocumentExists as failed:  # the condition
            raise UploadMismatch from failed
        except Denied as denied:
            check_listing(self._client, self._in, key)
            raise UploadMissing from denied
