import pytest

from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.outbox import OutboxContract
from unit.adapters.memory.memory_record import memory_record


class TestMemoryOutbox(OutboxContract):
    @pytest.fixture
    def record(self) -> StateOfRecord:
        return memory_record()
