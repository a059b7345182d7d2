from datetime import timedelta

from ocrcore.testing.simulation.kernel import SECOND, START, Actor, Kernel, Process


def _forever() -> bool:
    return False


def test_time_leaps_to_the_next_alarm() -> None:
    kernel, seen = Kernel(0), []

    def live() -> None:
        kernel.sleep(3600 * SECOND)
        seen.append(kernel.instant())

    kernel.spawn(Process("one", 0), "main", live)
    kernel.run(_forever, 7200 * SECOND)
    assert seen == [START + timedelta(hours=1)]


def test_a_killed_process_runs_nothing_more_until_the_history_is_over() -> None:
    kernel, process, ran = Kernel(0), Process("one", 0), []

    def live() -> None:
        try:
            kernel.sleep(SECOND)
        finally:
            ran.append("finally")

    kernel.spawn(process, "main", live)
    kernel.run(_forever, SECOND // 2)
    process.dead = True
    kernel.run(_forever, 10 * SECOND)
    assert ran == []
    kernel.bury()
    assert ran == ["finally"]


def test_a_frozen_process_goes_on_later() -> None:
    kernel, process, seen = Kernel(0), Process("one", 0), []
    process.frozen_until = 5 * SECOND
    kernel.spawn(process, "main", lambda: seen.append(kernel.now))
    kernel.run(_forever, 10 * SECOND)
    assert seen == [5 * SECOND]


def test_whoever_waits_for_something_is_woken_when_it_is_so() -> None:
    kernel, process, seen = Kernel(0), Process("one", 0), []

    def wait() -> None:
        kernel.sleep(100 * SECOND, lambda: process.draining)
        seen.append(kernel.now)

    def act() -> None:
        kernel.sleep(SECOND)
        process.draining = True

    kernel.spawn(process, "waits", wait)
    kernel.spawn(process, "acts", act)
    kernel.run(_forever, 200 * SECOND)
    assert seen == [SECOND]


def test_an_actor_that_dies_of_an_error_ends_the_history() -> None:
    def live() -> None:
        raise RuntimeError

    kernel = Kernel(0)
    actor: Actor = kernel.spawn(Process("one", 0), "main", live)
    assert not kernel.run(_forever, SECOND)
    assert kernel.violation is not None
    assert actor.who in kernel.violation.detail
