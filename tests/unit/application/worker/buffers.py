"""Buffers of deliveries, as tests of them make them."""

from datetime import UTC, datetime

from adapters.memory.clock import MemoryClock
from adapters.memory.documents import MemoryDocuments
from ocrcore.application.worker.prefetch import PrefetchBuffer
from ocrcore.ports.clock import Clock

START = datetime(2026, 1, 1, tzinfo=UTC)


def a_buffer(*, slots: int, most: int = 1000, clock: Clock | None = None) -> PrefetchBuffer:
    return PrefetchBuffer(MemoryDocuments(), clock or MemoryClock(START), slots=slots, most=most)
