import pytest

from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.sessions import SessionsContract


class TestSqlSessions(SessionsContract):
    @pytest.fixture
    def record(self, sql_record: StateOfRecord) -> StateOfRecord:
        return sql_record
