"""The contract of ``Sessions``."""

from datetime import timedelta
from functools import partial

from ocrcore.testing.builders import START, TICK, StateOfRecord
from ocrcore.testing.jobs_races import at_once
from ocrcore.testing.record import RecordContract

_ONE, _OTHER = "1" * 32, "2" * 32
_ROUNDS = 5


class SessionsContract(RecordContract):
    """The contract of ``Sessions``. Override the fixture ``record``."""

    def test_the_first_proposal_is_the_secret_for_ever(self, record: StateOfRecord) -> None:
        first = bytes(range(256))
        assert record.sessions.secret(first) == first
        assert record.sessions.secret(b"another") == first

    def test_all_that_ask_at_the_same_time_get_one_secret(self, record: StateOfRecord) -> None:
        for _ in range(_ROUNDS):
            asked = [partial(record.sessions.secret, bytes([number]) * 32) for number in range(4)]
            found = at_once(*asked)
            assert len({bytes(secret) for secret in found if isinstance(secret, bytes)}) == 1
            assert len(found) == len(asked)

    def test_a_session_is_closed_when_that_was_noted(self, record: StateOfRecord) -> None:
        assert not record.sessions.is_closed(_ONE)
        for _ in range(2):
            record.sessions.close(_ONE, START + timedelta(hours=12), START)
        assert record.sessions.is_closed(_ONE)
        assert not record.sessions.is_closed(_OTHER)
        assert record.sessions.closed_among([_ONE, _OTHER, *(f"{number:032x}" for number in range(9_998))]) == {_ONE}
        assert record.sessions.closed_among([]) == set()

    def test_it_is_forgotten_when_it_would_have_ended_anyway(self, record: StateOfRecord) -> None:
        record.sessions.close(_ONE, START + TICK, START)
        record.sessions.close(_OTHER, START + 9 * TICK, START + TICK)
        assert record.sessions.is_closed(_ONE)
        record.sessions.close(_OTHER, START + 9 * TICK, START + 2 * TICK)
        assert not record.sessions.is_closed(_ONE)
        assert record.sessions.is_closed(_OTHER)
