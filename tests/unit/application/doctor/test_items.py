"""Items whose fields contradict each other."""

from dataclasses import replace
from typing import Any

import pytest

from examined import abandon, assert_stays, findings, left, only, settled
from ocrcore import FindingKind, ItemErrorCode, ItemStatus
from worlds import START, World


def test_an_item_that_is_held_by_nobody_is_found() -> None:
    world = World()
    job = world.submit()
    abandon(world)
    item = world.item(job)
    world.database.items[item.id] = replace(item, lease_until=None)
    assert only(world, FindingKind.LEASELESS_ITEM).item_id == item.id
    assert_stays(world, FindingKind.LEASELESS_ITEM)


@pytest.mark.parametrize(
    "fields",
    [
        {"recognised_text": None},
        {"engine": None},
        {"finished_at": None},
        {"attempts": 0},
        {"attempts_limit": 0},
        {"error_code": ItemErrorCode.OCR_TIMEOUT},
        {"status": ItemStatus.ERROR, "recognised_text": None},
        {"status": ItemStatus.ERROR, "error_code": ItemErrorCode.OCR_TIMEOUT},
    ],
)
def test_an_item_that_cannot_be_is_found(fields: dict[str, Any]) -> None:
    world, job = settled("ALPHA")
    item = world.item(job)
    world.database.items[item.id] = replace(item, **fields)
    for _ in range(2):
        (found,) = [one for one in findings(world, repair=True) if one.kind is FindingKind.CONTRADICTORY_ITEM]
        assert (found.item_id, found.is_left) == (item.id, True)


@pytest.mark.parametrize("fields", [{"finished_at": START}, {"recognised_text": "ALPHA"}, {"lease_until": START}])
def test_an_item_that_waits_with_what_comes_later_is_found(fields: dict[str, Any]) -> None:
    world = World()
    item = world.item(world.submit())
    world.database.items[item.id] = replace(item, **fields)
    assert FindingKind.CONTRADICTORY_ITEM in left(world)


def test_nobody_is_told_to_remove_the_upload_of_an_item_that_names_another() -> None:
    world, job = settled()
    first, second = world.items(job)
    world.database.items[second.id] = replace(second, s3_key=first.s3_key)
    assert only(world, FindingKind.CONTRADICTORY_ITEM).item_id == second.id


def test_nobody_is_told_to_remove_the_upload_of_an_item_that_names_one_of_another_job() -> None:
    world, job = settled("ALPHA")
    other = world.item(settled("BRAVO", world=world)[1])
    world.database.items[other.id] = replace(other, s3_key=world.item(job).s3_key)
    assert only(world, FindingKind.CONTRADICTORY_ITEM).item_id == other.id
