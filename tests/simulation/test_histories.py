import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from ocrcore.testing.simulation import PAIRS, Verdict, plan_of, run_seed
from ocrcore.testing.simulation.campaign import Summary, run_campaign, run_range
from simulated import fakes_of, memory_fakes

_TESTS = Path(__file__).parents[1]
_DIGESTS = """
import sys
from ocrcore.testing.simulation import run_seed
from simulated import memory_fakes
for seed in range(int(sys.argv[1])):
    print(run_seed(seed, memory_fakes).trace.digest())
"""


def test_some_hundred_histories_hold_every_invariant() -> None:
    summary = run_range(range(300), memory_fakes)
    assert summary.violations == {}
    assert summary.histories == 300
    assert summary.figures["DONE"] > 300


def test_histories_on_a_queue_that_takes_turns_as_the_one_in_the_database_does_hold_them_too() -> None:
    summary = run_range(range(120), partial(memory_fakes, in_turn=True))
    assert summary.violations == {}
    assert summary.figures["DONE"] > 100


def test_histories_with_a_limit_of_requests_hold_it() -> None:
    limited = [seed for seed in range(1000) if plan_of(seed).limited]
    verdicts = [run_seed(seed, memory_fakes) for seed in limited[:15]]
    assert [verdict.violation for verdict in verdicts if verdict.violation is not None] == []
    assert any("rate_windows.take" in line for verdict in verdicts for line in verdict.trace.lines())


def test_histories_with_quotas_hold_them() -> None:
    quoted = [seed for seed in range(1000) if plan_of(seed).quoted]
    verdicts = [run_seed(seed, memory_fakes) for seed in quoted[:15]]
    assert [verdict.violation for verdict in verdicts if verdict.violation is not None] == []
    assert any("QuotaExceeded" in line for verdict in verdicts for line in verdict.trace.lines())


def test_a_campaign_alternates_between_both_kinds_of_queue_and_each_meets_every_pair() -> None:
    kinds = [fakes_of(seed) for seed in (0, 1, 2, 3)]
    assert kinds[::2] == [memory_fakes] * 2
    assert [kind.keywords for kind in kinds[1::2] if isinstance(kind, partial)] == [{"in_turn": True}] * 2
    for first in (0, 1):
        plans = map(plan_of, range(first, 2 * len(PAIRS), 2))
        assert {(plan.operation, plan.fault) for plan in plans} == {*PAIRS}


@pytest.mark.parametrize("seed", [439, 4885, 11457, 14918, 36083, 114995, 167655, 207566, 500302, 525001, 2017233])
def test_what_was_violated_once_is_not_again(seed: int) -> None:
    assert run_seed(seed, memory_fakes).violation is None


def test_a_look_that_took_hours_hides_no_later_state_from_a_stream_that_is_resumed() -> None:
    assert run_seed(1615, partial(memory_fakes, in_turn=True)).violation is None


def test_an_error_that_is_only_logged_is_a_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object) -> None:
        msg = "a row that nobody foresaw"
        raise ValueError(msg)

    monkeypatch.setattr("ocrcore.application.upkeep.expire.apply_deadline", stumble)
    seen = {str(violation) for seed in range(50) if (violation := run_seed(seed, memory_fakes).violation) is not None}
    assert any("a row that nobody foresaw" in violation for violation in seen), seen


def test_a_campaign_on_several_processes_sees_the_same() -> None:
    alone, shared = run_range(range(1000, 1040), memory_fakes), run_campaign(range(1000, 1040), memory_fakes, 2)
    assert shared == alone


def test_a_summary_can_be_written_down_and_added_to_others() -> None:
    summary = run_range(range(20), memory_fakes)
    assert Summary.from_json(summary.to_json()) == summary


def test_a_seed_replays_in_another_process_and_hash_seed() -> None:
    def digests(hash_seed: str) -> list[str]:
        environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(_TESTS)}
        command = [sys.executable, "-c", _DIGESTS, "50"]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.split()

    first = digests("1")
    assert len(set(first)) == 50
    assert first == digests("777") == [run_seed(seed, memory_fakes).trace.digest() for seed in range(50)]


def test_seeds_that_follow_each_other_are_about_every_pair() -> None:
    plans = [plan_of(seed) for seed in range(5000, 5000 + len(PAIRS))]
    assert {(plan.operation, plan.fault) for plan in plans} == set(PAIRS)


def test_a_verdict_tells_its_story() -> None:
    verdict: Verdict = run_seed(7, memory_fakes)
    assert verdict.story().endswith("seed 7: no violation")
    assert verdict.story().count("\n") == len(verdict.trace.entries)
    assert "jobs.transact" in verdict.story()
    assert verdict.story(5).count("\n") == 5


def test_the_summary_names_every_operation() -> None:
    text = "\n".join(run_range(range(3), memory_fakes).lines())
    assert all(operation in text for operation, _ in PAIRS)
    assert "violations: 0" in text
