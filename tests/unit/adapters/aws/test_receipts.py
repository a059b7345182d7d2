from datetime import timedelta

import pytest

from adapters.aws.receipts import CEILING, handle_of, receipt, seconds_of

#: By the monotonic clock of a machine that has been up for a day.
NOW = 86_400.0
HOUR = timedelta(hours=1)


def held_for(seconds: float) -> str:
    return receipt("AQEB/x+y==", NOW - seconds)


def test_a_receipt_keeps_its_handle() -> None:
    assert handle_of(held_for(5)) == "AQEB/x+y=="


@pytest.mark.parametrize("stray", ["", "x", "/", "12/", "/x", "-1/x", "²/x", "1.5/x", "x/12"])
def test_a_stray_has_none(stray: str) -> None:
    assert handle_of(stray) is None


@pytest.mark.parametrize(("hidden", "seconds"), [(0.0, 0), (0.001, 1), (1, 1), (59.5, 60), (3600, 3600)])
def test_seconds_are_whole_and_rounded_up(hidden: float, seconds: int) -> None:
    assert seconds_of(held_for(0), timedelta(seconds=hidden), NOW) == seconds


def test_nothing_is_hidden_beyond_the_ceiling() -> None:
    assert seconds_of(held_for(0), 13 * HOUR, NOW) == CEILING - 1
    assert seconds_of(held_for(11 * 3600), 2 * HOUR, NOW) == 3599
    assert seconds_of(held_for(11 * 3600), HOUR / 2, NOW) == 1800


@pytest.mark.parametrize("held", [CEILING - 1, CEILING, CEILING + 99])
def test_a_message_is_not_shown_early_for_lack_of_time(held: int) -> None:
    assert seconds_of(held_for(held), HOUR, NOW) is None


def test_a_message_can_always_be_shown() -> None:
    assert seconds_of(held_for(CEILING + 99), timedelta(), NOW) == 0
