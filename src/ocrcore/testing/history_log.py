"""The contract of ``HistoryLog``."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ocrcore.domain.key_entry import KeyAction, KeyEntry
from ocrcore.ports.history_log import HistoryLog
from ocrcore.testing.builders import START, TICK

#: More than any store takes in one request.
_MANY = 60


def an_entry(number: int, owner: str = "ana") -> KeyEntry:
    """Return an entry of an owner's history."""
    event_id = f"Aa{number:06}#{KeyAction.KEY_CREATED}"
    detail = {"key_id": f"Aa{number:06}", "scopes": "read,write"}
    return KeyEntry(owner, START + number * TICK, event_id, KeyAction.KEY_CREATED, "operator", detail)


class HistoryLogContract:
    """The contract of ``HistoryLog``. Override the fixture ``log`` with an empty log, and ``kept``."""

    @pytest.fixture
    def log(self) -> HistoryLog:
        """Return the adapter under test."""
        raise NotImplementedError

    def kept(self, log: HistoryLog, owner: str) -> Sequence[KeyEntry]:
        """Return what the log keeps of an owner, by instant, then event id."""
        raise NotImplementedError

    def test_an_entry_is_kept_as_it_is(self, log: HistoryLog) -> None:
        entry = replace(an_entry(1), detail={"key_id": "Aa000001", "name": "it's 🙂"})
        assert log.write([entry]) == [True]
        assert list(self.kept(log, "ana")) == [entry]

    @pytest.mark.parametrize("action", KeyAction)
    def test_every_action_can_be_written(self, log: HistoryLog, action: KeyAction) -> None:
        entry = replace(an_entry(1), action=action)
        log.write([entry])
        assert list(self.kept(log, "ana")) == [entry]

    def test_any_number_is_written_at_once_and_owners_stay_apart(self, log: HistoryLog) -> None:
        own, others = [an_entry(number) for number in range(_MANY)], [an_entry(number, "Ana") for number in range(3)]
        assert log.write([*others, *own]) == [True] * (_MANY + 3)
        assert list(self.kept(log, "ana")) == own
        assert list(self.kept(log, "Ana")) == others

    def test_an_entry_that_is_written_twice_is_kept_once(self, log: HistoryLog) -> None:
        entry = an_entry(1)
        assert log.write([entry, entry]) == [True, True]
        log.write([entry])
        assert list(self.kept(log, "ana")) == [entry]

    def test_nothing_can_be_written(self, log: HistoryLog) -> None:
        assert log.write([]) == []
