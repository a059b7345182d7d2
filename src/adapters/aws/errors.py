"""Translation of boto3 errors into port errors, with one table per service."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import urllib3.exceptions
from botocore import exceptions as boto

from ocrcore.domain.errors import AuditUnavailable, OcrError, QueueUnavailable, StorageUnavailable, Unavailable
from ocrcore.ports.documents import DocumentExists, DocumentMissing


class Denied(StorageUnavailable):
    """The store accepts the caller's credentials and denies this call."""


class Conflict(StorageUnavailable):
    """Another conditional write of the same key is in progress. A retry may succeed."""


class InFlightLimit(QueueUnavailable):
    """The limit of messages in flight is reached, and SQS delivers no more."""


class BudgetSpent(boto.HTTPClientError):
    """The call failed, and its time for retries is over. ``last`` is the code of the last answer, empty without one."""

    fmt = "The call was not tried again: its time is over."

    def __init__(self, last: str = "") -> None:
        super().__init__()
        self.last = last


@dataclass(frozen=True, slots=True)
class Table:
    """The meaning of one service's errors."""

    #: Its name in error sentences.
    service: str
    #: Raised when the service is unavailable, unreachable or overloaded, or access is denied.
    unavailable: type[Unavailable]
    #: Error codes with a more specific meaning.
    codes: Mapping[str, type[OcrError]]


DOCUMENTS: Final = Table(
    "The store of documents",
    StorageUnavailable,
    MappingProxyType(
        {
            "NoSuchKey": DocumentMissing,
            "404": DocumentMissing,
            "PreconditionFailed": DocumentExists,
            "412": DocumentExists,
            "AccessDenied": Denied,
            "403": Denied,
            "ConditionalRequestConflict": Conflict,
            "NoSuchBucket": StorageUnavailable,
            "BucketAlreadyExists": StorageUnavailable,
            "PermanentRedirect": StorageUnavailable,
            "BadDigest": StorageUnavailable,
            "IncompleteBody": StorageUnavailable,
        }
    ),
)
QUEUE: Final = Table(
    "The queue",
    QueueUnavailable,
    MappingProxyType(
        {
            "OverLimit": InFlightLimit,
            "QueueDoesNotExist": QueueUnavailable,
            "NonExistentQueue": QueueUnavailable,
            "QueueDeletedRecently": QueueUnavailable,
        }
    ),
)
AUDIT: Final = Table(
    "The audit log",
    AuditUnavailable,
    MappingProxyType({"ResourceNotFoundException": AuditUnavailable, "ResourceInUseException": AuditUnavailable}),
)
MONITOR: Final = Table("CloudWatch", Unavailable, MappingProxyType({}))
IDENTITY: Final = Table("AWS", StorageUnavailable, MappingProxyType({}))

#: Codes of any service that mean ``unavailable``, although their HTTP status blames the request.
PASSING_CODES: Final = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidSignatureException",
        "InvalidToken",
        "LimitExceededException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestExpired",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "Throttling",
        "ThrottledException",
        "ThrottlingException",
        "TokenRefreshRequired",
        "TooManyRequestsException",
        "UnrecognizedClientException",
        "AccessDeniedException",
    }
)
#: HTTP statuses that mean ``unavailable``, besides those from 500 on.
PASSING_STATUSES: Final = frozenset({401, 403, 408, 429})
#: Errors without a response from the service that mean ``unavailable`` too.
PASSING_ERRORS: Final = (
    boto.ConnectionError,
    boto.HTTPClientError,
    boto.IncompleteReadError,
    boto.ChecksumError,
    boto.FlexibleChecksumError,
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.CredentialRetrievalError,
    boto.MetadataRetrievalError,
    boto.TokenRetrievalError,
    boto.SSOError,
    boto.LoginError,
    boto.WaiterError,
    urllib3.exceptions.HTTPError,
)
#: Codes of any service, and client-side errors, that concern the credentials and not the resource.
_CALLER_CODES: Final = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
        "UnrecognizedClientException",
    }
)
_CALLER_ERRORS: Final = (
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.CredentialRetrievalError,
    boto.MetadataRetrievalError,
    boto.TokenRetrievalError,
    boto.SSOError,
    boto.LoginError,
)
_NETWORK_ERRORS: Final = (boto.ConnectionError, boto.HTTPClientError, urllib3.exceptions.HTTPError)
_NO_CREDENTIALS: Final = (
    "There are no AWS credentials that can be used: give the machine a role, or set AWS_ACCESS_KEY_ID and"
    " AWS_SECRET_ACCESS_KEY."
)
_REFUSED: Final = "AWS refuses the credentials, or the machine's clock is wrong"
_UNREACHED: Final = "does not answer; look at the network, at AWS_REGION and at AWS_ENDPOINT_URL"
#: Codes for a resource that does not exist.
_MISSING: Final = frozenset(
    {"NoSuchBucket", "QueueDoesNotExist", "NonExistentQueue", "ResourceNotFoundException", "404"}
)
_WORD: Final = re.compile(r"[A-Za-z0-9.]{1,80}")


def code_of(error: boto.ClientError) -> str:
    """Return the error code of a response, without the prefix of old SQS codes."""
    return str(error.response.get("Error", {}).get("Code", "")).removeprefix("AWS.SimpleQueueService.")


def port_error(error: Exception, table: Table, call: str = "it") -> OcrError | None:
    """Return the port's error, or None if the request was wrong and the original error should be raised."""
    if isinstance(error, boto.ClientError):
        code = code_of(error)
        kind = table.codes.get(code, table.unavailable if _is_passing(error, code) else None)
        return None if kind is None else kind(_sentence(table, code, call))
    return table.unavailable(_own_sentence(table, error)) if isinstance(error, PASSING_ERRORS) else None


def concerns_all(error: OcrError) -> bool:
    """Return whether the error concerns credentials or the network, so that every other call would fail too."""
    cause = error.__cause__
    if isinstance(cause, boto.ClientError):
        return code_of(cause) in _CALLER_CODES
    return isinstance(cause, (*_CALLER_ERRORS, *_NETWORK_ERRORS))


def is_missing(error: OcrError) -> bool:
    """Return whether the resource does not exist."""
    return isinstance(error.__cause__, boto.ClientError) and code_of(error.__cause__) in _MISSING


@contextmanager
def port_errors(table: Table) -> Iterator[None]:
    """Translate boto3 errors into port errors."""
    try:
        yield
    except (boto.BotoCoreError, boto.ClientError, urllib3.exceptions.HTTPError) as error:
        if (meant := port_error(error, table)) is None:
            raise
        raise meant from error


@contextmanager
def deployment_errors(table: Table) -> Iterator[None]:
    """Translate every boto3 error: during setup and checks, a wrong request comes from a wrong resource name.

    These errors are for operators, so they name the call.
    """
    try:
        yield
    except (boto.BotoCoreError, boto.ClientError, urllib3.exceptions.HTTPError) as error:
        call, name = "it", type(error).__name__
        if isinstance(error, boto.ClientError):
            call, name = error.operation_name, code_of(error)
        raise port_error(error, table, call) or table.unavailable(_sentence(table, name, call)) from error


def _is_passing(error: boto.ClientError, code: str) -> bool:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return code in PASSING_CODES or code.upper().startswith("KMS") or status in PASSING_STATUSES or status >= 500  # noqa: PLR2004 - the server errors of HTTP


def _own_sentence(table: Table, error: Exception) -> str:
    if isinstance(error, _CALLER_ERRORS):
        return _NO_CREDENTIALS
    if isinstance(error, BudgetSpent) and error.last:
        return _sentence(table, error.last)
    name = type(error).__name__
    return f"{table.service} {_UNREACHED} ({name})." if isinstance(error, _NETWORK_ERRORS) else _sentence(table, name)


def _sentence(table: Table, code: str, call: str = "it") -> str:
    if code in _CALLER_CODES:
        return f"{_REFUSED} ({code})."
    return f"{table.service} did not do {call} ({code if _WORD.fullmatch(code) else 'unknown error'})."
