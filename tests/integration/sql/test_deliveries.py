import pytest

from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.deliveries import DeliveriesContract


class TestSqlDeliveries(DeliveriesContract):
    @pytest.fixture
    def record(self, sql_record: StateOfRecord) -> StateOfRecord:
        return sql_record
