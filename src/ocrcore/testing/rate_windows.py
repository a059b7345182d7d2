"""The contract of ``RateWindows``."""

from datetime import timedelta
from typing import Final

from ocrcore.testing.builders import START, StateOfRecord
from ocrcore.testing.jobs_races import at_once
from ocrcore.testing.record import RecordContract

_NEXT: Final = START + timedelta(minutes=1)
_ROUNDS: Final = 5


class RateWindowsContract(RecordContract):
    """The contract of ``RateWindows``. Override the fixture ``record``."""

    def test_what_is_taken_is_not_left(self, record: StateOfRecord) -> None:
        assert record.rate_windows.take("ana", START, 3, 10) == 7
        assert record.rate_windows.take("ana", START, 3, 10) == 4

    def test_the_last_request_can_be_taken(self, record: StateOfRecord) -> None:
        assert record.rate_windows.take("ana", START, 10, 10) == 0

    def test_more_than_is_left_is_refused_and_takes_nothing(self, record: StateOfRecord) -> None:
        record.rate_windows.take("ana", START, 8, 10)
        assert record.rate_windows.take("ana", START, 3, 10) is None
        assert record.rate_windows.take("ana", START, 2, 10) == 0
        assert record.rate_windows.take("ana", START, 1, 10) is None

    def test_the_next_window_is_full_again(self, record: StateOfRecord) -> None:
        record.rate_windows.take("ana", START, 10, 10)
        assert record.rate_windows.take("ana", _NEXT, 4, 10) == 6

    def test_a_late_clock_takes_from_the_window_that_has_begun(self, record: StateOfRecord) -> None:
        record.rate_windows.take("ana", _NEXT, 8, 10)
        assert record.rate_windows.take("ana", START, 2, 10) == 0
        assert record.rate_windows.take("ana", START, 1, 10) is None
        assert record.rate_windows.take("ana", _NEXT, 1, 10) is None

    def test_owners_do_not_share_a_window(self, record: StateOfRecord) -> None:
        names = ("ana", "Ana", "ana ", "\u00e4na")
        assert [record.rate_windows.take(owner, START, 9, 10) for owner in names] == [1] * len(names)

    def test_a_limit_may_be_changed(self, record: StateOfRecord) -> None:
        record.rate_windows.take("ana", START, 5, 10)
        assert record.rate_windows.take("ana", START, 1, 5) is None
        assert record.rate_windows.take("ana", START, 1, 20) == 14

    def test_owners_who_did_not_call_for_days_are_forgotten_without_being_missed(self, record: StateOfRecord) -> None:
        record.rate_windows.take("ana", START, 5, 10)
        days = START + timedelta(days=3)
        assert record.rate_windows.take("bob", days, 5, 10) == 5
        assert record.rate_windows.take("ana", days, 5, 10) == 5

    def test_takes_at_once_never_exceed_the_limit(self, record: StateOfRecord) -> None:
        for number in range(_ROUNDS):
            owner = f"owner-{number}"

            def take(owner: str = owner) -> int:
                return sum(record.rate_windows.take(owner, START, 3, 20) is not None for _ in range(8))

            first, second = at_once(take, take)
            assert isinstance(first, int)
            assert isinstance(second, int)
            assert first + second == 6
            assert record.rate_windows.take(owner, START, 2, 20) == 0
