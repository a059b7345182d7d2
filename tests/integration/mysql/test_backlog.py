import pytest

from ocrcore.testing.backlog import BacklogContract
from ocrcore.testing.builders import StateOfRecord


class TestSqlBacklog(BacklogContract):
    @pytest.fixture
    def record(self, sql_record: StateOfRecord) -> StateOfRecord:
        return sql_record
