import pytest

from ocrcore.testing.backlog import BacklogContract
from ocrcore.testing.builders import StateOfRecord
from unit.adapters.memory.memory_record import memory_record


class TestMemoryBacklog(BacklogContract):
    @pytest.fixture
    def record(self) -> StateOfRecord:
        return memory_record()
