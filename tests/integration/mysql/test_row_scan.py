import pytest

from adapters.sql.database import Database
from adapters.sql.row_scan import SqlRowScan
from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.row_scan import Office, RowScanContract


class TestSqlLedger(RowScanContract):
    @pytest.fixture
    def office(self, database: Database, sql_record: StateOfRecord) -> Office:
        return Office(SqlRowScan(database), sql_record)
