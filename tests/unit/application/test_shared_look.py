from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest

from ocrcore.application.shared_look import SharedLook
from ocrcore.testing.builders import START
from ocrcore.testing.patience import FOREVER

_SECOND = timedelta(seconds=1)


def looks() -> tuple[SharedLook[int], Callable[[], int]]:
    """Return a shared look, and what it asks: the number of the look."""
    asked = iter(range(100))
    return SharedLook(5 * _SECOND), lambda: next(asked)


def test_a_look_serves_all_who_come_within_its_life() -> None:
    shared, look = looks()
    assert [shared.get(START + n * _SECOND, look) for n in (0, 1, 4, 5, 9, 10)] == [0, 0, 0, 1, 1, 2]


def test_a_clock_that_was_set_back_does_not_keep_an_old_look() -> None:
    shared, look = looks()
    assert [shared.get(START, look), shared.get(START - timedelta(hours=1), look)] == [0, 1]


def test_a_look_that_fails_is_the_next_callers_to_repeat() -> None:
    shared, look = looks()

    def fail() -> int:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        shared.get(START, fail)
    assert shared.get(START, look) == 0
    with pytest.raises(ConnectionError):
        shared.get(START + 9 * _SECOND, fail)
    assert shared.get(START + 9 * _SECOND, look) == 1


def test_while_one_looks_again_the_others_have_the_old_result_at_once() -> None:
    shared, look = looks()
    begun, may_end = Event(), Event()

    def slowly() -> int:
        begun.set()
        assert may_end.wait(FOREVER)
        return look()

    assert shared.get(START, look) == 0
    with ThreadPoolExecutor() as threads:
        slow = threads.submit(shared.get, START + 9 * _SECOND, slowly)
        assert begun.wait(FOREVER)
        assert shared.get(START + 9 * _SECOND, look) == 0
        may_end.set()
        assert slow.result(FOREVER) == 1


def test_before_the_first_result_all_wait_for_one_look() -> None:
    shared, look = looks()
    begun, may_end = Event(), Event()

    def slowly() -> int:
        begun.set()
        assert may_end.wait(FOREVER)
        return look()

    with ThreadPoolExecutor() as threads:
        first = threads.submit(shared.get, START, slowly)
        assert begun.wait(FOREVER)
        others = [threads.submit(shared.get, START, look) for _ in range(3)]
        may_end.set()
        assert {one.result(FOREVER) for one in (first, *others)} == {0}
