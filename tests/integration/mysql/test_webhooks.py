import pytest

from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.webhooks import WebhooksContract


class TestSqlWebhooks(WebhooksContract):
    @pytest.fixture
    def record(self, sql_record: StateOfRecord) -> StateOfRecord:
        return sql_record
