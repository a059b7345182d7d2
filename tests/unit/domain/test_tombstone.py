from dataclasses import replace
from datetime import timedelta

from ocrcore.domain.job import Tombstone
from ocrcore.domain.time_limits import TOMBSTONE_LIFE
from unit.domain.examples import JOB_ID, NOW

MINUTE = timedelta(minutes=1)
FRESH = Tombstone(JOB_ID, "local", deleted_at=NOW, purge_at=NOW)


def test_documents_are_looked_for_again_an_items_time_later() -> None:
    once = FRESH.purged(NOW + MINUTE, item_timeout=2 * MINUTE)
    assert once == replace(FRESH, purges=1, purge_at=NOW + 3 * MINUTE, is_unindexed=True)


def test_documents_are_looked_for_a_last_time_after_fifteen_days() -> None:
    twice = replace(FRESH, purges=1).purged(NOW + 3 * MINUTE, item_timeout=2 * MINUTE)
    assert twice == replace(FRESH, purges=2, purge_at=NOW + timedelta(days=15), is_unindexed=True)


def test_then_the_tombstone_goes() -> None:
    assert replace(FRESH, purges=2).purged(NOW + TOMBSTONE_LIFE, item_timeout=MINUTE) is None


def test_a_tombstone_outlives_every_message() -> None:
    assert timedelta(days=14) < TOMBSTONE_LIFE
