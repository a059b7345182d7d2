from collections import Counter

import pytest
import sqlalchemy as sa

from adapters.memory.clock import MemoryClock
from adapters.sql.database import Database
from adapters.sql.queue import SqlQueue
from adapters.sql.tables import QUEUE
from counting import counted_statements
from ocrcore.ports.queue import Outgoing
from ocrcore.testing.builders import START
from ocrcore.testing.queue import QueueContract
from ocrcore.testing.queue_timed import NOW, TimedQueue, drain


class TestSqlQueue(QueueContract):
    @pytest.fixture
    def timed(self, database: Database) -> TimedQueue:
        clock = MemoryClock(START)
        return TimedQueue(SqlQueue(database, clock), clock)


def test_messages_of_release_01_and_of_this_version_hold_each_other_up_by_no_more_than_their_turns(
    database: Database,
) -> None:
    queue = SqlQueue(database, MemoryClock(START))
    queue.send([Outgoing("new", "ana", subgroup="large")] * 30)
    old = {"group_name": "ana", "body": "old", "sent_at": START, "visible_at": START, "receive_count": 0}
    database.write(lambda connection: connection.execute(sa.insert(QUEUE), [old] * 30))
    queue.send([Outgoing("small", "ana", subgroup="small")])
    served = [message.body for message in drain(queue)]
    assert Counter(served) == {"new": 30, "old": 30, "small": 1}
    assert served.index("small") < 5
    assert served.index("old") < 5


def test_release_01_serves_messages_in_the_order_of_their_rounds(database: Database) -> None:
    queue = SqlQueue(database, MemoryClock(START))
    queue.send([Outgoing("large", "ana", subgroup="1")] * 30)
    queue.send([Outgoing("small", "ana", subgroup="2")])
    visible = sa.select(QUEUE.c.body).where(QUEUE.c.group_name == "ana", QUEUE.c.visible_at <= START)
    with database.reading() as connection:
        served = connection.execute(visible.order_by(QUEUE.c.visible_at, QUEUE.c.id).limit(10)).scalars().all()
    assert served[:3] == ["large", "large", "small"]


def test_turns_of_jobs_cost_no_statement_of_a_receive_and_one_of_a_send_beside_others(database: Database) -> None:
    queue = SqlQueue(database, MemoryClock(START))
    queue.check()
    messages = [Outgoing("x", "ana", subgroup=str(number % 7)) for number in range(100)]
    with counted_statements() as first:
        queue.send(messages)
    with counted_statements() as beside:
        queue.send(messages)
    with counted_statements() as received:
        assert len(queue.receive(10, wait=NOW)) == 10
    assert (first["SELECT"], first["INSERT"]) == (0, 2)
    assert (beside["SELECT"], beside["INSERT"]) == (1, 2)
    assert (received["SELECT"], received["UPDATE"]) == (2, 1)
