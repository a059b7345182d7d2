import pytest

from ocrcore.testing.api_keys import ApiKeysContract
from ocrcore.testing.builders import StateOfRecord


class TestSqlApiKeys(ApiKeysContract):
    @pytest.fixture
    def record(self, sql_record: StateOfRecord) -> StateOfRecord:
        return sql_record
