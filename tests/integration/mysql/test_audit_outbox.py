import pytest

from ocrcore.testing.audit_outbox import AuditOutboxContract
from ocrcore.testing.builders import StateOfRecord


class TestSqlAuditOutbox(AuditOutboxContract):
    @pytest.fixture
    def record(self, sql_record: StateOfRecord) -> StateOfRecord:
        return sql_record
