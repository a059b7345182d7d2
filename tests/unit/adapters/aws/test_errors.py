import pytest
import urllib3.exceptions
from botocore import exceptions as boto
from botocore.exceptions import ClientError

from adapters.aws.errors import (
    AUDIT,
    DOCUMENTS,
    IDENTITY,
    PASSING_CODES,
    QUEUE,
    Conflict,
    Denied,
    InFlightLimit,
    Table,
    port_error,
    port_errors,
)
from ocrcore.domain.errors import AuditUnavailable, QueueUnavailable, StorageUnavailable
from ocrcore.ports.documents import DocumentExists, DocumentMissing

TABLES = (DOCUMENTS, QUEUE, AUDIT, IDENTITY)

MISSING, WRONG = "NoSuchKey", "InvalidArgument"

ANSWERS = [
    (DOCUMENTS, "NoSuchKey", 404, DocumentMissing),
    (DOCUMENTS, "404", 404, DocumentMissing),
    (DOCUMENTS, "PreconditionFailed", 412, DocumentExists),
    (DOCUMENTS, "412", 412, DocumentExists),
    (DOCUMENTS, "AccessDenied", 403, Denied),
    (DOCUMENTS, "403", 403, Denied),
    (DOCUMENTS, "ConditionalRequestConflict", 409, Conflict),
    (DOCUMENTS, "NoSuchBucket", 404, StorageUnavailable),
    (DOCUMENTS, "BucketAlreadyExists", 409, StorageUnavailable),
    (DOCUMENTS, "PermanentRedirect", 301, StorageUnavailable),
    (DOCUMENTS, "BadDigest", 400, StorageUnavailable),
    (DOCUMENTS, "IncompleteBody", 400, StorageUnavailable),
    (DOCUMENTS, "SlowDown", 503, StorageUnavailable),
    (DOCUMENTS, "InternalError", 500, StorageUnavailable),
    (DOCUMENTS, "InvalidAccessKeyId", 403, StorageUnavailable),
    (DOCUMENTS, "SignatureDoesNotMatch", 403, StorageUnavailable),
    (DOCUMENTS, "RequestTimeTooSkewed", 403, StorageUnavailable),
    (DOCUMENTS, "KMS.DisabledException", 400, StorageUnavailable),
    (DOCUMENTS, "EntityTooLarge", 400, None),
    (DOCUMENTS, "InvalidArgument", 400, None),
    (QUEUE, "OverLimit", 403, InFlightLimit),
    (QUEUE, "AWS.SimpleQueueService.NonExistentQueue", 400, QueueUnavailable),
    (QUEUE, "NonExistentQueue", 400, QueueUnavailable),
    (QUEUE, "QueueDoesNotExist", 400, QueueUnavailable),
    (QUEUE, "QueueDeletedRecently", 400, QueueUnavailable),
    (QUEUE, "KmsThrottled", 400, QueueUnavailable),
    (QUEUE, "AccessDenied", 403, QueueUnavailable),
    (QUEUE, "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", 400, None),
    (QUEUE, "InvalidMessageContents", 400, None),
    (AUDIT, "ResourceNotFoundException", 400, AuditUnavailable),
    (AUDIT, "ResourceInUseException", 400, AuditUnavailable),
    (AUDIT, "InternalServerError", 500, AuditUnavailable),
    (AUDIT, "ValidationException", 400, None),
    (AUDIT, "ItemCollectionSizeLimitExceededException", 400, None),
    (IDENTITY, "InvalidClientTokenId", 403, StorageUnavailable),
]

#: Errors that boto3 raises by itself, and whether they pass.
OWN_ERRORS = [
    (boto.EndpointConnectionError(endpoint_url="http://secret", error="refused"), True),
    (boto.ConnectTimeoutError(endpoint_url="http://secret"), True),
    (boto.ReadTimeoutError(endpoint_url="http://secret"), True),
    (boto.ConnectionClosedError(endpoint_url="http://secret"), True),
    (boto.SSLError(endpoint_url="http://secret", error=OSError("expired")), True),
    (boto.ProxyConnectionError(proxy_url="http://secret"), True),
    (boto.HTTPClientError(error="broken"), True),
    (boto.ResponseStreamingError(error="broken"), True),
    (boto.IncompleteReadError(actual_bytes=1, expected_bytes=2), True),
    (boto.FlexibleChecksumError(error_msg="differs"), True),
    (boto.ChecksumError(checksum_type="crc32", expected_checksum="1", actual_checksum="2"), True),
    (boto.NoCredentialsError(), True),
    (boto.PartialCredentialsError(provider="env", cred_var="secret"), True),
    (boto.CredentialRetrievalError(provider="role", error_msg="away"), True),
    (boto.MetadataRetrievalError(error_msg="away"), True),
    (boto.TokenRetrievalError(provider="sso", error_msg="away"), True),
    (boto.UnauthorizedSSOTokenError(), True),
    (boto.WaiterError(name="TableExists", reason="Max attempts exceeded", last_response={}), True),
    (urllib3.exceptions.ProtocolError("broken"), True),
    (boto.ParamValidationError(report="wrong"), False),
    (boto.NoRegionError(), False),
]


def an_answer(code: str, status: int) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": "arn:secret"}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]  # the rest does not matter
        "SomeCall",
    )


@pytest.mark.parametrize(("table", "code", "status", "kind"), ANSWERS)
def test_an_answer_has_one_meaning(table: Table, code: str, status: int, kind: type[Exception] | None) -> None:
    meant = port_error(an_answer(code, status), table)
    assert (None if meant is None else type(meant)) is kind


@pytest.mark.parametrize("table", TABLES)
def test_every_row_of_a_table_is_tried(table: Table) -> None:
    assert set(table.codes) <= {code for of, code, _, _ in ANSWERS if of is table}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("code", sorted(PASSING_CODES))
def test_what_passes_passes_everywhere(table: Table, code: str) -> None:
    assert type(port_error(an_answer(code, 400), table)) is table.unavailable


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(("error", "passes"), OWN_ERRORS, ids=lambda value: type(value).__name__)
def test_an_error_without_an_answer_passes_or_is_a_bug(table: Table, error: Exception, passes: bool) -> None:  # noqa: FBT001 - a column
    meant = port_error(error, table)
    assert (None if meant is None else type(meant)) is (table.unavailable if passes else None)


@pytest.mark.parametrize(
    "error", [an_answer("SlowDown arn:secret", 503), *(error for error, passes in OWN_ERRORS if passes)]
)
def test_no_error_tells_where(error: Exception) -> None:
    assert "secret" not in str(port_error(error, DOCUMENTS))


def test_errors_are_translated_on_their_way() -> None:
    with pytest.raises(DocumentMissing) as raised, port_errors(DOCUMENTS):
        raise an_answer(MISSING, 404)
    assert isinstance(raised.value.__cause__, ClientError)


def test_bugs_are_raised_as_they_came() -> None:
    with pytest.raises(ClientError), port_errors(DOCUMENTS):
        raise an_answer(WRONG, 400)
    with pytest.raises(KeyError), port_errors(DOCUMENTS):
        raise KeyError
