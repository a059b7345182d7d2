import json
from datetime import timedelta

import pytest

from adapters.aws.clients import AwsClients
from adapters.aws.plan import Plan
from adapters.aws.queue import SqsQueue, url_of
from moto_server import MotoHands
from ocrcore.domain.errors import QueueUnavailable
from ocrcore.ports.queue import Outgoing
from ocrcore.testing.queue_timed import NOW, drain
from relay_server import Fault, Relay, answer, lose

HOUR = timedelta(hours=1)
DOWN = answer(503, "{}")


@pytest.fixture
def queue(relayed: AwsClients, relay: Relay, plan: Plan) -> SqsQueue:
    queue = SqsQueue(relayed.sqs, url_of(relayed.sqs, plan.queue))
    relay.seen.clear()
    return queue


def failed(code: str, *, of: int) -> Fault:
    """Return the answer to a batch of so many whose first entry failed."""
    entries = [{"Id": str(number), "MessageId": str(number), "MD5OfMessageBody": ""} for number in range(1, of)]
    failure = {"Id": "0", "SenderFault": code != "InternalError", "Code": code}
    return answer(200, json.dumps({"Successful": entries, "Failed": [failure]}))


def messages(number: int) -> list[Outgoing]:
    return [Outgoing(str(each), "ana") for each in range(number)]


def test_each_entry_of_a_batch_has_its_own_answer(queue: SqsQueue, relay: Relay) -> None:
    relay.faults.append(failed("InternalError", of=3))
    assert queue.send(messages(3)) == [False, True, True]


def test_many_messages_are_few_calls(queue: SqsQueue, relay: Relay) -> None:
    assert queue.send(messages(25)) == [True] * 25
    assert len(relay.seen) == 3
    queue.delete([message.receipt for message in drain(queue)])
    assert len(relay.seen) == 3 + 4 + 3


def test_a_batch_is_no_larger_than_a_mebibyte(queue: SqsQueue, relay: Relay) -> None:
    large = Outgoing("é" * (128 * 1024), "ana")
    assert queue.send([large] * 5) == [True] * 5
    assert len(relay.seen) == 2


@pytest.mark.parametrize(("more", "calls"), [(0, 1), (1, 2)])
def test_what_goes_beside_a_body_counts_too(queue: SqsQueue, relay: Relay, more: int, calls: int) -> None:
    request_id = "01a21264-5053-7745-a327-9e8a2adff957"
    beside = len("request_idString" + request_id + "traceparentString00-") + 32 + len("-") + 16 + len("-00")
    large = ["x" * (256 * 1024 - beside)] * 4
    large[0] += "x" * more
    assert queue.send([Outgoing(body, "ana", request_id) for body in large]) == [True] * 4
    assert len(relay.seen) == calls


def test_a_queue_that_goes_away_half_way_took_the_first_half(queue: SqsQueue, relay: Relay) -> None:
    relay.faults += [None, DOWN, DOWN, DOWN]
    assert queue.send(messages(25)) == [True] * 10 + [False] * 15


def test_a_queue_that_is_away_took_nothing(queue: SqsQueue, relay: Relay) -> None:
    relay.faults += [DOWN] * 3
    with pytest.raises(QueueUnavailable):
        queue.send(messages(25))


def test_a_send_whose_answer_was_lost_is_repeated(queue: SqsQueue, relay: Relay) -> None:
    relay.faults.append(lose)
    assert queue.send(messages(1)) == [True]
    assert [message.body for message in drain(queue)] == ["0", "0"]


def test_too_many_in_flight_is_no_message(queue: SqsQueue, relay: Relay) -> None:
    relay.faults.append(answer(403, '{"__type": "com.amazonaws.sqs#OverLimit"}'))
    assert queue.receive(10, wait=NOW) == []


@pytest.mark.parametrize(
    "code",
    ["MessageNotInflight", "ReceiptHandleIsInvalid", "InvalidParameterValue", "InvalidParameterValueException"],
)
def test_a_receipt_that_does_not_count_is_passed_over(queue: SqsQueue, relay: Relay, code: str) -> None:
    queue.send(messages(2))
    receipts = [message.receipt for message in drain(queue)]
    relay.faults += [failed(code, of=2)] * 2
    queue.change_visibility(dict.fromkeys(receipts, HOUR))
    queue.delete(receipts)


def test_an_entry_that_failed_for_another_reason_is_told(queue: SqsQueue, relay: Relay) -> None:
    queue.send(messages(11))
    receipts = [message.receipt for message in drain(queue)]
    relay.seen.clear()
    relay.faults += [failed("InternalError", of=10), None] * 2
    with pytest.raises(QueueUnavailable, match="for 1 messages"):
        queue.change_visibility(dict.fromkeys(receipts, HOUR))
    with pytest.raises(QueueUnavailable):
        queue.delete(receipts)
    assert len(relay.seen) == 4  # the second batches were sent all the same


def test_a_queue_that_is_not_there_is_unavailable(clients: AwsClients, plan: Plan) -> None:
    with pytest.raises(QueueUnavailable):
        url_of(clients.sqs, "no-such-queue")
    queue = SqsQueue(clients.sqs, url_of(clients.sqs, plan.queue) + "-not")
    with pytest.raises(QueueUnavailable):
        queue.check()
    with pytest.raises(QueueUnavailable):
        queue.receive(1, wait=NOW)


def test_a_group_travels_with_its_message(queue: SqsQueue, clients: AwsClients, plan: Plan) -> None:
    queue.send([Outgoing("a", "ana")])
    url = url_of(clients.sqs, plan.queue)
    (message,) = clients.sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["MessageGroupId"])["Messages"]
    assert message["Attributes"]["MessageGroupId"] == "ana"


def test_a_message_is_held_for_as_long_as_can_be(clients: AwsClients, plan: Plan, hands: MotoHands) -> None:
    queue = SqsQueue(clients.sqs, url_of(clients.sqs, plan.queue))
    queue.send(messages(1))
    (message,) = drain(queue)
    queue.change_visibility({message.receipt: 13 * HOUR})
    hands.advance(11.9 * HOUR)
    assert drain(queue) == []
    hands.advance(0.1 * HOUR)
    assert len(drain(queue)) == 1
