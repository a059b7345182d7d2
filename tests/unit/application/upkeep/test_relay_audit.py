"""The audit outbox is emptied by many processes at once."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from adapters.memory.audit import MemoryAudit
from adapters.memory.database import MemoryDatabase
from adapters.memory.ids import MemoryIds
from ocrcore.application.context import BATCH, Context
from ocrcore.application.upkeep.relay_audit import relay_audit_once
from ocrcore.domain.audit import AuditEntry
from worlds import World


class _Beside(MemoryAudit):
    """A log to which another process writes in the middle of each of our writes."""

    def __init__(self, database: MemoryDatabase) -> None:
        super().__init__(database)
        self.written = list[str]()
        self.other: Callable[[], object] = int

    def write(self, entries: Sequence[AuditEntry]) -> Sequence[bool]:
        self.written += [entry.event_id for entry in entries]
        other, self.other = self.other, int
        other()
        return super().write(entries)


class _Choosing(MemoryIds):
    """Ids whose secrets are these bytes, one after the other."""

    def __init__(self, *choices: int) -> None:
        super().__init__()
        self._choices = list(choices)

    def secret(self, size: int) -> bytes:
        return bytes([self._choices.pop(0)] * size)


def _full(entries: int) -> tuple[Context, _Beside]:
    """Return a service whose outbox has so many entries, and its log."""
    world = World()
    log = _Beside(MemoryDatabase())
    job = world.submit()
    for number in range(entries - 1):
        world.owned.rename(job.id, str(number))
    context = replace(world.context, audit=log)
    assert len(context.audit_outbox.waiting(10**6)) == entries
    return context, log


def _left(context: Context) -> int:
    return len(context.audit_outbox.waiting(10**6))


def test_relays_at_the_same_time_write_other_entries_where_many_wait() -> None:
    context, log = _full(4 * BATCH)
    log.other = lambda: relay_audit_once(replace(context, ids=_Choosing(2)))
    assert relay_audit_once(replace(context, ids=_Choosing(0))) == BATCH
    assert len(set(log.written)) == len(log.written) == 2 * BATCH
    assert _left(context) == 2 * BATCH


def test_a_choice_behind_the_end_comes_closer_until_a_whole_batch_is_there() -> None:
    context, log = _full(3 * BATCH + 1)
    entries = [row.entry.event_id for row in context.audit_outbox.waiting(10**6)]
    assert relay_audit_once(replace(context, ids=_Choosing(31))) == BATCH  # 15, 7, 3, 1
    assert log.written == entries[BATCH : 2 * BATCH]


def test_every_entry_is_written_whatever_is_chosen() -> None:
    context, log = _full(3 * BATCH + 1)
    while relay_audit_once(context) == BATCH:
        pass
    assert _left(context) == 0
    assert len(set(log.written)) == len(log.written) == 3 * BATCH + 1


def test_few_entries_are_written_in_their_order_and_nothing_is_chosen() -> None:
    context, _ = _full(BATCH - 1)
    assert relay_audit_once(replace(context, ids=_Choosing())) == BATCH - 1
    assert _left(context) == 0
