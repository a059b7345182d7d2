import pytest

from adapters.memory.database import MemoryDatabase
from adapters.memory.row_scan import MemoryRowScan
from ocrcore.testing.row_scan import Office, RowScanContract
from unit.adapters.memory.memory_record import memory_record


class TestMemoryLedger(RowScanContract):
    @pytest.fixture
    def office(self) -> Office:
        database = MemoryDatabase()
        return Office(MemoryRowScan(database), memory_record(database))
