"""The boto3 clients of a process, with time-outs that end."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSRequest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import HTTPClientError

from adapters.aws.errors import IDENTITY, port_errors

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sts import STSClient

#: Longest wait of one receive, in seconds: what SQS allows.
LONG_POLL: Final = 20
_TRIES: Final = 3
C = TypeVar("C", bound=BaseClient)


@dataclass(frozen=True, slots=True)
class _Limits:
    """How long a call may take, in seconds."""

    #: Without a byte of the answer, or of the request, moving. What moves may take as long as it takes.
    silence: float
    #: From the first try until the start of the last, so that a call ends after this and one more try.
    budget: float
    #: Until a connection stands.
    connect: float = 2


_CALLS: Final = _Limits(silence=2.5, budget=3)
_DOCUMENTS: Final = _Limits(silence=4, budget=5)
#: A receive outlasts its long poll: who gives up before the answer comes has received messages without knowing them.
_POLLS: Final = _Limits(silence=LONG_POLL + 5, budget=3)


class BudgetSpent(HTTPClientError):
    """The call failed, and has taken too long to be tried again."""

    fmt = "The call was not tried again: its time is over."


@dataclass(frozen=True, slots=True)
class AwsClients:
    """One client a service; any number of threads may use them."""

    s3: "S3Client"
    sqs: "SQSClient"
    #: For receives that wait.
    sqs_polls: "SQSClient"
    dynamodb: "DynamoDBClient"
    sts: "STSClient"

    @property
    def is_aws(self) -> bool:
        """Whether the documents go to AWS itself, not to something that stands in for it."""
        return _is_aws(self.s3.meta.endpoint_url)

    def close(self) -> None:
        """Close the connections."""
        for client in (self.s3, self.sqs, self.sqs_polls, self.dynamodb, self.sts):
            client.close()


def open_clients(threads: int = 10, *, region: str | None = None, session: boto3.Session | None = None) -> AwsClients:
    """Return clients for so many threads; to be called before there are any.

    Credentials, region and endpoints are what boto3 finds, unless region or session say otherwise: boto3 by itself
    looks for ``AWS_DEFAULT_REGION``, not for ``AWS_REGION``.
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
        )


def account_of(clients: AwsClients) -> str:
    """Return the caller's own account. Raises ``StorageUnavailable``."""
    with port_errors(IDENTITY):
        return clients.sts.get_caller_identity()["Account"]


def _open_s3(session: boto3.Session, threads: int) -> "S3Client":
    config = _config(_DOCUMENTS, threads)
    client = session.client("s3", config=config)
    if _is_aws(client.meta.endpoint_url):
        return _limited(client, _DOCUMENTS)
    client.close()  # what stands in for S3 has one host name for all buckets
    return _limited(session.client("s3", config=config.merge(Config(s3={"addressing_style": "path"}))), _DOCUMENTS)


def _limited(client: C, limits: _Limits) -> C:
    """Return the client, which tries a call again as long as its time is not over."""

    def begin(request: AWSRequest, **_: object) -> None:
        first_try: float = request.context.setdefault("ocrcore_first_try", time.monotonic())
        if time.monotonic() - first_try > limits.budget:
            raise BudgetSpent

    client.meta.events.register_first("request-created", begin)
    return client


def _config(limits: _Limits, threads: int) -> Config:
    return Config(
        connect_timeout=limits.connect,
        read_timeout=limits.silence,
        retries={"mode": "standard", "total_max_attempts": _TRIES},
        max_pool_connections=max(10, threads),
        tcp_keepalive=True,
    )


def _is_aws(endpoint: str) -> bool:
    host = urlsplit(endpoint).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn"))
