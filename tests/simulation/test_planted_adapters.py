import subprocess
import sys
from pathlib import Path

import pytest

_BROKEN = Path(__file__).with_name("broken_adapters.py")

#: Planted bug -> the promise of the contract suite that it breaks.
_FOUND_BY = {
    "TestTwoTransactionFinalise": "test_the_last_two_items_finish_at_once",
    "TestBlindCounter": "test_the_job_that_is_saved_last_counts",
    "TestSweeperWithoutCompareAndSet": "test_a_sweep_does_what_the_item_says",
    "TestLockWaitWithoutRollback": "test_an_error_undoes_everything",
    "TestRoundedDeadline": "test_the_deadline_is_kept_to_the_microsecond",
    "TestDeleteLeavesOutbox": "test_a_deletion_leaves_the_tombstone_alone",
}


@pytest.fixture(scope="module")
def failed() -> set[tuple[str, str]]:
    names = [f"{_BROKEN}::{planted}::{promise}" for planted, promise in _FOUND_BY.items()]
    command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-rf", "-p", "no:cacheprovider", *names]
    run = subprocess.run(command, check=False, capture_output=True, text=True, cwd=_BROKEN.parents[2])
    lines = [line.split(" ")[1] for line in run.stdout.splitlines() if line.startswith("FAILED ")]
    return {(planted, promise) for _, planted, promise in (line.split("::") for line in lines)}


@pytest.mark.parametrize("planted", _FOUND_BY)
def test_a_planted_bug_breaks_the_contract(planted: str, failed: set[tuple[str, str]]) -> None:
    assert (planted, _FOUND_BY[planted]) in failed
