"""How long, and for whom, the resources in AWS keep what is stored: settings that the processes cannot notice.

Needs rights of the doctor. Services like S3 lack some of the calls; what they lack they cannot have set.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from adapters.aws.clients import AwsClients
from adapters.aws.errors import AUDIT, DOCUMENTS, Table, code_of, deployment_errors
from adapters.aws.plan import Plan
from ocrcore.domain.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

#: The attribute of an entry of the audit log with the time from which on DynamoDB may remove it.
TTL: Final = "ttl"
#: Where documents are.
_DOCUMENTS: Final = "jobs/"
#: S3's code for a bucket that blocks no public access.
_NO_BLOCK: Final = "NoSuchPublicAccessBlockConfiguration"
#: Codes for a setting that was never made, or for a call that a service like S3 does not know.
_UNSET: Final = frozenset(
    {
        "NoSuchLifecycleConfiguration",
        _NO_BLOCK,
        "NotImplemented",
        "MethodNotAllowed",
        "UnknownOperationException",
    }
)
_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "403"})


def unfit_retention(clients: AwsClients, plan: Plan) -> Iterator[str]:
    """Yield what keeps too little, too much, or for everybody, one line each, and what may not be looked at.

    What is missing or away is for preflight to tell.
    """
    looks: Sequence[tuple[str, Table, Callable[[], Iterator[str]]]] = (
        ("documents", DOCUMENTS, lambda: _of_versions(clients.s3, plan.bucket)),
        ("documents", DOCUMENTS, lambda: _of_lifecycle(clients.s3, plan.bucket)),
        ("documents", DOCUMENTS, lambda: _of_access(clients.s3, plan.bucket)),
        ("audit", AUDIT, lambda: _of_table(clients.dynamodb, plan.table)),
    )
    for part, table, look in looks:
        if part in plan.parts:
            try:
                with deployment_errors(table):
                    yield from look()
            except Unavailable as error:
                if isinstance(error.__cause__, ClientError) and code_of(error.__cause__) in _DENIED:
                    yield f"The doctor may not look at all settings: {error}"


def expiring_by(dynamodb: "DynamoDBClient", table: str) -> str | None:
    """Return the attribute by which entries expire, or None if they never do."""
    life = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    return life.get("AttributeName") if life.get("TimeToLiveStatus") in {"ENABLED", "ENABLING"} else None


def other_attribute(table: str, attribute: str) -> str:
    """Return what to do about entries that expire by another attribute. DynamoDB takes an hour to change it."""
    return (
        f"Entries of the table {table} expire by the attribute {attribute}, and not by {TTL}: disable that (aws"
        " dynamodb update-time-to-live), and run ocrcore init an hour later."
    )


def _of_versions(s3: "S3Client", bucket: str) -> Iterator[str]:
    is_versioned = False
    with _unset():
        is_versioned = "Status" in s3.get_bucket_versioning(Bucket=bucket)
    if is_versioned and not any(
        "NoncurrentVersionExpiration" in rule and _concerns_documents(rule) for rule in _rules(s3, bucket)
    ):
        yield (
            f"The bucket {bucket} keeps versions of what is deleted, and no lifecycle rule ends them; what people"
            " delete stays there."
        )


def _of_lifecycle(s3: "S3Client", bucket: str) -> Iterator[str]:
    for rule in _rules(s3, bucket):
        expires = {"Days", "Date"} & rule.get("Expiration", {}).keys()
        if (expires or rule.get("Transitions")) and _concerns_documents(rule):
            what = "removes" if expires else "moves"
            yield (
                f"The lifecycle rule {rule.get('ID', 'without a name')} of the bucket {bucket} {what} documents below"
                f" {_DOCUMENTS} that jobs still have."
            )


def _of_access(s3: "S3Client", bucket: str) -> Iterator[str]:
    try:
        blocked = all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    except ClientError as error:
        if code_of(error) not in _UNSET:
            raise
        blocked = code_of(error) != _NO_BLOCK
    if not blocked:
        yield f"The bucket {bucket} does not block all public access; ocrcore init sets it."


def _of_table(dynamodb: "DynamoDBClient", table: str) -> Iterator[str]:
    attribute: str | None = TTL
    with _unset():
        attribute = expiring_by(dynamodb, table)
    if attribute is None:
        yield f"Entries of the table {table} never expire; ocrcore init sets it."
    elif attribute != TTL:
        yield other_attribute(table, attribute)


def _rules(s3: "S3Client", bucket: str) -> list[Any]:
    """Return the lifecycle rules that are enabled."""
    with _unset():
        rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        return [rule for rule in rules if rule["Status"] == "Enabled"]
    return []


def _concerns_documents(rule: Any) -> bool:  # noqa: ANN401 - as boto3 gives it, of which the types know too little
    """Return whether a lifecycle rule selects some documents: by a prefix, and not by tags, which they do not have."""
    chosen = rule.get("Filter", {})
    chosen = chosen.get("And", chosen)
    if chosen.get("Tag") or chosen.get("Tags"):
        return False
    prefix = str(chosen.get("Prefix", rule.get("Prefix", "")))
    return prefix.startswith(_DOCUMENTS) or _DOCUMENTS.startswith(prefix)


@contextmanager
def _unset() -> Iterator[None]:
    """Pass over the error of a setting that was not made."""
    try:
        yield
    except ClientError as error:
        if code_of(error) not in _UNSET:
            raise
