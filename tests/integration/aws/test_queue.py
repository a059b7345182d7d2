import re
from datetime import timedelta
from itertools import count

import pytest

from adapters.aws.clients import AwsClients
from adapters.aws.queue import SqsQueue
from moto_server import MotoHands
from ocrcore.ports.queue import Outgoing, Queue
from ocrcore.testing.queue import QueueDeliveryContract
from ocrcore.testing.queue_timed import TimedQueue

_numbers = count(1)


class TestSqsQueue(QueueDeliveryContract):
    @pytest.fixture
    def timed(self, clients: AwsClients, hands: MotoHands) -> TimedQueue:
        url = clients.sqs.create_queue(QueueName=f"messages-{next(_numbers)}")["QueueUrl"]
        return TimedQueue(SqsQueue(clients.sqs, url, polls=clients.sqs_polls), hands, tick=timedelta(seconds=10))

    @pytest.mark.xfail(reason="moto deletes by any receipt: docs/aws-differences.md", strict=True)
    def test_only_the_latest_receipt_deletes(self, timed: TimedQueue) -> None:
        super().test_only_the_latest_receipt_deletes(timed)

    @pytest.mark.xfail(reason="moto takes any receipt: docs/aws-differences.md", strict=True)
    def test_only_the_latest_receipt_changes_visibility(self, queue: Queue) -> None:
        super().test_only_the_latest_receipt_changes_visibility(queue)


def test_a_message_names_the_span_that_its_request_id_carries(clients: AwsClients) -> None:
    url = clients.sqs.create_queue(QueueName=f"messages-{next(_numbers)}")["QueueUrl"]
    carried = "01a21264-5053-7745-a327-9e8a2adff957.b7ad6b7169203331.01"
    queue = SqsQueue(clients.sqs, url)
    assert queue.send([Outgoing("a", "ana", carried)]) == [True]
    (received,) = queue.receive(1, wait=timedelta())
    assert (received.body, received.request_id) == ("a", carried)
    queue.change_visibility({received.receipt: timedelta()})
    (raw,) = clients.sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert raw["MessageAttributes"]["traceparent"]["StringValue"] == (
        "00-01a2126450537745a3279e8a2adff957-b7ad6b7169203331-01"
    )


@pytest.mark.parametrize(
    ("request_id", "trace"),
    [("01a21264-5053-7745-a327-9e8a2adff957", "01a2126450537745a3279e8a2adff957"), ("request-1", None), (None, None)],
)
def test_a_message_tells_whoever_traces_it_where_it_belongs(
    clients: AwsClients, request_id: str | None, trace: str | None
) -> None:
    url = clients.sqs.create_queue(QueueName=f"messages-{next(_numbers)}")["QueueUrl"]
    assert SqsQueue(clients.sqs, url).send([Outgoing("a", "ana", request_id)] * 2) == [True, True]
    received = clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=2, MessageAttributeNames=["All"])
    sent = [
        {name: value["StringValue"] for name, value in message.get("MessageAttributes", {}).items()}
        for message in received["Messages"]
    ]
    assert [one.get("request_id") for one in sent] == [request_id] * 2
    parents = {one.get("traceparent", "") for one in sent}
    assert len(parents) == (2 if trace else 1)
    for parent in parents:
        assert re.fullmatch(f"00-{trace}-[0-9a-f]{{16}}-00" if trace else "", parent)
