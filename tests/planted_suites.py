"""Planted bugs that live below a port: which promise of a suite each of them breaks, on a real server."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from ocrcore.testing.patience import FOREVER

_ROOT: Final = Path(__file__).parents[1]
_PLANTED: Final = "tests/integration/mysql/planted_adapters.py"

#: Planted bug -> the class that has it, and the promise that it breaks.
FOUND_BY: Final = {
    "two-transaction-finalise": "TestTwoTransactionFinalise::test_the_last_two_items_finish_at_once",
    "blind-counter": "TestBlindCounter::test_the_job_that_is_saved_last_counts",
    "sweeper-without-compare-and-set": "TestSweeperWithoutCompareAndSet::test_a_sweep_does_what_the_item_says",
    "owner-forgotten-of-item-in-sql": "TestOwnerlessItem::test_an_item_is_read_by_its_owner_alone",
    "owner-forgotten-of-webhooks-in-sql": (
        "TestOwnerlessWebhooks::test_webhooks_are_listed_to_their_owner_the_newest_first"
    ),
    "owner-forgotten-of-keys-in-sql": "TestOwnerlessKeys::test_a_key_is_listed_to_its_owner_the_newest_first",
    "rounded-deadline": "TestRoundedDeadline::test_the_deadline_is_kept_to_the_microsecond",
    "lock-wait-without-rollback": "TestLockWaitWithoutRollback::test_a_lock_wait",
}


def broken() -> set[str]:
    """Run the promises against the planted bugs; return the names of those that broke theirs."""
    command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-rf", "-p", "no:cacheprovider", "-p", "no:xdist"]
    nodes = [f"{_PLANTED}::{promise}" for promise in FOUND_BY.values()]
    run = subprocess.run([*command, *nodes], check=False, capture_output=True, text=True, cwd=_ROOT, timeout=FOREVER)
    failed = {line.split(" ")[1] for line in run.stdout.splitlines() if line.startswith("FAILED ")}
    return {name for name, node in zip(FOUND_BY, nodes, strict=True) if node in failed}
