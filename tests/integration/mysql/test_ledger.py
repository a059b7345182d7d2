import pytest

from adapters.sql.database import Database
from adapters.sql.ledger import SqlLedger
from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.ledger import LedgerContract, Office


class TestSqlLedger(LedgerContract):
    @pytest.fixture
    def office(self, database: Database, sql_record: StateOfRecord) -> Office:
        return Office(SqlLedger(database), sql_record)
