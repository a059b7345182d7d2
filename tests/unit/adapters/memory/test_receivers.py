from collections import deque
from collections.abc import Mapping, Sequence

import pytest

from adapters.memory.receivers import MemoryReceivers
from ocrcore.domain.webhook import DeliveryError
from ocrcore.domain.webhook_target import Target
from ocrcore.testing.receivers import ReceiverHouse, ReceiversContract


class _House:
    def __init__(self) -> None:
        self.receivers = MemoryReceivers(names={"one.example": ["127.0.0.1"], "closed.example": ["127.0.0.1"]})
        self.receivers.answers["closed.example"] = deque([DeliveryError.UNREACHABLE])

    def answering(self, status: int) -> Target:
        self.receivers.answers["one.example"] = deque([status])
        return Target("https", "one.example", 443, "/")

    def closed(self) -> Target:
        return Target("https", "closed.example", 443, "/")

    def unknown(self) -> Target:
        self.receivers.names["unknown.example"] = []
        return Target("https", "unknown.example", 443, "/")

    def posts(self) -> Sequence[tuple[Mapping[str, str], str]]:
        return [(post.headers, post.body) for post in self.receivers.posts]


class TestMemoryReceivers(ReceiversContract):
    @pytest.fixture
    def house(self) -> ReceiverHouse:
        return _House()
