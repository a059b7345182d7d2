import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from adapters.aws.audit import DynamoAudit
from adapters.aws.clients import LONG_POLL, AwsClients, _Limits, account_of, open_clients
from adapters.aws.documents import S3Documents
from adapters.aws.plan import Plan
from adapters.aws.queue import SqsQueue
from adapters.memory.clock import MemoryClock
from moto_server import SESSION, clients_of
from ocrcore.domain.errors import AuditUnavailable, QueueUnavailable, StorageUnavailable
from ocrcore.testing.builders import START
from ocrcore.testing.patience import within
from relay_server import Relay, answer


def test_the_callers_account_is_known(clients: AwsClients) -> None:
    assert account_of(clients) == "123456789012"


def test_what_stands_in_for_aws_is_told_from_it(clients: AwsClients, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not clients.is_aws
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    real = open_clients(session=SESSION)
    assert real.is_aws
    real.close()


def test_a_region_can_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    clients = open_clients(region="eu-north-1")
    assert clients.sqs.meta.region_name == "eu-north-1"
    clients.close()


def test_buckets_of_a_stand_in_are_folders_of_its_address(clients: AwsClients) -> None:
    url = clients.s3.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "a"})
    assert url.startswith(f"{clients.s3.meta.endpoint_url}/bucket/a?")


def test_a_receive_outlasts_its_long_poll(clients: AwsClients) -> None:
    config: Any = clients.sqs_polls.meta.config
    assert config.read_timeout > LONG_POLL == 20


def test_every_call_ends(clients: AwsClients) -> None:
    for client in (clients.s3, clients.sqs, clients.sqs_polls, clients.dynamodb, clients.sts):
        config: Any = client.meta.config
        assert config.connect_timeout <= 2
        assert config.read_timeout <= (25 if client is clients.sqs_polls else 4)
        assert config.retries == {"mode": "standard", "total_max_attempts": 3}


def test_as_many_threads_have_a_connection_as_were_told(clients: AwsClients, plan: Plan) -> None:
    config: Any = clients.s3.meta.config
    assert config.max_pool_connections >= 8
    documents = S3Documents(clients.s3, plan.bucket)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: documents.check(), range(40)))


def test_a_call_whose_time_is_over_tells_the_last_answer(
    relay: Relay, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.aws.clients._DOCUMENTS", _Limits(idle=4, budget=0))
    relay.faults.append(answer(500, "<Error><Code>InternalError</Code></Error>"))
    with clients_of(relay.url) as clients, pytest.raises(StorageUnavailable, match=r"did not do it \(InternalError\)"):
        S3Documents(clients.s3, plan.bucket).check()


def test_what_is_not_there_is_unavailable_soon() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = f"http://127.0.0.1:{server.getsockname()[1]}"
    with within(20), clients_of(closed) as clients:
        with pytest.raises(StorageUnavailable):
            S3Documents(clients.s3, "bucket").check()
        with pytest.raises(QueueUnavailable):
            SqsQueue(clients.sqs, f"{closed}/123456789012/queue").check()
        with pytest.raises(AuditUnavailable):
            DynamoAudit(clients.dynamodb, "table", MemoryClock(START)).check()
        with pytest.raises(StorageUnavailable):
            account_of(clients)
