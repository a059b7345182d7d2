"""``ocrcore init`` on AWS: creates the bucket, the queues and the table, and sets their attributes."""

import json
import math
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from adapters.aws.clients import AwsClients
from adapters.aws.errors import AUDIT, DOCUMENTS, QUEUE, Table, code_of, concerns_all, deployment_errors
from adapters.aws.plan import DEAD_RETENTION, Plan
from adapters.aws.retention import TTL, expiring_by, other_attribute
from ocrcore.domain.errors import AuditUnavailable, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType

#: The region whose buckets are created without a location.
_FIRST_REGION: Final = "us-east-1"
#: HEAD's codes for a bucket that is missing or belongs to another account. Creating it tells them apart.
_NOT_OURS: Final = {"404", "403"}


def provision(clients: AwsClients, plan: Plan) -> None:
    """Create missing resources that are used, and correct differing attributes. Deletes nothing.

    A part that fails does not keep the others from being made. Raises ``Unavailable`` with all that failed.
    """
    steps: Sequence[tuple[str, Table, Callable[[], None]]] = (
        ("documents", DOCUMENTS, lambda: _make_bucket(clients.s3, plan)),
        ("queue", QUEUE, lambda: _make_queues(clients.sqs, plan)),
        ("audit", AUDIT, lambda: _make_table(clients.dynamodb, plan.table)),
    )
    failed: list[Unavailable] = []
    for part, table, make in steps:
        if part in plan.parts:
            try:
                with deployment_errors(table):
                    make()
            except Unavailable as error:
                failed.append(error)
                if concerns_all(error):
                    break
    if failed:
        raise type(failed[0])(" ".join(map(str, failed))) from failed[0].__cause__


def _make_bucket(s3: "S3Client", plan: Plan) -> None:
    region = s3.meta.region_name
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        if region != _FIRST_REGION:
            s3.create_bucket(Bucket=plan.bucket, CreateBucketConfiguration={"LocationConstraint": region})  # type: ignore[typeddict-item]  # the list of regions grows
        elif not _is_ours(s3, plan):
            s3.create_bucket(Bucket=plan.bucket)
    s3.put_public_access_block(
        Bucket=plan.bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )


def _is_ours(s3: "S3Client", plan: Plan) -> bool:
    """Return whether the bucket exists: in the first region, creating one's own bucket again resets its ACLs."""
    try:
        if plan.bucket_owner:
            s3.head_bucket(Bucket=plan.bucket, ExpectedBucketOwner=plan.bucket_owner)
        else:
            s3.head_bucket(Bucket=plan.bucket)
    except ClientError as error:
        if code_of(error) not in _NOT_OURS:  # a bucket that did not answer may exist, and must not be created again
            raise
        return False
    return True


def _make_queues(sqs: "SQSClient", plan: Plan) -> None:
    hidden = _seconds(plan.visibility_timeout)
    dead = _make_queue(
        sqs, plan.dead_letter_queue, {"MessageRetentionPeriod": _seconds(DEAD_RETENTION), "VisibilityTimeout": hidden}
    )
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": plan.max_receive_count}
    _make_queue(
        sqs,
        plan.queue,
        {
            "MessageRetentionPeriod": _seconds(plan.retention),
            "VisibilityTimeout": hidden,
            "RedrivePolicy": json.dumps(redrive),
        },
    )


def _make_queue(sqs: "SQSClient", name: str, attributes: "Mapping[QueueAttributeNameType, str]") -> str:
    """Create the queue, or update its attributes, and return its URL."""
    try:
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    except sqs.exceptions.QueueDoesNotExist:
        return sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
    return url


def _make_table(dynamodb: "DynamoDBClient", table: str) -> None:
    with suppress(dynamodb.exceptions.ResourceInUseException):
        dynamodb.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        )
    dynamodb.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 2, "MaxAttempts": 60})
    attribute = expiring_by(dynamodb, table)
    if attribute not in {None, TTL}:
        raise AuditUnavailable(other_attribute(table, str(attribute)))
    if attribute is None:
        dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": TTL})


def _seconds(duration: timedelta) -> str:
    return str(math.ceil(duration.total_seconds()))
