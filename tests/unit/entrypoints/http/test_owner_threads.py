"""Threads that owners share."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from entrypoints.http.owner_threads import OwnerThreads, share_as, shared_as
from entrypoints.http.problems import HttpProblem
from ocrcore import ProblemCode
from ocrcore.testing.patience import FOREVER, eventually

ANA, BOB, CEM = "ana", "bob", "cem"


@dataclass
class Held:
    """Calls that take until they are let go, one after the other in each owner's order."""

    threads: OwnerThreads
    running: list[str | None] = field(default_factory=list)
    begun: list[str | None] = field(default_factory=list)
    ends: dict[str | None, threading.Semaphore] = field(default_factory=dict)

    def call(self, owner: str | None, number: int = 1) -> list[Future[None]]:
        end = self.ends.setdefault(owner, threading.Semaphore(0))

        def work() -> None:
            self.begun.append(owner)
            self.running.append(owner)
            assert end.acquire(timeout=FOREVER)
            self.running.remove(owner)

        with shared_as(owner):
            return [self.threads.submit(work) for _ in range(number)]

    def let_go(self, owner: str | None, number: int = 1) -> None:
        self.ends[owner].release(number)

    def is_running(self, **numbers: int) -> object:
        return eventually(lambda: {one: self.running.count(one) for one in {*self.running, *numbers}} == numbers)


@contextmanager
def held_by(number: int, most_waiting: int | None = None) -> Iterator[Held]:
    threads = OwnerThreads(number, "test", most_waiting)
    held = Held(threads)
    yield held
    for end in held.ends.values():
        end.release(1000)
    threads.shutdown()


def test_an_owner_has_half_of_the_threads_and_others_find_one_at_once() -> None:
    with held_by(16) as held:
        held.call(ANA, 100)
        assert held.is_running(ana=8)
        held.call(BOB, 100)
        assert held.is_running(ana=8, bob=4)
        (last,) = held.call(CEM)
        assert held.is_running(ana=8, bob=4, cem=1)
        held.let_go(CEM)
        last.result(FOREVER)


def test_what_an_owner_waits_for_begins_in_its_order_when_there_is_a_thread() -> None:
    with held_by(2) as held:
        calls = held.call(ANA, 5)
        for number, call in enumerate(calls):
            assert held.is_running(ana=1)
            assert [one.done() for one in calls] == [place < number for place in range(5)]
            held.let_go(ANA)
            call.result(FOREVER)


def test_owners_who_wait_take_turns_whatever_one_of_them_waits_for() -> None:
    with held_by(1) as held:
        calls = {owner: held.call(owner, number) for owner, number in ((ANA, 100), (BOB, 1), (CEM, 2))}
        for place, owner in enumerate((ANA, ANA, BOB, CEM, ANA, CEM, ANA, ANA)):
            assert eventually(lambda: len(held.begun) > place)  # noqa: B023 - called at once
            assert held.begun[place] == owner
            held.let_go(owner)
        assert not wait([*calls[BOB], *calls[CEM]], FOREVER).not_done


def test_an_owner_without_a_thread_is_next_before_one_that_has_some() -> None:
    with held_by(4) as held:
        for owner, running in ((ANA, 2), (BOB, 1), (CEM, 1)):
            held.call(owner, 9)
            assert eventually(lambda: held.running.count(owner) == running)  # noqa: B023 - called at once
        held.call("dan")
        held.let_go(ANA)
        assert held.is_running(ana=1, bob=1, cem=1, dan=1)


def test_where_there_are_no_others_all_threads_are_there_for_one() -> None:
    with held_by(4) as held:
        held.call(None, 10)
        assert eventually(lambda: held.running == [None] * 4)


def test_a_call_that_is_cancelled_while_it_waits_never_begins_and_is_not_kept() -> None:
    with held_by(2, most_waiting=2) as held:
        first, second, third = held.call(ANA, 3)
        assert held.is_running(ana=1)
        assert not first.cancel()
        assert second.cancel()
        (fourth,) = held.call(ANA)
        held.let_go(ANA, 3)
        assert not wait([first, third, fourth], FOREVER).not_done
        assert len(held.begun) == 3


def test_an_owner_of_whom_too_much_waits_is_told_so_and_the_others_are_not() -> None:
    with held_by(2, most_waiting=3) as held:
        held.call(ANA, 4)
        with pytest.raises(HttpProblem) as refused:
            held.call(ANA)
        assert refused.value.code is ProblemCode.BUSY
        held.call(BOB, 4)
        held.call(None, 9)


def test_what_a_call_raises_is_raised_and_its_thread_is_free_again() -> None:
    share_as(None)
    with held_by(1) as held:
        for _ in range(3):
            with pytest.raises(ValueError, match="invalid literal"):
                held.threads.submit(int, "x").result(FOREVER)
        assert held.threads.submit(int, "7", base=8).result(FOREVER) == 7


@pytest.mark.parametrize("is_dropped", [True, False])
def test_at_the_end_what_waits_is_dropped_or_done(*, is_dropped: bool) -> None:
    with held_by(2) as held:
        first, second = held.call(ANA, 2)
        assert held.is_running(ana=1)
        ending: Callable[[], None] = lambda: held.threads.shutdown(wait=False, cancel_futures=is_dropped)  # noqa: E731
        ending()
        held.let_go(ANA, 2)
        first.result(FOREVER)
        if is_dropped:
            assert second.cancelled()
        else:
            second.result(FOREVER)
        with pytest.raises(RuntimeError, match="after shutdown"):
            held.threads.submit(int).result(FOREVER)
