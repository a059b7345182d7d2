import pytest

from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.rate_windows import RateWindowsContract


class TestSqlRateWindows(RateWindowsContract):
    @pytest.fixture
    def record(self, sql_record: StateOfRecord) -> StateOfRecord:
        return sql_record
