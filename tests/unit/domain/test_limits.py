from datetime import UTC, datetime, timedelta

import pytest

from ocrcore.domain.limits import WINDOW, Leased, lease_of, local_share, window_of

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("seconds", [0, 0.000001, 59.999999])
def test_a_window_is_a_minute_of_the_clock(seconds: float) -> None:
    assert window_of(NOON + timedelta(seconds=seconds)) == NOON
    assert window_of(NOON + WINDOW) == NOON + WINDOW
    assert window_of(NOON - timedelta(microseconds=1)) == NOON - WINDOW


@pytest.mark.parametrize(("limit", "lease", "share"), [(600, 30, 150), (39, 1, 9), (40, 2, 10), (1, 1, 1), (3, 1, 1)])
def test_a_lease_is_a_twentieth_and_a_share_a_quarter_and_at_least_one(limit: int, lease: int, share: int) -> None:
    assert lease_of(limit) == lease
    assert local_share(limit) == share


def test_a_lease_is_spent_request_by_request() -> None:
    leased = Leased.nothing(600, NOON)
    assert (leased.held, leased.wanted, leased.allowance(NOON).left) == (0, 30, 600)
    leased = leased.taken(570)
    assert (leased.held, leased.allowance(NOON).left) == (30, 600)
    assert leased.spent().allowance(NOON).left == 599


def test_the_last_requests_are_taken_one_by_one() -> None:
    ending = Leased.nothing(607, NOON).refused()
    assert (ending.wanted, ending.is_used_up) == (1, False)
    assert ending.taken(6).held == 1
    assert ending.refused().is_used_up
    assert ending.refused().allowance(NOON).left == 0


def test_a_limit_that_is_taken_one_by_one_is_used_up_at_once() -> None:
    assert Leased.nothing(10, NOON).refused().is_used_up


def test_a_share_is_given_once() -> None:
    alone = Leased.nothing(600, NOON).unanswered()
    assert (alone.held, alone.is_used_up, alone.allowance(NOON).left) == (150, False, 150)
    assert alone.unanswered().is_used_up


def test_what_was_held_ends_with_its_window() -> None:
    leased = Leased.nothing(600, NOON).taken(0).unanswered()
    assert leased.at(NOON + WINDOW - timedelta(microseconds=1)) == leased
    assert leased.at(NOON + WINDOW) == Leased.nothing(600, NOON + WINDOW)


def test_a_clock_that_is_set_back_begins_no_window_again() -> None:
    used_up = Leased.nothing(1, NOON).refused()
    assert used_up.at(NOON - WINDOW) == used_up


@pytest.mark.parametrize(("passed", "seconds"), [(0, 60), (0.1, 60), (59, 1), (59.999, 1)])
def test_the_seconds_that_are_told_reach_into_the_next_window(passed: float, seconds: int) -> None:
    assert Leased.nothing(600, NOON).allowance(NOON + timedelta(seconds=passed)).seconds == seconds
