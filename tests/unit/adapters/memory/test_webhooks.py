import pytest

from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.webhooks import WebhooksContract
from unit.adapters.memory.memory_record import memory_record


class TestMemoryWebhooks(WebhooksContract):
    @pytest.fixture
    def record(self) -> StateOfRecord:
        return memory_record()
