import pytest

from adapters.memory.clock import MemoryClock
from adapters.sql.database import Database
from adapters.sql.queue import SqlQueue
from ocrcore.testing.builders import START
from ocrcore.testing.queue import QueueContract
from ocrcore.testing.queue_timed import TimedQueue


class TestSqlQueue(QueueContract):
    @pytest.fixture
    def timed(self, database: Database) -> TimedQueue:
        clock = MemoryClock(START)
        return TimedQueue(SqlQueue(database, clock), clock)
