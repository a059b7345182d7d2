"""Submits of drafts: once, repeated, at once, and with uploads that are missing or change."""

import io
from datetime import timedelta

import pytest

from adapters.memory.pictures import document
from drafts import a_draft, during, keys, upload, uploaded
from ocrcore import Policy
from ocrcore.application.jobs.draft import grants_of
from ocrcore.domain.audit import AuditAction
from ocrcore.domain.errors import (
    CommitUnknown,
    DatabaseUnavailable,
    JobNotFound,
    StorageUnavailable,
    TooManyPages,
    UnsupportedImage,
    UploadMismatch,
    UploadMissing,
)
from ocrcore.domain.uploads import SubmitSuperseded
from worlds import START, World, picture


def test_a_submitted_draft_is_a_job() -> None:
    world = World()
    draft = uploaded(world, picture("ONE"), document("TWO", "THREE"))
    made = world.owned.submit_draft(draft.id, request_id="r")
    job = made.job
    assert (made.replayed, job.id, job.status, job.counts.total, job.request_id) == (False, draft.id, "PENDING", 3, "r")
    assert [(item.filename, item.page) for item in world.items(job)] == [("0.png", 1), ("1.png", 1), ("1.png", 2)]
    world.process_all()
    assert [item.ocr_text for item in world.items(job)] == ["ONE", "TWO", "THREE"]
    assert next(entry.action for entry in world.owned.timeline(job.id)) is AuditAction.JOB_CREATED


def test_the_deadline_runs_from_the_submit() -> None:
    world = World()
    draft = uploaded(world, picture())
    world.tick(hours=1)
    job = world.owned.submit_draft(draft.id).job
    assert job.sqs_retention_deadline == START + timedelta(hours=1) + job.options.expires_in


def test_a_file_of_one_page_has_the_items_id() -> None:
    world = World()
    draft = uploaded(world, picture("ONE"))
    item = world.item(world.owned.submit_draft(draft.id).job)
    assert item.s3_key == f"jobs/{draft.id}/{item.id}.png"
    assert world.context.documents.get(item.s3_key) == picture("ONE")


def test_a_repeated_submit_gives_the_same_job() -> None:
    world = World()
    draft = uploaded(world, picture())
    first = world.owned.submit_draft(draft.id)
    again = world.owned.submit_draft(draft.id)
    assert (again.replayed, again.job) == (True, first.job)
    assert len(world.messages()) == 1


def test_a_submit_of_a_job_of_another_kind_gives_the_job() -> None:
    world = World()
    job = world.submit()
    assert world.owned.submit_draft(job.id).job == job


def test_what_was_not_uploaded_is_named() -> None:
    world = World()
    draft = a_draft(world, picture("ONE"), picture("TWO"))
    upload(world, draft, picture("ONE"))
    with pytest.raises(UploadMissing, match=r"File 2 \(1\.png\)") as refused:
        world.owned.submit_draft(draft.id)
    assert refused.value.index == 1
    assert keys(world, "jobs/") == []
    upload(world, draft, picture("ONE"), picture("TWO"))
    assert world.owned.submit_draft(draft.id).job.counts.total == 2


def test_an_upload_of_another_size_is_named() -> None:
    world = World()
    draft = a_draft(world, picture())
    world.context.uploads.store(grants_of(draft)[0].key, io.BytesIO(picture() + b"!"))
    with pytest.raises(UploadMismatch, match=r"File 1 \(0\.png\): The upload has 14 bytes, and 13 were announced"):
        world.owned.submit_draft(draft.id)


def test_what_no_job_takes_is_refused_and_nothing_of_it_stays() -> None:
    world = World()
    good, bad = picture("ONE"), b"no picture at all"
    draft = uploaded(world, good, bad)
    with pytest.raises(UnsupportedImage, match="File 2") as refused:
        world.owned.submit_draft(draft.id)
    assert refused.value.index == 1
    assert keys(world, "jobs/") == []
    assert world.job(draft).counts.total == 0
    upload(world, draft, good, b"PICTURE:123456789")
    assert world.owned.submit_draft(draft.id).job.counts.total == 2


def test_pages_are_limited_as_in_every_submission() -> None:
    world = World(policy=Policy(max_items=2))
    draft = uploaded(world, document("ONE", "TWO"), picture("THREE"))
    with pytest.raises(TooManyPages):
        world.owned.submit_draft(draft.id)


@pytest.mark.parametrize("verb", ["open", "copy"])
def test_an_upload_that_is_replaced_meanwhile_is_not_submitted(verb: str) -> None:
    world = World()
    draft = uploaded(world, picture("ONE"), picture("TWO"))
    during(world, verb, lambda: upload(world, draft, picture("1NE")))
    with pytest.raises(UploadMismatch) as refused:
        world.owned.submit_draft(draft.id)
    assert refused.value.index == 0
    assert keys(world, "jobs/") == []
    job = world.owned.submit_draft(draft.id).job
    assert world.context.documents.get(world.items(job)[0].s3_key) == picture("1NE")


def test_of_two_submits_at_once_the_later_wins() -> None:
    world = World()
    draft = uploaded(world, picture("ONE"))
    during(world, "copy", lambda: world.owned.submit_draft(draft.id))
    made = world.owned.submit_draft(draft.id)
    assert made.replayed
    assert made.job == world.job(draft)
    assert keys(world, "jobs/") == [world.item(made.job).s3_key]


def test_a_submit_that_was_overtaken_and_not_yet_decided_is_to_be_repeated() -> None:
    world = World()
    draft = uploaded(world, picture("ONE"))

    def overtake() -> None:
        world.uploads.before("stat", StorageUnavailable("It went away."))
        with pytest.raises(StorageUnavailable):
            world.owned.submit_draft(draft.id)

    during(world, "copy", overtake)
    with pytest.raises(SubmitSuperseded):
        world.owned.submit_draft(draft.id)
    assert keys(world, "jobs/") == []
    assert world.owned.submit_draft(draft.id).job.counts.total == 1


def test_a_submit_whose_uploads_are_gone_since_another_won_gives_its_job() -> None:
    world = World()
    draft = uploaded(world, picture("ONE"))

    def win() -> None:
        world.owned.submit_draft(draft.id)
        world.service.upkeep_once()

    during(world, "open", win)
    assert world.owned.submit_draft(draft.id).job == world.job(draft)


def test_a_draft_that_is_deleted_meanwhile_is_not_found() -> None:
    world = World()
    draft = uploaded(world, picture("ONE"))
    during(world, "copy", lambda: world.owned.delete(draft.id))
    with pytest.raises(JobNotFound):
        world.owned.submit_draft(draft.id)
    assert keys(world) == []


def test_a_commit_without_an_answer_that_happened_is_a_job() -> None:
    world = World()
    draft = uploaded(world, picture("ONE"))
    during(world, "copy", lambda: world.jobs.after("transact", CommitUnknown("No answer.")))
    assert not world.owned.submit_draft(draft.id).replayed
    assert world.job(draft).counts.total == 1
    assert len(world.messages()) == 1


def test_a_commit_without_an_answer_that_cannot_be_read_is_told_and_nothing_is_deleted() -> None:
    world = World()
    draft = uploaded(world, picture("ONE"))

    def go_away() -> None:
        world.jobs.after("transact", CommitUnknown("No answer."))
        world.jobs.before("get", DatabaseUnavailable("Away."))

    during(world, "copy", go_away)
    with pytest.raises(CommitUnknown):
        world.owned.submit_draft(draft.id)
    assert world.context.documents.get(world.item(world.job(draft)).s3_key) == picture("ONE")
