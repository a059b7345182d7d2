import pytest

from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.outbox import OutboxContract


class TestSqlOutbox(OutboxContract):
    @pytest.fixture
    def record(self, sql_record: StateOfRecord) -> StateOfRecord:
        return sql_record
