import pytest

from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.search import SearchContract


class TestSqlSearchIndex(SearchContract):
    @pytest.fixture
    def record(self, sql_record: StateOfRecord) -> StateOfRecord:
        return sql_record
