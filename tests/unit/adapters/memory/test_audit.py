import pytest

from adapters.memory.audit import MemoryAudit
from adapters.memory.database import MemoryDatabase
from ocrcore.testing.audit import AuditContract, AuditForgettingContract


class TestMemoryAudit(AuditContract, AuditForgettingContract):
    @pytest.fixture
    def audit(self) -> MemoryAudit:
        return MemoryAudit(MemoryDatabase())
