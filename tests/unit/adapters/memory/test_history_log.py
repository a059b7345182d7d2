from collections.abc import Sequence

import pytest

from adapters.memory.history_log import MemoryHistoryLog
from ocrcore.domain.key_entry import KeyEntry
from ocrcore.ports.history_log import HistoryLog
from ocrcore.testing.history_log import HistoryLogContract


class TestMemoryHistoryLog(HistoryLogContract):
    @pytest.fixture
    def log(self) -> MemoryHistoryLog:
        return MemoryHistoryLog()

    def kept(self, log: HistoryLog, owner: str) -> Sequence[KeyEntry]:
        assert isinstance(log, MemoryHistoryLog)
        return [entry for (of, *_), entry in sorted(log.entries.items()) if of == owner]
