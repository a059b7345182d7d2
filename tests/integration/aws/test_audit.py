import pytest

from adapters.aws.audit import DynamoAudit
from adapters.aws.clients import AwsClients
from adapters.aws.plan import Plan
from adapters.memory.clock import MemoryClock
from ocrcore.testing.audit import AuditContract
from ocrcore.testing.builders import START


class TestDynamoAudit(AuditContract):
    @pytest.fixture
    def audit(self, clients: AwsClients, plan: Plan) -> DynamoAudit:
        return DynamoAudit(clients.dynamodb, plan.table, MemoryClock(START))
