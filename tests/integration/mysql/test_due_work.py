import pytest

from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.due_work import DueWorkContract


class TestSqlBacklog(DueWorkContract):
    @pytest.fixture
    def record(self, sql_record: StateOfRecord) -> StateOfRecord:
        return sql_record
