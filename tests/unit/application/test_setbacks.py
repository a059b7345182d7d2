"""Jobs whose documents could not be deleted rest, ever longer."""

from datetime import timedelta

from ocrcore.application.setbacks import CAPACITY, LONGEST, SHORTEST, Setbacks
from ocrcore.testing.builders import START, TICK, an_id


def test_each_failure_doubles_the_rest_up_to_the_longest() -> None:
    setbacks, now = Setbacks(), START
    for rest in [SHORTEST * 2**times for times in range(9)] + [LONGEST] * 2:
        setbacks.note(an_id(1), now)
        assert setbacks.resting(now + rest - TICK) == {an_id(1)}
        now += rest
        assert setbacks.resting(now) == set()


def test_a_success_ends_it() -> None:
    setbacks = Setbacks()
    for _ in range(5):
        setbacks.note(an_id(1), START)
    setbacks.forget(an_id(1))
    assert setbacks.resting(START) == set()
    setbacks.note(an_id(1), START)
    assert setbacks.resting(START + SHORTEST) == set()


def test_a_clock_that_was_set_back_ends_it() -> None:
    setbacks = Setbacks()
    setbacks.note(an_id(1), START)
    assert setbacks.resting(START - timedelta(days=1)) == set()


def test_the_jobs_that_failed_last_are_remembered() -> None:
    setbacks = Setbacks()
    for number in (0, 1, 0, *range(2, CAPACITY + 1)):
        setbacks.note(an_id(number), START)
    assert setbacks.resting(START) == {an_id(0), *map(an_id, range(2, CAPACITY + 1))}
