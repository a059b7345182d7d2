"""The outbox in memory."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from adapters.memory.database import MemoryDatabase
from ocrcore.ports.outbox import Order, Outbox


class MemoryOutbox(Outbox):
    """The outbox of a :class:`MemoryDatabase`."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def waiting(self, limit: int, *, before: datetime | None = None, job_id: UUID | None = None) -> Sequence[Order]:
        """Return rows written at or before ``before``, or rows of one job: oldest first, owners in turn."""
        with self._database.reading:
            orders = list(self._database.orders.values())
        turns: Counter[str] = Counter()
        ranked: list[tuple[int, int, Order]] = []
        for order in orders:
            if (before is None or order.task.created_at <= before) and job_id in (None, order.task.job_id):
                turns[order.owner] += 1
                ranked.append((turns[order.owner], order.id, order))
        return [order for _, _, order in sorted(ranked, key=lambda row: row[:2])[:limit]]

    def remove(self, ids: Iterable[int]) -> None:
        """Remove rows whose message was accepted."""
        with self._database.exclusive():
            for number in ids:
                self._database.orders.pop(number, None)
