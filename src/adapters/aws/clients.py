"""The boto3 clients of a process, with bounded timeouts and retries."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.client import BaseClient
from botocore.config import Config

from adapters.aws.errors import IDENTITY, BudgetSpent, port_errors

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sts import STSClient

#: Longest wait of one receive, in seconds: the limit of SQS.
LONG_POLL: Final = 20
_TRIES: Final = 3
#: Where a request's context has the code of its last answer that was an error.
_LAST_ANSWER: Final = "ocrcore_last_answer"
C = TypeVar("C", bound=BaseClient)


@dataclass(frozen=True, slots=True)
class _Limits:
    """Time limits of a call, in seconds."""

    #: Longest time without progress of the request or the response. A transfer that progresses has no limit.
    idle: float
    #: Longest time from the first try to the start of the last. A call ends after this time and one more try.
    budget: float
    #: Longest time to open a connection.
    connect: float = 2


_CALLS: Final = _Limits(idle=2.5, budget=3)
_DOCUMENTS: Final = _Limits(idle=4, budget=5)
#: The timeout exceeds the long poll: a client that gives up earlier loses messages that SQS has delivered.
_POLLS: Final = _Limits(idle=LONG_POLL + 5, budget=3)


@dataclass(frozen=True, slots=True)
class AwsClients:
    """One client per service. Safe to share between threads."""

    s3: "S3Client"
    sqs: "SQSClient"
    #: For receives with long polling.
    sqs_polls: "SQSClient"
    dynamodb: "DynamoDBClient"
    sts: "STSClient"
    cloudwatch: "CloudWatchClient"

    @property
    def is_aws(self) -> bool:
        """Whether documents are stored on AWS itself, rather than on an S3-compatible service."""
        return _is_aws(self.s3.meta.endpoint_url)

    def close(self) -> None:
        """Close the connections."""
        for client in (self.s3, self.sqs, self.sqs_polls, self.dynamodb, self.sts, self.cloudwatch):
            client.close()


def open_clients(threads: int = 10, *, region: str | None = None, session: boto3.Session | None = None) -> AwsClients:
    """Return clients for this number of threads. Must be called before the threads start.

    boto3 finds credentials, region and endpoints, unless ``region`` or ``session`` override them. By itself boto3 reads
    ``AWS_DEFAULT_REGION``, not ``AWS_REGION``.
    """
    using = session or boto3.Session(region_name=region)
    calls, polls = _config(_CALLS, threads), _config(_POLLS, threads)
    with port_errors(IDENTITY):
        return AwsClients(
            s3=_open_s3(using, threads),
            sqs=_limited(using.client("sqs", config=calls), _CALLS),
            sqs_polls=_limited(using.client("sqs", config=polls), _POLLS),
            dynamodb=_limited(using.client("dynamodb", config=calls), _CALLS),
            sts=_limited(using.client("sts", config=calls), _CALLS),
            cloudwatch=_limited(using.client("cloudwatch", config=calls), _CALLS),
        )


def account_of(clients: AwsClients) -> str:
    """Return the id of the caller's account. Raises ``StorageUnavailable``."""
    with port_errors(IDENTITY):
        return clients.sts.get_caller_identity()["Account"]


def _open_s3(session: boto3.Session, threads: int) -> "S3Client":
    # Boto3 signs requests so anyway, but forms for uploads by version 2 in the regions that once knew it. Buckets with
    # keys of KMS, and many services like S3, refuse those.
    # By default, forms also go to the global host of S3, which redirects them to the region of a new bucket for hours.
    config = _config(_DOCUMENTS, threads).merge(Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))
    client = session.client("s3", config=config)
    if _is_aws(client.meta.endpoint_url):
        return _limited(client, _DOCUMENTS)
    client.close()  # S3-compatible services have one host name for all buckets
    return _limited(session.client("s3", config=config.merge(Config(s3={"addressing_style": "path"}))), _DOCUMENTS)


def _limited(client: C, limits: _Limits) -> C:
    """Return the client, restricted to retries within its time budget."""

    def begin(request: AWSRequest, **_: object) -> None:
        now = time.monotonic()
        first_try: float = request.context.setdefault("ocrcore_first_try", now)
        if now - first_try > limits.budget:
            raise BudgetSpent(request.context.get(_LAST_ANSWER, ""))

    def remember(context: dict[str, object], parsed_response: Mapping[str, Any] | None, **_: object) -> None:
        context[_LAST_ANSWER] = str((parsed_response or {}).get("Error", {}).get("Code", ""))

    client.meta.events.register_first("request-created", begin)
    client.meta.events.register("response-received", remember)
    return client


def _config(limits: _Limits, threads: int) -> Config:
    return Config(
        connect_timeout=limits.connect,
        read_timeout=limits.idle,
        retries={"mode": "standard", "total_max_attempts": _TRIES},
        max_pool_connections=max(10, threads),
        tcp_keepalive=True,
    )


def _is_aws(endpoint: str) -> bool:
    host = urlsplit(endpoint).hostname or ""
    return host.endswith(_suffixes())


@cache
def _suffixes() -> tuple[str, ...]:
    """Return the ends of the host names of every partition of AWS, such as ``.amazonaws.com`` and ``.amazonaws.eu``."""
    partitions = botocore.session.get_session().get_data("endpoints")["partitions"]
    return tuple(f".{partition['dnsSuffix']}" for partition in partitions)
