import pytest

from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.jobs import JobsContract


class TestSqlJobs(JobsContract):
    @pytest.fixture
    def record(self, sql_record: StateOfRecord) -> StateOfRecord:
        return sql_record
