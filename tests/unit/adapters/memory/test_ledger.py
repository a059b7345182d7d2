import pytest

from adapters.memory.database import MemoryDatabase
from adapters.memory.ledger import MemoryLedger
from ocrcore.testing.ledger import LedgerContract, Office
from unit.adapters.memory.memory_record import memory_record


class TestMemoryLedger(LedgerContract):
    @pytest.fixture
    def office(self) -> Office:
        database = MemoryDatabase()
        return Office(MemoryLedger(database), memory_record(database))
