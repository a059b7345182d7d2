import pytest

from adapters.sql.audit import SqlAudit
from adapters.sql.database import Database
from ocrcore.testing.audit import AuditContract, AuditForgettingContract


class TestSqlAudit(AuditContract, AuditForgettingContract):
    @pytest.fixture
    def audit(self, database: Database) -> SqlAudit:
        return SqlAudit(database)
