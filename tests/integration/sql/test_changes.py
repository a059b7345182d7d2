import pytest

from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.changes import ChangesContract


class TestSqlChanges(ChangesContract):
    @pytest.fixture
    def record(self, sql_record: StateOfRecord) -> StateOfRecord:
        return sql_record
