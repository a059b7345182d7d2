import pytest

from adapters.memory.clock import MemoryClock
from adapters.memory.dead_letters import MemoryDeadLetters
from ocrcore.testing.builders import START
from ocrcore.testing.dead_letters import DeadLettersContract, Graveyard


class TestMemoryDeadLetters(DeadLettersContract):
    @pytest.fixture
    def graveyard(self) -> Graveyard:
        clock = MemoryClock(START)
        letters = MemoryDeadLetters(clock)
        return Graveyard(letters, letters.bury, clock)
