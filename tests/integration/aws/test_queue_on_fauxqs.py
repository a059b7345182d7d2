"""The same queue by a second witness, whose clock cannot be moved: what takes minutes is left to moto."""

import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import pytest

from adapters.aws.clients import AwsClients
from adapters.aws.queue import SqsQueue
from fauxqs_server import fauxqs_server
from moto_server import clients_of
from ocrcore.ports.queue import Queue
from ocrcore.testing.queue import QueueDeliveryContract
from ocrcore.testing.queue_timed import TimedQueue

_numbers = count(1)
_LONGEST = timedelta(seconds=10)


class RealTime:
    def advance(self, step: timedelta) -> None:
        if step > _LONGEST:
            pytest.skip("would take too long")
        time.sleep(step.total_seconds())


@pytest.fixture(scope="module")
def witnessed() -> Iterator[AwsClients]:
    with fauxqs_server() as endpoint, clients_of(endpoint) as clients:
        yield clients


class TestSqsQueueOnFauxqs(QueueDeliveryContract):
    @pytest.fixture
    def timed(self, witnessed: AwsClients) -> TimedQueue:
        url = witnessed.sqs.create_queue(QueueName=f"messages-{next(_numbers)}")["QueueUrl"]
        queue = SqsQueue(witnessed.sqs, url, visibility_timeout=timedelta(seconds=4))
        return TimedQueue(queue, RealTime(), tick=timedelta(seconds=2))

    @pytest.mark.xfail(
        reason="fauxqs refuses what is beyond the basic plane, as 🙂: docs/aws-differences.md", strict=True
    )
    def test_a_message_arrives_as_it_was_sent(self, queue: Queue) -> None:
        super().test_a_message_arrives_as_it_was_sent(queue)
