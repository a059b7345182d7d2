import pytest

from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.tombstones import TombstonesContract
from unit.adapters.memory.memory_record import memory_record


class TestMemoryTombstones(TombstonesContract):
    @pytest.fixture
    def record(self) -> StateOfRecord:
        return memory_record()
