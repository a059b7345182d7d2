"""The bucket of the documents: the arguments of every call about it, and what it answers to those who may not look."""

from typing import TYPE_CHECKING, NotRequired, TypedDict

from adapters.aws.errors import DOCUMENTS, port_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class InBucket(TypedDict):
    """The arguments that name the bucket."""

    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


def in_bucket(bucket: str, expected_owner: str | None) -> InBucket:
    """Return the arguments. With an owner, calls fail if the bucket belongs to another account."""
    if expected_owner:
        return InBucket(Bucket=bucket, ExpectedBucketOwner=expected_owner)
    return InBucket(Bucket=bucket)


def check_listing(client: "S3Client", where: InBucket, prefix: str) -> None:
    """Return if keys with the prefix can be listed. Without that permission, S3 does not report what is missing."""
    with port_errors(DOCUMENTS):
        client.list_objects_v2(**where, Prefix=prefix, MaxKeys=1)
