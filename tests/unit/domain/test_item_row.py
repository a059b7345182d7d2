from dataclasses import replace
from typing import Any

import pytest

from ocrcore.domain.item_row import ItemRow, Place, contradictions
from ocrcore.domain.lifecycle import ItemStatus
from unit.domain.examples import EARLIER, ITEM_ID, JOB_ID, LAYOUT_KEY, NOW

PENDING = ItemRow(
    place=Place(JOB_ID, 0),
    item_id=ITEM_ID,
    s3_key=f"jobs/{JOB_ID}/{ITEM_ID}.jpg",
    page=1,
    status=ItemStatus.PENDING,
    attempts=0,
    attempts_limit=3,
    lease_until=None,
    error_code=None,
    has_text=False,
    engine=None,
    layout_key=None,
    finished_at=None,
)
PROCESSING = replace(PENDING, status=ItemStatus.PROCESSING, attempts=1, lease_until=NOW)
DONE = replace(
    PENDING,
    status=ItemStatus.DONE,
    attempts=1,
    has_text=True,
    engine="tesseract 5.3.0",
    layout_key=LAYOUT_KEY,
    finished_at=EARLIER,
)
ERROR = replace(PENDING, status=ItemStatus.ERROR, error_code="expired", finished_at=EARLIER)


@pytest.mark.parametrize(
    "row",
    [
        PENDING,
        replace(PENDING, attempts=3),
        PROCESSING,
        replace(PROCESSING, attempts=3),
        replace(PROCESSING, lease_until=None),
        DONE,
        replace(DONE, attempts=3),
        replace(DONE, layout_key=None),
        ERROR,
        replace(ERROR, attempts=3),
    ],
)
def test_a_healthy_row_contradicts_itself_nowhere(row: ItemRow) -> None:
    assert list(contradictions(row)) == []


@pytest.mark.parametrize(
    ("row", "wrong", "told"),
    [
        (DONE, {"has_text": False}, "has no text, or no engine that read it"),
        (DONE, {"engine": None}, "has no text, or no engine that read it"),
        (PENDING, {"has_text": True}, "has a text"),
        (ERROR, {"has_text": True}, "has a text"),
        (ERROR, {"error_code": None}, "its error code is missing"),
        (ERROR, {"error_code": "bad-luck"}, "its error code is bad-luck"),
        (DONE, {"error_code": "expired"}, "its error code is expired"),
        (DONE, {"finished_at": None}, "has no end"),
        (ERROR, {"finished_at": None}, "has no end"),
        (PENDING, {"finished_at": EARLIER}, "has ended"),
        (PROCESSING, {"finished_at": EARLIER}, "has ended"),
        (PENDING, {"lease_until": NOW}, "is held by a worker"),
        (DONE, {"lease_until": NOW}, "is held by a worker"),
        (PROCESSING, {"attempts": 0}, "has begun 0 of 3 attempts"),
        (DONE, {"attempts": 0}, "has begun 0 of 3 attempts"),
        (PENDING, {"attempts": -1}, "has begun -1 of 3 attempts"),
        (ERROR, {"attempts": 4}, "has begun 4 of 3 attempts"),
    ],
)
def test_a_contradiction_is_told_as_the_end_of_a_sentence(row: ItemRow, wrong: dict[str, Any], told: str) -> None:
    assert list(contradictions(replace(row, **wrong))) == [told]


def test_every_contradiction_of_a_row_is_told() -> None:
    assert list(contradictions(replace(PENDING, has_text=True, lease_until=NOW))) == [
        "has a text",
        "is held by a worker",
    ]
