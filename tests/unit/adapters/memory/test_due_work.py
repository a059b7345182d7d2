import pytest

from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.due_work import DueWorkContract
from unit.adapters.memory.memory_record import memory_record


class TestMemoryBacklog(DueWorkContract):
    @pytest.fixture
    def record(self) -> StateOfRecord:
        return memory_record()
