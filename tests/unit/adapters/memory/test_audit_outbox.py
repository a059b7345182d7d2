import pytest

from ocrcore.testing.audit_outbox import AuditOutboxContract
from ocrcore.testing.builders import StateOfRecord
from unit.adapters.memory.memory_record import memory_record


class TestMemoryAuditOutbox(AuditOutboxContract):
    @pytest.fixture
    def record(self) -> StateOfRecord:
        return memory_record()
