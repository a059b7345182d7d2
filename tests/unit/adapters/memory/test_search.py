import pytest

from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.search import SearchContract
from unit.adapters.memory.memory_record import memory_record


class TestMemorySearchIndex(SearchContract):
    @pytest.fixture
    def record(self) -> StateOfRecord:
        return memory_record()
