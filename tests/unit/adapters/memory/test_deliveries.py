import pytest

from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.deliveries import DeliveriesContract
from unit.adapters.memory.memory_record import memory_record


class TestMemoryDeliveries(DeliveriesContract):
    @pytest.fixture
    def record(self) -> StateOfRecord:
        return memory_record()
