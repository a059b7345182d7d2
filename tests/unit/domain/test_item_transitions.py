"""The table of items in the specification, cell by cell, written out once more by hand.

An expectation is the fields that change, and by equality no other field does; None is a refusal.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from ocrcore.domain.codes import ItemErrorCode, ItemWarning
from ocrcore.domain.errors import TransitionRefused
from ocrcore.domain.item import Item, Sweep
from ocrcore.domain.lifecycle import ItemEvent, ItemStatus
from unit.domain.examples import LAYOUT, LAYOUT_KEY, LEASE, NOW, TICK, done, failed, pending, processing

PENDING, PROCESSING, DONE, ERROR = ItemStatus.PENDING, ItemStatus.PROCESSING, ItemStatus.DONE, ItemStatus.ERROR
TIMEOUT, CORRUPT = ItemErrorCode.OCR_TIMEOUT, ItemErrorCode.IMAGE_CORRUPT

WAITING = pending(attempts=1, limit=3)
ALIVE = processing(attempts=2, limit=3, lease_until=NOW + TICK)
LAPSED = processing(attempts=2, limit=3, lease_until=NOW)
LAST_ALIVE = processing(attempts=3, limit=3, lease_until=NOW + TICK)
LAST_LAPSED = processing(attempts=3, limit=3, lease_until=NOW)
READ = done(attempts=2, limit=3)
BROKEN = failed(attempts=2, limit=3, code=CORRUPT)

Verb = Callable[[Item], Item]
Changes = dict[str, Any]


def claim(item: Item) -> Item:
    return item.claim(NOW, LEASE)


def heartbeat(attempt: int) -> Verb:
    return lambda item: item.heartbeat(attempt, NOW, LEASE)


def recognised(attempt: int) -> Verb:
    return lambda item: item.recognised(attempt, NOW, LAYOUT, LAYOUT_KEY)


def failed_for_good(attempt: int, code: ItemErrorCode = CORRUPT) -> Verb:
    return lambda item: item.failed(attempt, NOW, code)


def released(attempt: int) -> Verb:
    return lambda item: item.released(attempt, NOW, TIMEOUT)


def given_back(attempt: int) -> Verb:
    return lambda item: item.given_back(attempt, NOW)


def lease_lapsed(item: Item) -> Item:
    return item.lease_lapsed(NOW)


def deadline_passed(item: Item) -> Item:
    return item.swept(Sweep.expire(NOW))


def cancelled(item: Item) -> Item:
    return item.swept(Sweep.cancel(NOW))


def retried(item: Item) -> Item:
    return item.swept(Sweep.retry(NOW, allowance=3))


BEGUN: Final = {"status": PROCESSING, "lease_until": NOW + LEASE, "started_at": NOW}
EXTENDED: Final = {"lease_until": NOW + LEASE}
TEXT: Final = {
    "status": DONE,
    "lease_until": None,
    "finished_at": NOW,
    "recognised_text": "Hello world",
    "confidence": 92.5,
    "width": 640,
    "rotation": 0,
    "height": 480,
    "engine": "tesseract 5.3.0",
    "layout_key": LAYOUT_KEY,
}
WAITS: Final = {"status": PENDING, "lease_until": None, "queued_at": NOW}
PUT_OFF: Final = {**WAITS, "last_failure": TIMEOUT}


def fault(code: ItemErrorCode) -> Changes:
    return {"status": ERROR, "lease_until": None, "error_code": code, "finished_at": NOW}


SPENT: Final = fault(ItemErrorCode.TOO_MANY_ATTEMPTS)
EXPIRED: Final = fault(ItemErrorCode.EXPIRED)
STOPPED: Final = fault(ItemErrorCode.CANCELLED)

CELLS: Final[list[tuple[ItemEvent, str, Item, Verb, Changes | None]]] = [
    (ItemEvent.CLAIM, "", WAITING, claim, {**BEGUN, "attempts": 2}),
    (ItemEvent.CLAIM, "lease alive", ALIVE, claim, None),
    (ItemEvent.CLAIM, "lease alive, last attempt", LAST_ALIVE, claim, None),
    (ItemEvent.CLAIM, "lapsed", LAPSED, claim, {**BEGUN, "attempts": 3}),
    (ItemEvent.CLAIM, "lapsed, last attempt", LAST_LAPSED, claim, SPENT),
    (ItemEvent.CLAIM, "", READ, claim, None),
    (ItemEvent.CLAIM, "", BROKEN, claim, None),
    (ItemEvent.HEARTBEAT, "", WAITING, heartbeat(1), None),
    (ItemEvent.HEARTBEAT, "current", ALIVE, heartbeat(2), EXTENDED),
    (ItemEvent.HEARTBEAT, "current, lapsed", LAPSED, heartbeat(2), EXTENDED),
    (ItemEvent.HEARTBEAT, "current, last attempt", LAST_ALIVE, heartbeat(3), EXTENDED),
    (ItemEvent.HEARTBEAT, "older", ALIVE, heartbeat(1), None),
    (ItemEvent.HEARTBEAT, "newer", ALIVE, heartbeat(3), None),
    (ItemEvent.HEARTBEAT, "", READ, heartbeat(2), None),
    (ItemEvent.HEARTBEAT, "", BROKEN, heartbeat(2), None),
    (ItemEvent.RECOGNISED, "", WAITING, recognised(1), None),
    (ItemEvent.RECOGNISED, "current", ALIVE, recognised(2), TEXT),
    (ItemEvent.RECOGNISED, "current, lapsed", LAST_LAPSED, recognised(3), TEXT),
    (ItemEvent.RECOGNISED, "older", ALIVE, recognised(1), None),
    (ItemEvent.RECOGNISED, "newer", ALIVE, recognised(3), None),
    (ItemEvent.RECOGNISED, "same", READ, recognised(2), {}),
    (ItemEvent.RECOGNISED, "older", READ, recognised(1), None),
    (ItemEvent.RECOGNISED, "newer", READ, recognised(3), None),
    (ItemEvent.RECOGNISED, "same", BROKEN, recognised(2), None),
    (ItemEvent.FAILED, "", WAITING, failed_for_good(1), None),
    (ItemEvent.FAILED, "current", ALIVE, failed_for_good(2), fault(CORRUPT)),
    (ItemEvent.FAILED, "current, lapsed", LAST_LAPSED, failed_for_good(3), fault(CORRUPT)),
    (ItemEvent.FAILED, "older", ALIVE, failed_for_good(1), None),
    (ItemEvent.FAILED, "newer", ALIVE, failed_for_good(3), None),
    (ItemEvent.FAILED, "same", READ, failed_for_good(2), None),
    (ItemEvent.FAILED, "same", BROKEN, failed_for_good(2), {}),
    (ItemEvent.FAILED, "another code", BROKEN, failed_for_good(2, TIMEOUT), None),
    (ItemEvent.FAILED, "older", BROKEN, failed_for_good(1), None),
    (ItemEvent.FAILED, "newer", BROKEN, failed_for_good(3), None),
    (ItemEvent.RELEASED, "", WAITING, released(1), None),
    (ItemEvent.RELEASED, "current", ALIVE, released(2), PUT_OFF),
    (ItemEvent.RELEASED, "current, lapsed", LAPSED, released(2), PUT_OFF),
    (ItemEvent.RELEASED, "current, last attempt", LAST_ALIVE, released(3), fault(TIMEOUT)),
    (ItemEvent.RELEASED, "current, lapsed, last attempt", LAST_LAPSED, released(3), fault(TIMEOUT)),
    (ItemEvent.RELEASED, "older", ALIVE, released(1), None),
    (ItemEvent.RELEASED, "older, last attempt", LAST_ALIVE, released(2), None),
    (ItemEvent.RELEASED, "", READ, released(2), None),
    (ItemEvent.RELEASED, "", failed(attempts=2, code=TIMEOUT), released(2), None),
    (ItemEvent.GIVEN_BACK, "", WAITING, given_back(1), None),
    (ItemEvent.GIVEN_BACK, "current", ALIVE, given_back(2), {**WAITS, "attempts_limit": 4}),
    (ItemEvent.GIVEN_BACK, "current, last attempt", LAST_LAPSED, given_back(3), {**WAITS, "attempts_limit": 4}),
    (ItemEvent.GIVEN_BACK, "older", ALIVE, given_back(1), None),
    (ItemEvent.GIVEN_BACK, "", READ, given_back(2), None),
    (ItemEvent.GIVEN_BACK, "", BROKEN, given_back(2), None),
    (ItemEvent.LEASE_LAPSED, "", WAITING, lease_lapsed, None),
    (ItemEvent.LEASE_LAPSED, "alive", ALIVE, lease_lapsed, None),
    (ItemEvent.LEASE_LAPSED, "alive, last attempt", LAST_ALIVE, lease_lapsed, None),
    (ItemEvent.LEASE_LAPSED, "lapsed", LAPSED, lease_lapsed, WAITS),
    (ItemEvent.LEASE_LAPSED, "lapsed, last attempt", LAST_LAPSED, lease_lapsed, SPENT),
    (ItemEvent.LEASE_LAPSED, "", READ, lease_lapsed, None),
    (ItemEvent.LEASE_LAPSED, "", BROKEN, lease_lapsed, None),
    (ItemEvent.DEADLINE_PASSED, "", WAITING, deadline_passed, EXPIRED),
    (ItemEvent.DEADLINE_PASSED, "alive", ALIVE, deadline_passed, EXPIRED),
    (ItemEvent.DEADLINE_PASSED, "lapsed, last attempt", LAST_LAPSED, deadline_passed, EXPIRED),
    (ItemEvent.DEADLINE_PASSED, "", READ, deadline_passed, None),
    (ItemEvent.DEADLINE_PASSED, "", BROKEN, deadline_passed, None),
    (ItemEvent.CANCELLED, "", WAITING, cancelled, STOPPED),
    (ItemEvent.CANCELLED, "alive", ALIVE, cancelled, STOPPED),
    (ItemEvent.CANCELLED, "lapsed, last attempt", LAST_LAPSED, cancelled, STOPPED),
    (ItemEvent.CANCELLED, "", READ, cancelled, None),
    (ItemEvent.CANCELLED, "", BROKEN, cancelled, None),
    (ItemEvent.RETRIED, "", WAITING, retried, None),
    (ItemEvent.RETRIED, "", ALIVE, retried, None),
    (ItemEvent.RETRIED, "lapsed", LAST_LAPSED, retried, None),
    (ItemEvent.RETRIED, "", READ, retried, None),
    (
        ItemEvent.RETRIED,
        "",
        BROKEN,
        retried,
        {**WAITS, "attempts_limit": 5, "requeues": 0, "error_code": None, "finished_at": None},
    ),
]


@pytest.mark.parametrize(
    ("event", "before", "verb", "changes"),
    [
        pytest.param(event, before, verb, changes, id=f"{event} while {before.status} {condition}".strip())
        for event, condition, before, verb, changes in CELLS
    ],
)
def test_a_step_does_what_its_cell_says_and_nothing_else(
    event: ItemEvent, before: Item, verb: Verb, changes: Changes | None
) -> None:
    if changes is None:
        with pytest.raises(TransitionRefused, match=rf"^An item that is {before.status} takes no '{event}' now\.$"):
            verb(before)
    else:
        assert verb(before) == replace(before, **changes)


def test_every_event_meets_every_status() -> None:
    met = {(event, before.status) for event, _, before, _, _ in CELLS}
    assert met == {(event, status) for event in ItemEvent for status in ItemStatus}


@pytest.mark.parametrize(
    "repeated", [lambda: (READ, recognised(2)(READ)), lambda: (BROKEN, failed_for_good(2)(BROKEN))]
)
def test_an_answer_heard_before_gives_back_the_very_item(repeated: Callable[[], tuple[Item, Item]]) -> None:
    before, after = repeated()
    assert after is before


def test_an_answer_repeated_with_another_text_changes_nothing() -> None:
    again = READ.recognised(2, NOW, replace(LAYOUT, text="", lines=()), "other-key")
    assert (again.ocr_text, again.layout_key) == ("Hello world", LAYOUT_KEY)


@pytest.mark.parametrize("text", ["", "Hello", "Hello world and more", "world Hello"])
def test_a_text_that_disagrees_with_the_lines_is_never_done(text: str) -> None:
    with pytest.raises(ValueError, match="disagree"):
        ALIVE.recognised(2, NOW, replace(LAYOUT, text=text), LAYOUT_KEY)


def test_warnings_are_kept() -> None:
    blank = replace(LAYOUT, text="", lines=(), warnings=(ItemWarning.NO_WORDS,))
    assert ALIVE.recognised(2, NOW, blank, LAYOUT_KEY).warnings == (ItemWarning.NO_WORDS,)


def test_an_empty_text_is_done() -> None:
    blank = replace(LAYOUT, text="", lines=())
    item = ALIVE.recognised(2, NOW, blank, LAYOUT_KEY)
    assert (item.status, item.ocr_text, item.confidence) == (DONE, "", None)


def test_a_retry_forgets_how_often_messages_were_lost() -> None:
    assert retried(replace(BROKEN, requeues=4)).requeues == 0


def test_a_sweep_that_ends_an_item_keeps_what_it_waited() -> None:
    item = replace(WAITING, requeues=4)
    assert (cancelled(item).requeues, cancelled(item).queued_at) == (4, WAITING.queued_at)


PUT_OFF_BEFORE = replace(WAITING, last_failure=TIMEOUT)


@pytest.mark.parametrize("verb", [claim, deadline_passed, cancelled])
def test_the_last_failure_is_told_only_while_the_item_waits(verb: Verb) -> None:
    assert verb(PUT_OFF_BEFORE).last_failure is None
