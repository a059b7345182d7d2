import pytest

from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.rate_windows import RateWindowsContract
from unit.adapters.memory.memory_record import memory_record


class TestMemoryRateWindows(RateWindowsContract):
    @pytest.fixture
    def record(self) -> StateOfRecord:
        return memory_record()
