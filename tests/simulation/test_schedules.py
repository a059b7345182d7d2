from functools import partial
from itertools import islice

import pytest

from ocrcore.testing.simulation import Fault
from ocrcore.testing.simulation.exhaustive import double_faults, happy_path, run_schedule, single_faults
from simulated import memory_fakes


def test_the_happy_path_is_happy() -> None:
    verdict, calls = run_schedule({}, memory_fakes)
    assert verdict.violation is None
    assert verdict.figures["DONE"] == 3
    assert calls.count("engine.recognise") == 3


def test_one_job_makes_the_same_calls_on_either_kind_of_queue() -> None:
    """So its schedules are tried on one: queues differ where there are several jobs or owners."""
    assert happy_path(partial(memory_fakes, in_turn=True)) == happy_path(memory_fakes)


def test_every_single_fault_leads_to_three_texts() -> None:
    for schedule in single_faults(happy_path(memory_fakes)):
        verdict, _ = run_schedule(schedule, memory_fakes)
        assert verdict.violation is None, schedule
        assert verdict.figures["DONE"] == 3, schedule


def test_everything_may_fail_after_any_call() -> None:
    for call in range(len(happy_path(memory_fakes))):
        verdict, _ = run_schedule({}, memory_fakes, all_after=call)
        assert verdict.violation is None, call


@pytest.mark.parametrize("first", [Fault.CRASH_AFTER, Fault.AFTER])
def test_two_faults_one_after_the_other_lead_to_three_texts(first: Fault) -> None:
    for call in range(0, len(happy_path(memory_fakes)) - 1, 3):
        verdict, _ = run_schedule({call: first, call + 1: Fault.CRASH_BEFORE}, memory_fakes)
        assert verdict.violation is None, call


def test_a_client_whose_service_is_away_for_long_is_answered_in_the_end() -> None:
    for first, second in ((1, 6), (2, 4)):
        verdict, _ = run_schedule({first: Fault.CRASH_AFTER, second: Fault.CRASH_BEFORE}, memory_fakes)
        assert verdict.violation is None
        assert verdict.figures["DONE"] == 3


def test_a_call_has_each_of_its_faults_once() -> None:
    assert list(single_faults(["jobs.transact", "queue.receive", "engine.recognise"])) == [
        {0: Fault.CRASH_BEFORE},
        {0: Fault.CRASH_AFTER},
        {0: Fault.BEFORE},
        {0: Fault.COMMIT_DONE},
        {1: Fault.CRASH_BEFORE},
        {1: Fault.CRASH_AFTER},
        {1: Fault.BEFORE},
        {2: Fault.CRASH_BEFORE},
        {2: Fault.CRASH_AFTER},
        {2: Fault.ENGINE_CRASH},
    ]


def test_the_second_fault_is_of_any_later_call_that_the_first_one_leads_to() -> None:
    first = next(single_faults(happy_path(memory_fakes)))
    _, calls = run_schedule(first, memory_fakes)
    expected = [{**first, **second} for second in single_faults(calls) if min(second) > 0]
    assert list(islice(double_faults(memory_fakes), len(expected))) == expected
