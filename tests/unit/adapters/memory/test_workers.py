import pytest

from adapters.memory.database import MemoryDatabase
from adapters.memory.workers import MemoryWorkers
from ocrcore.testing.workers import Staff, WorkersContract
from unit.adapters.memory.memory_record import memory_record


class TestMemoryWorkers(WorkersContract):
    @pytest.fixture
    def staff(self) -> Staff:
        database = MemoryDatabase()
        return Staff(MemoryWorkers(database), memory_record(database))
