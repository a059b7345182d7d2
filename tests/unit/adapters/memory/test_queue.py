import pytest

from adapters.memory.clock import MemoryClock
from adapters.memory.queue import MemoryQueue
from ocrcore.testing.builders import START
from ocrcore.testing.queue import QueueContract
from ocrcore.testing.queue_timed import TimedQueue


class TestMemoryQueue(QueueContract):
    @pytest.fixture
    def timed(self) -> TimedQueue:
        clock = MemoryClock(START)
        return TimedQueue(MemoryQueue(clock), clock)
