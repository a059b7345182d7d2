from datetime import timedelta

import pytest

from adapters.aws.clients import AwsClients
from adapters.aws.dead_letters import SqsDeadLetters
from adapters.aws.plan import Plan
from adapters.aws.queue import SqsQueue, url_of
from moto_server import MotoHands
from ocrcore.ports.queue import Outgoing
from ocrcore.testing.dead_letters import DeadLettersContract, Graveyard


class TestSqsDeadLetters(DeadLettersContract):
    @pytest.fixture
    def graveyard(self, clients: AwsClients, plan: Plan, hands: MotoHands) -> Graveyard:
        queue = SqsQueue(clients.sqs, url_of(clients.sqs, plan.queue))

        def bury(body: str) -> None:
            """Hand the message out until the queue gives it up."""
            queue.send([Outgoing(body, "ana")])
            while received := queue.receive(1, wait=timedelta()):
                queue.change_visibility({received[0].receipt: timedelta()})

        return Graveyard(SqsDeadLetters(clients.sqs, url_of(clients.sqs, plan.dead_letter_queue)), bury, hands)
