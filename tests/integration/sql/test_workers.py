import pytest

from adapters.sql.database import Database
from adapters.sql.workers import SqlWorkers
from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.workers import Staff, WorkersContract


class TestSqlWorkers(WorkersContract):
    @pytest.fixture
    def staff(self, database: Database, sql_record: StateOfRecord) -> Staff:
        return Staff(SqlWorkers(database), sql_record)
