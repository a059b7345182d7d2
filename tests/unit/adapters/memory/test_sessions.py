import pytest

from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.sessions import SessionsContract
from unit.adapters.memory.memory_record import memory_record


class TestMemorySessions(SessionsContract):
    @pytest.fixture
    def record(self) -> StateOfRecord:
        return memory_record()
