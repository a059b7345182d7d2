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

    def comes(self, name: str, rank: int, owner: str = "") -> Future[None]:
        began = threading.Event()

        def take() -> None:
            began.set()
            with self.turns.taken(rank, FOREVER, owner):
                self.order.append(name)

        before = self.waiting
        coming = self._threads.submit(take)
        assert began.wait(FOREVER)
        assert eventually(lambda: self.waiting > before or coming.done() or before == self.turns._most)
        return coming

    @property
    def waiting(self) -> int:
        return self.turns.waiting


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(10) as threads:
        yield threads


def test_the_lowest_rank_is_next_and_among_equals_the_first(threads: ThreadPoolExecutor) -> None:
    queue = Queue(threads, most=9)
    with queue.turns.taken(0, FOREVER):
        assert (queue.turns.held, queue.turns.waiting) == (1, 0)
        came = [queue.comes(*one) for one in (("late", 7), ("first", 0), ("second", 0), ("third", 3))]
    for one in came:
        one.result(FOREVER)
    assert queue.order == ["first", "second", "third", "late"]
    assert (queue.turns.held, queue.turns.waiting) == (0, 0)


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


def test_owners_take_turns_whatever_the_rank(threads: ThreadPoolExecutor) -> None:
    queue = Queue(threads, most=9)
    with queue.turns.taken(0, FOREVER, "ana"):
        came = [queue.comes("ana 1", 0, "ana"), queue.comes("ana 2", 0, "ana"), queue.comes("bob 7", 7, "bob")]
        came += [queue.comes("bob 8", 8, "bob"), queue.comes("eve 900", 900, "eve")]
    for one in came:
        one.result(FOREVER)
    assert queue.order == ["bob 7", "eve 900", "ana 1", "bob 8", "ana 2"]


def test_who_is_turned_away_is_of_the_owner_with_the_most_waiting(threads: ThreadPoolExecutor) -> None:
    queue = Queue(threads, most=3)
    with queue.turns.taken(0, FOREVER, "ana"):
        came = [queue.comes(f"ana {rank}", rank, "ana") for rank in range(3)]
        bob = queue.comes("bob 900", 900, "bob")
        with pytest.raises(NoTurn):
            came[2].result(FOREVER)
    for one in (*came[:2], bob):
        one.result(FOREVER)
    assert queue.order == ["bob 900", "ana 0", "ana 1"]


def test_owners_who_are_served_are_forgotten() -> None:
    turns = Turns(1, waiting=1)
    for number in range(100):
        with turns.taken(0, FOREVER, str(number)):
            pass
    assert not turns._latest
    assert not turns._held
