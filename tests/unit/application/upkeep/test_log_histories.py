"""The histories of owners reach the log outside the database."""

from collections.abc import Sequence
from dataclasses import replace

from adapters.memory.history_log import MemoryHistoryLog
from ocrcore import OcrService
from ocrcore.application.upkeep.log_histories import log_histories_once
from ocrcore.domain.key_entry import KeyEntry
from worlds import World


class _HalfDeaf(MemoryHistoryLog):
    """A log that accepts every other entry."""

    def write(self, entries: Sequence[KeyEntry]) -> Sequence[bool]:
        super().write(entries[::2])
        return [number % 2 == 0 for number in range(len(entries))]


def _logged(world: World, log: MemoryHistoryLog) -> OcrService:
    service = OcrService(replace(world.context, history_log=log))
    for owner in ("ana", "bob", "cleo"):
        service.keys.create(owner)
    return service


def test_upkeep_writes_each_entry_once() -> None:
    world, log = World(), MemoryHistoryLog()
    service = _logged(world, log)
    assert service.upkeep_once()["log_histories_once"] == 3
    assert sorted(owner for owner, *_ in log.entries) == ["ana", "bob", "cleo"]
    assert service.upkeep_once()["log_histories_once"] == 0


def test_an_entry_that_was_not_accepted_is_written_again() -> None:
    world, log = World(), _HalfDeaf()
    service = _logged(world, log)
    while service.upkeep_once()["log_histories_once"]:
        pass
    assert len(log.entries) == 3


def test_without_a_log_nothing_is_asked() -> None:
    world = World()
    world.use(OcrService(world.context))
    world.service.keys.create("ana")
    assert log_histories_once(world.context) == 0
    assert len(world.context.api_keys.unlogged(10)) == 1


class _Failing(MemoryHistoryLog):
    """A log that fails with an entry of one owner."""

    def write(self, entries: Sequence[KeyEntry]) -> Sequence[bool]:
        if any(entry.owner == "bob" for entry in entries):
            raise ValueError
        return super().write(entries)


def test_an_entry_that_the_log_fails_with_keeps_no_others_out() -> None:
    world, log = World(), _Failing()
    service = _logged(world, log)
    assert service.upkeep_once()["log_histories_once"] == 2
    assert sorted(owner for owner, *_ in log.entries) == ["ana", "cleo"]
    assert [entry.owner for entry in world.context.api_keys.unlogged(10)] == ["bob"]
