import io
from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

import pytest

from ocrcore import LOCAL_OWNER, Edit, Item, ItemStatus, Place, Policy
from ocrcore.domain.audit import AuditAction
from ocrcore.domain.caller import Caller
from ocrcore.domain.correction import MAX_CORRECTIONS
from ocrcore.domain.errors import (
    CommitUnknown,
    EditConflict,
    InvalidOption,
    ItemNotFound,
    JobNotFound,
    LayoutLost,
    NotDone,
    Unauthenticated,
)
from ocrcore.formats.registry import FORMATS
from worlds import START, World, text_of

FIRST, SECOND = Place(0, 0), Place(0, 1)
PDFS = ("pdf", "pdfa")


def read(*texts: str, policy: Policy | None = None) -> tuple[World, Item]:
    world = World(policy or Policy())
    job = world.submit(*texts)
    world.process_all()
    return world, world.items(job)[0]


def found(world: World, query: str) -> list[str]:
    return [hit.snippet for hit in world.owned.search(query).hits]


def entries(world: World, item: Item) -> Sequence[object]:
    world.service.upkeep_once()
    timeline = world.owned.timeline(item.job_id)
    return [entry for entry in timeline if entry.action is AuditAction.ITEM_CORRECTED]


def test_a_correction_is_shown_everywhere_and_what_was_recognised_stays() -> None:
    world, item = read("HELO WORLD")
    corrected = world.owned.correct(item.id, 0, [Edit(FIRST, "HELLO")])
    assert (corrected.ocr_text, corrected.revision) == ("HELLO WORLD", 1)
    assert corrected.recognised_text == "HELO WORLD"
    assert world.owned.item(item.id) == corrected
    assert world.items(world.owned.get(item.job_id)) == [corrected]
    assert text_of(world.owned.result(item.job_id)) == "HELLO WORLD"
    assert found(world, "hello") == ["HELLO WORLD"]
    assert found(world, "helo") == []
    assert world.owned.page_text(item.id).layout.text == "HELO WORLD"


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_every_format_shows_the_corrections_of_item_and_job_or_on_demand_the_machines(form: object) -> None:
    assert hasattr(form, "page")
    world, item = read("HELO WORLD")
    jobs = world.owned
    jobs.correct(item.id, 0, [Edit(FIRST, "HELLO")])
    row = next(one for one in FORMATS.values() if one is form)
    for recognised, there, gone in ((False, b"HELLO", b"HELO"), (True, b"HELO", b"HELLO")):
        for written in (
            b"".join(row.page(jobs.item_result(item.id, recognised=recognised))),
            b"".join(row.job(jobs.result(item.job_id, recognised=recognised))),
        ):
            assert there in written
            assert gone not in written


def test_the_boxes_of_a_hit_are_those_of_the_corrected_word() -> None:
    world, item = read("HELO WORLD")
    world.owned.correct(item.id, 0, [Edit(FIRST, "HELLO")])
    (hit,) = world.owned.search("hello").hits
    layout = world.owned.item_result(item.id).read_layout()
    assert list(hit.boxes) == [layout.lines[0].words[0].bbox]


def test_a_correction_that_is_based_on_an_old_revision_is_refused_and_tells_what_is_there() -> None:
    world, item = read("HELO WROLD")
    world.owned.correct(item.id, 0, [Edit(FIRST, "HELLO")])
    with pytest.raises(EditConflict) as refused:
        world.owned.correct(item.id, 0, [Edit(FIRST, "HALLO"), Edit(SECOND, "WORLD"), Edit(Place(9, 0), "")])
    assert refused.value.revision == 1
    assert refused.value.texts == [(0, 0, "HELLO"), (0, 1, "WROLD")]
    assert world.owned.item(item.id).ocr_text == "HELLO WROLD"
    with pytest.raises(EditConflict):
        world.owned.correct(item.id, 7, [Edit(FIRST, "HALLO")])
    assert world.owned.correct(item.id, 1, [Edit(SECOND, "WORLD")]).ocr_text == "HELLO WORLD"


def test_a_client_may_repeat_its_correction_until_somebody_else_corrects() -> None:
    world, item = read("HELO WROLD")
    edits = [Edit(FIRST, " HELLO ")]
    first = world.owned.correct(item.id, 0, edits)
    assert world.owned.correct(item.id, 0, edits) == first
    assert len(entries(world, item)) == 1
    world.owned.correct(item.id, 1, [Edit(SECOND, "WORLD")])
    with pytest.raises(EditConflict):
        world.owned.correct(item.id, 0, edits)


def test_a_correction_whose_commit_is_unknown_may_be_repeated() -> None:
    world, item = read("HELO WROLD")
    world.jobs.after("transact", CommitUnknown())
    with pytest.raises(CommitUnknown):
        world.owned.correct(item.id, 0, [Edit(FIRST, "HELLO")])
    assert world.owned.correct(item.id, 0, [Edit(FIRST, "HELLO")]).revision == 1


def test_a_conflict_tells_each_place_once_and_of_no_more_than_a_change_may_have() -> None:
    """It is told under the lock of the job, so it must not grow with what a client repeats."""
    world, item = read("HELO WROLD")
    world.owned.correct(item.id, 0, [Edit(FIRST, "HELLO")])
    line = Edit(Place(0, None), "HELLO WORLD")
    with pytest.raises(EditConflict) as conflict:
        world.owned.correct(item.id, 0, [line] * MAX_CORRECTIONS)
    assert conflict.value.texts == [(0, None, "HELLO WROLD")]
    with pytest.raises(InvalidOption, match="1 to 1000"):
        world.owned.correct(item.id, 0, [line] * (MAX_CORRECTIONS + 1))


def test_corrections_of_one_request_are_all_made_or_none() -> None:
    world, item = read("HELO WROLD")
    with pytest.raises(InvalidOption, match=r"corrections\[1\]"):
        world.owned.correct(item.id, 0, [Edit(FIRST, "HELLO"), Edit(Place(0, 9), "x")])
    assert world.owned.item(item.id) == item


def test_the_log_has_who_and_where_and_no_text() -> None:
    world, item = read("HELO WROLD")
    key = world.service.keys.create(LOCAL_OWNER).text
    mine = world.service.by(world.service.authenticate(key))
    mine.correct(item.id, 0, [Edit(FIRST, "SECRET"), Edit(SECOND, "WORLD")])
    actor = f"key:{world.service.authenticate(key).key_id}"
    (entry,) = entries(world, item)
    assert entry.actor == actor  # type: ignore[attr-defined]
    assert dict(entry.detail) == {"item_id": str(item.id), "position": 0, "revision": 1, "places": 2}  # type: ignore[attr-defined]
    assert "SECRET" not in repr(world.database.audit)
    assert [one.actor for one in mine.page_text(item.id).corrections] == [actor] * 2


@pytest.mark.parametrize("status", [ItemStatus.PENDING, ItemStatus.PROCESSING, ItemStatus.ERROR])
def test_only_a_page_that_is_done_is_corrected_or_looked_at(status: ItemStatus) -> None:
    world = World()
    job = world.submit("HELO")
    if status is ItemStatus.PROCESSING:
        world.receive()
        world.claim()
    elif status is ItemStatus.ERROR:
        world.owned.cancel(job.id)
    item = world.item(job)
    assert item.status is status
    for verb in (
        lambda: world.owned.correct(item.id, 0, [Edit(FIRST, "HELLO")]),
        lambda: world.owned.review(item.id),
        lambda: world.owned.review(item.id, reviewed=False),
        lambda: world.owned.page_text(item.id),
    ):
        with pytest.raises(NotDone):
            verb()


def test_another_owners_page_is_not_there() -> None:
    world, item = read("HELO")
    bob = world.service.of("bob")
    for item_id, jobs in ((item.id, bob), (uuid4(), world.owned)):
        with pytest.raises(ItemNotFound):
            jobs.correct(item_id, 0, [Edit(FIRST, "HELLO")])
        with pytest.raises(ItemNotFound):
            jobs.review(item_id)
        with pytest.raises(ItemNotFound):
            jobs.page_text(item_id)
    assert list(bob.least_sure()) == []


def test_a_text_that_would_be_too_long_is_refused() -> None:
    world, item = read("HELO WROLD", policy=Policy(max_text_bytes=20))
    assert world.owned.correct(item.id, 0, [Edit(FIRST, "x" * 14)]).ocr_text == f"{'x' * 14} WROLD"
    with pytest.raises(InvalidOption, match="longer than is allowed"):
        world.owned.correct(item.id, 1, [Edit(FIRST, "x" * 15)])


def test_a_page_whose_layout_is_lost_cannot_be_corrected() -> None:
    world, item = read("HELO")
    world.documents.port.delete([item.layout_key or ""])
    with pytest.raises(LayoutLost):
        world.owned.correct(item.id, 0, [Edit(FIRST, "HELLO")])


def test_a_key_that_was_revoked_meanwhile_corrects_nothing() -> None:
    world, item = read("HELO")
    key = world.service.keys.create(LOCAL_OWNER)
    mine = world.service.by(Caller.by(key.key))
    world.service.keys.revoke(key.key.id)
    with pytest.raises(Unauthenticated):
        mine.correct(item.id, 0, [Edit(FIRST, "HELLO")])
    with pytest.raises(Unauthenticated):
        mine.review(item.id)
    assert world.owned.item(item.id) == item


def test_a_retry_keeps_the_corrections_of_good_pages() -> None:
    world = World()
    job = world.submit("HELO", "WROLD")
    world.receive()
    world.worker.work_one()
    world.owned.cancel(job.id)
    (item,) = world.owned.items(job.id, status=ItemStatus.DONE)
    corrected = world.owned.review(world.owned.correct(item.id, 0, [Edit(FIRST, "HELLO")]).id)
    world.owned.retry(job.id)
    assert world.owned.item(item.id) == corrected
    world.tick(minutes=10)
    world.process_all()
    assert world.owned.item(item.id) == corrected
    assert text_of(world.owned.result(job.id)).count("HELLO") == 1


def test_a_deleted_job_leaves_nothing_that_was_corrected() -> None:
    world, item = read("HELO")
    world.owned.correct(item.id, 0, [Edit(FIRST, "HELLO")])
    result = world.owned.item_result(item.id)
    world.owned.delete(item.job_id)
    assert world.database.corrections == {}
    assert found(world, "hello") == []
    with pytest.raises((JobNotFound, ItemNotFound)):
        result.read_layout()
    with pytest.raises(ItemNotFound):
        world.owned.correct(item.id, 1, [Edit(FIRST, "HALLO")])


def test_a_result_that_is_written_while_its_job_is_deleted_is_no_result_of_the_machine() -> None:
    world, item = read("HELO")
    world.owned.correct(item.id, 0, [Edit(FIRST, "HELLO")])
    result = world.owned.item_result(item.id)
    layout = world.documents.port.get(item.layout_key or "")
    world.owned.delete(item.job_id)
    world.documents.port.put(item.layout_key or "", io.BytesIO(layout))  # as if it were not purged yet
    with pytest.raises((JobNotFound, ItemNotFound)):
        result.read_layout()


def test_a_page_that_an_older_worker_finished_is_found_by_its_corrected_text() -> None:
    world, item = read("HELO")
    world.database.items[item.id] = replace(item, is_indexed=False)
    world.database.pages.clear()
    world.owned.correct(item.id, 0, [Edit(FIRST, "HELLO")])
    assert found(world, "hello") == []
    world.service.upkeep_once()
    assert found(world, "hello") == ["HELLO"]


def test_who_looked_at_a_page_first_is_kept_until_the_mark_is_taken_back() -> None:
    world, item = read("HELO")
    first = world.owned.review(item.id)
    assert (first.reviewed_at, first.reviewed_by) == (world.clock.now(), LOCAL_OWNER)
    world.tick(minutes=1)
    assert world.owned.review(item.id) == first
    assert world.owned.review(item.id, reviewed=False) == item
    assert world.owned.review(item.id, reviewed=False) == item
    assert world.owned.review(item.id).reviewed_at != first.reviewed_at
    assert world.clock.now() > START


def test_a_text_that_nobody_saw_is_not_marked_as_looked_at() -> None:
    world, item = read("HELO")
    corrected = world.owned.correct(item.id, 0, [Edit(FIRST, "HELLO")])
    with pytest.raises(EditConflict) as told:
        world.owned.review(item.id, revision=0)
    assert told.value.revision == 1
    assert world.owned.item(item.id) == corrected
    marked = world.owned.review(item.id, revision=1)
    assert marked.reviewed_by == LOCAL_OWNER
    assert world.owned.review(item.id, revision=1) == marked
    assert world.owned.review(item.id, reviewed=False, revision=0) == corrected


def test_the_list_of_pages_to_look_at_is_noted_as_a_read_of_their_jobs() -> None:
    world, item = read("HELO")
    assert [one.id for one in world.owned.least_sure(reviewed=False)] == [item.id]
    world.owned.review(item.id)
    assert list(world.owned.least_sure(reviewed=False)) == []
    assert [one.id for one in world.owned.least_sure()] == [item.id]
    world.service.upkeep_once()
    assert AuditAction.RESULT_READ in [entry.action for entry in world.owned.timeline(item.job_id)]
