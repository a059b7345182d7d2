import pytest

from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.jobs import JobsContract
from unit.adapters.memory.memory_record import memory_record


class TestMemoryJobs(JobsContract):
    @pytest.fixture
    def record(self) -> StateOfRecord:
        return memory_record()
