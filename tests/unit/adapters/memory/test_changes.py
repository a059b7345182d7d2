import pytest

from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.changes import ChangesContract
from unit.adapters.memory.memory_record import memory_record


class TestMemoryChanges(ChangesContract):
    @pytest.fixture
    def record(self) -> StateOfRecord:
        return memory_record()
