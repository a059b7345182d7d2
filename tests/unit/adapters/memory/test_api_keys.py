import pytest

from ocrcore.testing.api_keys import ApiKeysContract
from ocrcore.testing.builders import StateOfRecord
from unit.adapters.memory.memory_record import memory_record


class TestMemoryApiKeys(ApiKeysContract):
    @pytest.fixture
    def record(self) -> StateOfRecord:
        return memory_record()
