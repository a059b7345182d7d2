from io import BytesIO

import pytest

from adapters.aws.clients import AwsClients
from adapters.aws.documents import S3Documents
from adapters.aws.plan import Plan
from ocrcore.domain.errors import StorageUnavailable
from ocrcore.ports.documents import DocumentExists, DocumentMissing
from relay_server import Fault, Relay, answer, cut, lose, spoil

CONFLICT = answer(409, "<Error><Code>ConditionalRequestConflict</Code></Error>")
DENIED = answer(403, "<Error><Code>AccessDenied</Code></Error>")
EXPIRED = answer(400, "<Error><Code>ExpiredToken</Code></Error>")
SLOW_DOWN = answer(503, "<Error><Code>SlowDown</Code></Error>")


@pytest.fixture
def documents(relayed: AwsClients, plan: Plan) -> S3Documents:
    return S3Documents(relayed.s3, plan.bucket)


def test_a_put_whose_answer_was_lost_is_no_failure(documents: S3Documents, relay: Relay) -> None:
    relay.faults.append(lose)
    documents.put("a", BytesIO(b"mine"))
    assert [method for method, _, _ in relay.seen] == ["PUT", "PUT", "HEAD"]
    assert documents.get("a") == b"mine"


def test_a_put_is_repeated_from_where_its_stream_began(documents: S3Documents, relay: Relay) -> None:
    content = BytesIO(b"headbody")
    content.seek(4)
    relay.faults += [lose, lose]
    documents.put("a", content)
    assert documents.get("a") == b"body"


@pytest.mark.parametrize("fault", [lose, CONFLICT], ids=["lost", "under way"])
def test_a_put_that_was_repeated_does_not_make_the_document_of_another_mine(
    documents: S3Documents, relay: Relay, fault: Fault
) -> None:
    documents.put("a", BytesIO(b"theirs"))
    relay.faults.append(fault)
    with pytest.raises(DocumentExists):
        documents.put("a", BytesIO(b"mine"))
    assert documents.get("a") == b"theirs"


def test_a_put_waits_for_one_that_is_under_way(documents: S3Documents, relay: Relay) -> None:
    relay.faults += [CONFLICT, CONFLICT]
    documents.put("a", BytesIO(b"mine"))  # the one that was under way: the relay let it through
    assert [method for method, _, _ in relay.seen] == ["PUT", "PUT", "PUT", "HEAD"]
    relay.faults += [CONFLICT] * 3
    with pytest.raises(StorageUnavailable):
        documents.put("a", BytesIO(b"mine"))


@pytest.mark.parametrize("fault", [cut, spoil], ids=["cut", "spoilt"])
def test_a_body_that_is_not_whole_is_no_document(documents: S3Documents, relay: Relay, fault: object) -> None:
    documents.put("a", BytesIO(b"0123456789" * 1000))
    relay.faults.append(fault)  # type: ignore[arg-type]  # both are
    with pytest.raises(StorageUnavailable):
        documents.get("a")
    assert len(documents.get("a")) == 10_000


def test_a_document_that_may_not_be_read_is_missing(documents: S3Documents, relay: Relay) -> None:
    documents.put("a", BytesIO(b"secret"))
    relay.faults.append(DENIED)
    with pytest.raises(DocumentMissing):
        documents.get("a")


def test_a_store_that_may_not_be_read_at_all_is_unavailable(documents: S3Documents, relay: Relay) -> None:
    relay.faults += [DENIED, DENIED]
    with pytest.raises(StorageUnavailable):
        documents.get("a")


def test_a_caller_who_is_nobody_any_more_misses_no_document(documents: S3Documents, relay: Relay) -> None:
    relay.faults.append(EXPIRED)
    with pytest.raises(StorageUnavailable, match="ExpiredToken"):
        documents.get("a")


def test_a_store_that_is_slow_once_is_asked_again(documents: S3Documents, relay: Relay) -> None:
    relay.faults += [SLOW_DOWN, SLOW_DOWN]
    documents.check()
    assert len(relay.seen) == 3


def test_a_store_that_stays_slow_is_unavailable(documents: S3Documents, relay: Relay) -> None:
    relay.faults += [SLOW_DOWN] * 3
    with pytest.raises(StorageUnavailable, match="SlowDown"):
        documents.check()


def test_a_document_that_stays_is_told(documents: S3Documents, relay: Relay) -> None:
    failed = "<DeleteResult><Error><Key>a</Key><Code>InternalError</Code></Error></DeleteResult>"
    relay.faults.append(answer(200, failed))
    with pytest.raises(StorageUnavailable, match="InternalError"):
        documents.delete(["a", "b"])


def test_a_bucket_that_is_not_there_is_unavailable(clients: AwsClients) -> None:
    documents = S3Documents(clients.s3, "no-such-bucket")
    with pytest.raises(StorageUnavailable):
        documents.check()
    with pytest.raises(StorageUnavailable):
        documents.get("a")
    with pytest.raises(StorageUnavailable):
        documents.put("a", BytesIO())


def test_every_call_names_the_owner(relayed: AwsClients, relay: Relay, plan: Plan) -> None:
    documents = S3Documents(relayed.s3, plan.bucket, "123456789012")
    relay.faults += [lose, None, None, DENIED]
    documents.put("a", BytesIO(b"a"))
    with pytest.raises(DocumentMissing):
        documents.get("a")
    documents.keys("", 1)
    documents.delete(["a"])
    documents.check()
    assert {method for method, _, _ in relay.seen} == {"PUT", "HEAD", "GET", "POST"}
    assert all(headers.get("x-amz-expected-bucket-owner") == "123456789012" for _, _, headers in relay.seen)


def test_objects_that_are_no_documents_are_not_listed(clients: AwsClients, plan: Plan) -> None:
    documents = S3Documents(clients.s3, plan.bucket)
    for key in ("a/", "a//b", "a/../b", "a/b", "b"):
        clients.s3.put_object(Bucket=plan.bucket, Key=key)
    assert documents.keys("", 2) == ["a/b", "b"]


def test_more_than_a_page_is_listed_and_deleted(clients: AwsClients, plan: Plan) -> None:
    documents = S3Documents(clients.s3, plan.bucket)
    wanted = [f"a/{number:04}" for number in range(1003)]
    for key in wanted:
        clients.s3.put_object(Bucket=plan.bucket, Key=key)
    assert documents.keys("a/", 2000) == wanted
    assert documents.keys("a/", 1001) == wanted[:1001]
    documents.delete(wanted)
    assert documents.keys("a/", 1) == []
