"""The boto3 clients of a process, with time-outs that end."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from adapters.aws.errors import IDENTITY, port_errors

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sts import STSClient

#: Seconds until a connection stands.
_CONNECT: Final = 3
#: Longest wait of one receive, in seconds: what SQS allows.
LONG_POLL: Final = 20
#: Seconds without a byte of the answer. That of SQS outlasts the long poll: who gives up before the answer comes
#: has received messages without knowing them.
_READ: Final = {"s3": 20, "sqs": LONG_POLL + 5, "dynamodb": 10, "sts": 5}


@dataclass(frozen=True, slots=True)
class AwsClients:
    """One client a service; any number of threads may use them."""

    s3: "S3Client"
    sqs: "SQSClient"
    dynamodb: "DynamoDBClient"
    sts: "STSClient"

    @property
    def is_aws(self) -> bool:
        """Whether the documents go to AWS itself, not to something that stands in for it."""
        return _is_aws(self.s3.meta.endpoint_url)

    def close(self) -> None:
        """Close the connections."""
        for client in (self.s3, self.sqs, self.dynamodb, self.sts):
            client.close()


def open_clients(threads: int = 10, *, region: str | None = None, session: boto3.Session | None = None) -> AwsClients:
    """Return clients for so many threads; to be called before there are any.

    Credentials, region and endpoints are what boto3 finds, unless region or session say otherwise: boto3 by itself
    looks for ``AWS_DEFAULT_REGION``, not for ``AWS_REGION``.
    """
    using = session or boto3.Session(region_name=region)
    with port_errors(IDENTITY):
        return AwsClients(
            s3=_open_s3(using, threads),
            sqs=using.client("sqs", config=_config("sqs", threads)),
            dynamodb=using.client("dynamodb", config=_config("dynamodb", threads)),
            sts=using.client("sts", config=_config("sts", threads)),
        )


def account_of(clients: AwsClients) -> str:
    """Return the caller's own account. Raises ``StorageUnavailable``."""
    with port_errors(IDENTITY):
        return clients.sts.get_caller_identity()["Account"]


def _open_s3(session: boto3.Session, threads: int) -> "S3Client":
    client = session.client("s3", config=_config("s3", threads))
    if _is_aws(client.meta.endpoint_url):
        return client
    client.close()  # what stands in for S3 has one host name for all buckets
    return session.client("s3", config=_config("s3", threads).merge(Config(s3={"addressing_style": "path"})))


def _config(service: str, threads: int) -> Config:
    return Config(
        connect_timeout=_CONNECT,
        read_timeout=_READ[service],
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=max(10, threads),
        tcp_keepalive=True,
    )


def _is_aws(endpoint: str) -> bool:
    host = urlsplit(endpoint).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn"))
