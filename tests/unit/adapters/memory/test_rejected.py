import pytest

from adapters.memory.database import MemoryDatabase
from adapters.memory.rejected import MemoryRejectedMessages
from ocrcore.testing.rejected import Kept, RejectedMessagesContract


class TestMemoryRejectedMessages(RejectedMessagesContract):
    @pytest.fixture
    def rejections(self) -> Kept:
        database = MemoryDatabase()
        return MemoryRejectedMessages(database), lambda: {
            message_id: (rejection.body, rejection.at) for message_id, rejection in database.rejected.items()
        }
