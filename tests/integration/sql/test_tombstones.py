import pytest

from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.tombstones import TombstonesContract


class TestSqlTombstones(TombstonesContract):
    @pytest.fixture
    def record(self, sql_record: StateOfRecord) -> StateOfRecord:
        return sql_record
