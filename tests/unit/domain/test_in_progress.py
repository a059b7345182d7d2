"""Pages in progress whose leases are not renewed; the sentences around them are in ``test_blocked_by.py``."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ocrcore.domain.blocked_by import WAIT_SENTENCES, InProgress
from ocrcore.domain.item import Item
from unit.domain.examples import EARLIER, LEASE, NOW, TICK, processing

RENEWED = processing(lease_until=NOW + LEASE)


def in_progress(*items: Item, lease: timedelta = LEASE) -> InProgress:
    return InProgress(items, lease)


@pytest.mark.parametrize(
    ("lease", "due"),
    [
        (timedelta(seconds=6), timedelta(seconds=3)),
        (timedelta(seconds=60), timedelta(seconds=30)),
        (timedelta(seconds=90), timedelta(seconds=40)),
    ],
)
def test_a_renewal_is_overdue_ten_seconds_late_or_a_sixth_of_a_short_lease(lease: timedelta, due: timedelta) -> None:
    pages = in_progress(processing(lease_until=NOW + lease), lease=lease)
    assert not pages.is_stalled(NOW + due)
    assert pages.is_stalled(NOW + due + TICK)


def test_one_renewed_lease_is_a_sign_of_life() -> None:
    silent = processing(lease_until=NOW)
    assert in_progress(silent).is_stalled(NOW)
    assert not in_progress(silent, RENEWED).is_stalled(NOW)


def test_without_pages_nothing_is_stalled() -> None:
    assert not in_progress().is_stalled(NOW)


@pytest.mark.parametrize(("after", "lapse"), [(-TICK, "lapses"), (timedelta(), "lapsed"), (TICK, "lapsed")])
def test_a_lease_has_lapsed_at_the_instant_of_its_end(after: timedelta, lapse: str) -> None:
    assert in_progress(processing(lease_until=NOW)).taken_back(NOW + after).told(WAIT_SENTENCES) == (
        f"1 page in work will be taken back when its lease {lapse}, at 2024-02-29 12:00:00 UTC"
    )


def test_the_last_sign_of_life_is_the_latest_renewal() -> None:
    assert in_progress(RENEWED, processing(lease_until=NOW)).last_heard_of() == NOW


def test_the_beginning_of_an_attempt_is_a_sign_of_life() -> None:
    begun = replace(processing(lease_until=EARLIER), started_at=NOW)
    assert in_progress(begun).last_heard_of() == NOW


def test_a_damaged_row_without_lease_and_beginning_counts_from_its_wait() -> None:
    damaged = replace(processing(), lease_until=None, started_at=None, queued_at=NOW)
    pages = in_progress(damaged)
    assert pages.is_stalled(NOW)
    assert pages.last_heard_of() == NOW - LEASE
    assert pages.taken_back(NOW).told(WAIT_SENTENCES).endswith("lapsed, at 2024-02-29 12:00:00 UTC")
