from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

import pytest

from adapters.memory.database import MemoryDatabase
from adapters.memory.rate_windows import MemoryRateWindows
from ocrcore import Policy
from ocrcore.application.access.request_limit import RequestLimit
from ocrcore.application.leases import CAPACITY, RequestLeases
from ocrcore.domain.errors import DatabaseUnavailable, RateLimited
from ocrcore.domain.limits import Leased, LimitPolicy, local_share
from ocrcore.ports.rate_windows import RateWindows
from ocrcore.testing.faults import Faulty
from worlds import START, World


class Processes:
    """Some processes of one service, each with leases of its own."""

    def __init__(self, limit: int, number: int = 2, *, shared: bool = True) -> None:
        self.world = World(Policy(limit_requests=limit))
        self.calls: list[int] = []
        windows, calls = self.world.context.rate_windows, self.calls

        class Counting(RateWindows):
            def take(self, owner: str, window: datetime, number: int, limit: int) -> int | None:
                calls.append(number)
                return windows.take(owner, window, number, limit)

        self.windows: Faulty[RateWindows] = Faulty(Counting())
        self.limits = [
            RequestLimit(
                replace(
                    self.world.context,
                    rate_windows=self.windows.port if shared else MemoryRateWindows(MemoryDatabase()),
                    leases=RequestLeases(),
                )
            )
            for _ in range(number)
        ]
        self.world.tick(seconds=60 - START.timestamp() % 60)  # a window begins

    def admitted(self, number: int, *, process: int = 0, owner: str = "ana") -> int:
        """Send requests to one process, and return how many are admitted."""
        return sum(self._is_admitted(process, owner) for _ in range(number))

    def _is_admitted(self, process: int, owner: str) -> bool:
        try:
            self.limits[process].spend(owner)
        except RateLimited:
            return False
        return True


@pytest.mark.parametrize("limit", [1, 7, 60, 607])
def test_one_process_admits_the_limit_and_no_more(limit: int) -> None:
    processes = Processes(limit)
    assert processes.admitted(limit + 10) == limit
    assert set(processes.world.meter.refusals) == {LimitPolicy.REQUESTS}


def admitted_by_three(*, shared: bool) -> int:
    processes = Processes(600, number=3, shared=shared)
    return sum(processes.admitted(1, process=number % 3) for number in range(900))


def test_processes_share_the_limit() -> None:
    assert admitted_by_three(shared=True) == 600


def test_a_limit_that_only_one_process_knows_is_found() -> None:
    assert admitted_by_three(shared=False) == 900


def test_what_another_process_holds_is_the_most_that_is_refused_early() -> None:
    processes = Processes(600)
    assert processes.admitted(1) == 1
    assert processes.admitted(700, process=1) == 600 - 30


def test_owners_have_a_limit_each() -> None:
    processes = Processes(10)
    assert processes.admitted(20) == 10
    assert processes.admitted(20, owner="bob") == 10


def test_the_next_minute_is_full_again() -> None:
    processes = Processes(10)
    processes.admitted(20)
    processes.world.tick(seconds=59)
    assert processes.admitted(1) == 0
    processes.world.tick(seconds=1)
    assert processes.admitted(20) == 10


def test_a_minute_costs_twenty_statements_and_a_refusal_none() -> None:
    processes = Processes(600)
    processes.admitted(2000)
    assert processes.calls == [30] * 21 + [1]


def test_a_refusal_says_which_limit_and_for_how_long() -> None:
    processes = Processes(2)
    processes.admitted(2)
    processes.world.tick(seconds=12.5)
    with pytest.raises(RateLimited) as refusal:
        processes.limits[0].spend("ana")
    assert (refusal.value.policy, refusal.value.retry_after) == ("requests", 48)


def test_what_is_left_is_told() -> None:
    processes = Processes(600)
    processes.world.tick(seconds=1)
    assert processes.limits[0].spend_held("ana") is None
    first, second = (processes.limits[0].spend("ana") for _ in range(2))
    assert (first.left, second.left, second.seconds, second.limit) == (599, 598, 59, 600)
    third = processes.limits[0].spend_held("ana")
    assert third is not None
    assert third.left == 597


def test_without_the_database_each_process_has_a_share() -> None:
    processes = Processes(600)
    processes.windows.before("take", DatabaseUnavailable("simulated"), times=10)
    assert processes.admitted(600) == local_share(600)
    assert processes.admitted(600, process=1) == local_share(600)


def test_a_database_that_is_lost_in_between_adds_one_share_and_no_more() -> None:
    processes = Processes(600)
    assert processes.admitted(600) == 600
    processes.windows.before("take", DatabaseUnavailable("simulated"), times=10)
    assert processes.admitted(600, process=1) == local_share(600)
    processes.world.tick(minutes=1)
    assert processes.admitted(600) == local_share(600)


def test_requests_at_once_take_one_lease() -> None:
    processes = Processes(600)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: processes.limits[0].spend("ana"), range(16)))
    assert processes.calls == [30]


def test_a_limit_that_was_changed_counts_from_its_first_request() -> None:
    leases = RequestLeases()
    leases.change("ana", 1, START, Leased.refused)
    assert not leases.change("ana", 2, START, lambda leased: leased).is_used_up


def test_owners_who_called_longest_ago_are_forgotten() -> None:
    leases = RequestLeases()
    for number in range(CAPACITY + 1):
        leases.change(str(number), 600, START, lambda leased: leased.taken(570))
    kept = [leases.change(str(number), 600, START, lambda leased: leased).held for number in (1, 0)]
    assert kept == [30, 0]


@pytest.mark.parametrize("taken_by_others", [0, 10])
def test_an_answer_about_a_minute_that_has_ended_says_nothing_of_the_next(taken_by_others: int) -> None:
    world = World(Policy(limit_requests=10))
    world.tick(seconds=60 - START.timestamp() % 60)
    windows = world.context.rate_windows
    if taken_by_others:
        windows.take("ana", world.context.clock.now(), taken_by_others, 10)
    answers: list[int | None] = []

    class Slow(RateWindows):
        def take(self, owner: str, window: datetime, number: int, limit: int) -> int | None:
            answer = windows.take(owner, window, number, limit)
            if not answers:
                world.tick(seconds=60)
                assert requests.spend_held("ana") is None  # another request begins the next minute
            answers.append(answer)
            return answer

    requests = RequestLimit(replace(world.context, rate_windows=Slow(), leases=RequestLeases()))
    for _ in range(10):
        requests.spend("ana")
    with pytest.raises(RateLimited):
        requests.spend("ana")
    assert (answers[0] is None) == bool(taken_by_others)
