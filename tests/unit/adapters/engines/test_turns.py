import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from adapters.engines.turns import NoTurn, Turns
from ocrcore.testing.patience import FOREVER, eventually


class Queue:
    """Callers who wait while somebody else has the only turn."""

    def __init__(self, threads: ThreadPoolExecutor, most: int) -> None:
        self.turns = Turns(1, most)
        self.order: list[str] = []
        self._threads = threads

    def comes(self, name: str, rank: int) -> Future[None]:
        began = threading.Event()

        def take() -> None:
            began.set()
            with self.turns.taken(rank, FOREVER):
                self.order.append(name)

        before = self.waiting
        coming = self._threads.submit(take)
        assert began.wait(FOREVER)
        assert eventually(lambda: self.waiting > before or coming.done())
        return coming

    @property
    def waiting(self) -> int:
        return len(self.turns._waiting)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(10) as threads:
        yield threads


def test_the_lowest_rank_is_next_and_among_equals_the_first(threads: ThreadPoolExecutor) -> None:
    queue = Queue(threads, most=9)
    with queue.turns.taken(0, FOREVER):
        came = [queue.comes(*one) for one in (("late", 7), ("first", 0), ("second", 0), ("third", 3))]
    for one in came:
        one.result(FOREVER)
    assert queue.order == ["first", "second", "third", "late"]


def test_the_last_of_all_is_turned_away_when_too_many_wait(threads: ThreadPoolExecutor) -> None:
    queue = Queue(threads, most=2)
    with queue.turns.taken(0, FOREVER):
        many, one = queue.comes("many", 900), queue.comes("one", 0)
        other = threads.submit(lambda: queue.turns.taken(0, FOREVER).__enter__())
        with pytest.raises(NoTurn):
            many.result(FOREVER)
        with pytest.raises(NoTurn), queue.turns.taken(5, FOREVER):
            pytest.fail("It comes after all who wait.")
    one.result(FOREVER)
    assert queue.order == ["one"]
    other.result(FOREVER)


def test_a_wait_ends_and_takes_no_turn_from_others() -> None:
    turns = Turns(2, waiting=5)
    with ExitStack() as held:
        held.enter_context(turns.taken(0, FOREVER))
        held.enter_context(turns.taken(0, FOREVER))
        with pytest.raises(NoTurn), turns.taken(0, 0.01):
            pytest.fail("There are two turns.")
    with turns.taken(0, 0), turns.taken(0, 0), pytest.raises(NoTurn), turns.taken(0, 0):
        pytest.fail("There are two turns.")


def test_an_error_gives_the_turn_back() -> None:
    turns = Turns(1, waiting=0)
    with pytest.raises(ZeroDivisionError), turns.taken(0, FOREVER):
        raise ZeroDivisionError
    with turns.taken(0, 0):
        pass
