"""Drafts whose client sends the files to addresses, until they are submitted."""

import io
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.pictures import document
from ocrcore import LOCAL_OWNER, Job, JobOptions, JobStatus, Policy, Refusal
from ocrcore.application.jobs.draft import grants_of
from ocrcore.application.jobs.submit_draft import submit_draft
from ocrcore.domain.audit import AuditAction
from ocrcore.domain.errors import (
    CommitUnknown,
    DatabaseUnavailable,
    EmptyFile,
    FileTooLarge,
    IdempotencyMismatch,
    InvalidOption,
    JobFinished,
    JobNotFound,
    JobOpen,
    NoFiles,
    NotSubmitted,
    StorageUnavailable,
    TooManyFiles,
    TooManyPages,
    UnsupportedImage,
    UploadMismatch,
    UploadMissing,
    UploadRefused,
)
from ocrcore.domain.keys import upload_folder
from ocrcore.domain.time_limits import DRAFT_LIFE, UPLOAD_LIFE, UPLOAD_REST
from ocrcore.domain.uploads import AnnouncedFile, SubmitSuperseded
from ocrcore.ports.due_work import Leftovers
from ocrcore.ports.jobs import JobCursor
from worlds import START, World, picture


def announced(*contents: bytes) -> Sequence[AnnouncedFile]:
    return [AnnouncedFile(f"{number}.png", len(content), "image/png") for number, content in enumerate(contents)]


def a_draft(world: World, *contents: bytes) -> Job:
    """Return a draft of these files, none of which is uploaded."""
    return world.owned.draft(announced(*(contents or (picture(),)))).job


def upload(world: World, draft: Job, *contents: bytes) -> None:
    for number, content in enumerate(contents):
        world.owned.upload(draft.id, number, io.BytesIO(content))


def uploaded(world: World, *contents: bytes) -> Job:
    """Return a draft of these files, all of which are uploaded."""
    draft = a_draft(world, *contents)
    upload(world, draft, *contents)
    return draft


def keys(world: World, prefix: str = "") -> Sequence[str]:
    return world.context.documents.keys(prefix, 100)


def during(world: World, verb: str, do: Callable[[], object]) -> None:
    """Do something right before the next call of a verb of the uploads."""
    port: Any = world.context.uploads
    call = getattr(port, verb)

    def with_it(*args: object) -> object:
        setattr(port, verb, call)
        do()
        return call(*args)

    setattr(port, verb, with_it)


def test_a_draft_has_an_address_for_each_file() -> None:
    world = World()
    draft = world.owned.draft(announced(b"one", b"three"))
    assert [address.expires_at for address in draft.addresses] == [START.replace(microsecond=0) + UPLOAD_LIFE] * 2
    for number, size in ((0, 3), (1, 5)):
        assert f"{draft.job.id}/{number}?size={size}&" in draft.addresses[number].url


def test_its_owner_sees_a_draft_as_a_job_of_nothing() -> None:
    world = World()
    draft = a_draft(world)
    job = world.job(draft)
    assert (job.status, job.counts.total, job.name, world.items(job)) == (JobStatus.PENDING, 0, "0.png", [])
    assert world.owned.list() == []


def test_nobody_else_sees_a_draft() -> None:
    world = World()
    draft = uploaded(world, picture())
    other = world.service.of("other")
    for verb in (other.get, other.delete, other.cancel, other.renew_addresses, other.submit_draft):
        with pytest.raises(JobNotFound):
            verb(draft.id)
    with pytest.raises(JobNotFound):
        other.upload(draft.id, 0, io.BytesIO(picture()))


def test_a_draft_takes_no_command_of_jobs_but_a_name_and_its_end() -> None:
    world = World()
    draft = a_draft(world)
    for verb in (world.owned.cancel, world.owned.retry, world.owned.result):
        with pytest.raises(NotSubmitted):
            verb(draft.id)
    assert world.owned.rename(draft.id, "another").name == "another"
    world.owned.delete(draft.id)
    with pytest.raises(JobNotFound):
        world.job(draft)
    world.owned.delete(draft.id)


def test_a_draft_says_what_it_waits_for() -> None:
    world = World()
    (why,) = world.owned.blocked_by(a_draft(world))
    assert why is not None
    assert "submit" in why


@pytest.mark.parametrize(
    ("files", "refusal", "index"),
    [
        ([], NoFiles, None),
        (announced(b"1", b"2", b"3"), TooManyFiles, None),
        (announced(b"1", b""), EmptyFile, 1),
        (announced(b"1", b"1" * 11), FileTooLarge, 1),
    ],
)
def test_limits_hold_for_what_is_announced(
    files: Sequence[AnnouncedFile], refusal: type[Refusal], index: int | None
) -> None:
    world = World(policy=Policy(max_files=2, max_file_bytes=10))
    with pytest.raises(refusal) as refused:
        world.owned.draft(files)
    assert refused.value.index == index
    assert world.database.jobs == {}


def test_options_are_looked_at_before_anything_is_uploaded() -> None:
    with pytest.raises(InvalidOption):
        World().owned.draft(announced(b"1"), replace(JobOptions(), expires_in=timedelta(days=3)))


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
    with pytest.raises(UploadMissing, match=r"File 1 \(1\.png\)") as refused:
        world.owned.submit_draft(draft.id)
    assert refused.value.index == 1
    assert keys(world, "jobs/") == []
    upload(world, draft, picture("ONE"), picture("TWO"))
    assert world.owned.submit_draft(draft.id).job.counts.total == 2


def test_an_upload_of_another_size_is_named() -> None:
    world = World()
    draft = a_draft(world, picture())
    world.context.uploads.store(grants_of(draft)[0].key, io.BytesIO(picture() + b"!"))
    with pytest.raises(UploadMismatch, match=r"File 0 \(0\.png\): The upload has 14 bytes, and 13 were announced"):
        world.owned.submit_draft(draft.id)


def test_what_no_job_takes_is_refused_and_nothing_of_it_stays() -> None:
    world = World()
    good, bad = picture("ONE"), b"no picture at all"
    draft = uploaded(world, good, bad)
    with pytest.raises(UnsupportedImage, match="File 1") as refused:
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


def test_addresses_are_renewed() -> None:
    world = World()
    draft = a_draft(world)
    world.tick(minutes=10)
    renewed = world.owned.renew_addresses(draft.id)
    assert renewed.addresses[0].expires_at == START.replace(microsecond=0) + timedelta(minutes=25)


def test_a_submitted_job_has_no_addresses() -> None:
    world = World()
    draft = uploaded(world, picture())
    world.owned.submit_draft(draft.id)
    with pytest.raises(JobOpen, match="takes no more uploads"):
        world.owned.renew_addresses(draft.id)
    world.process_all()
    with pytest.raises(JobFinished):
        world.owned.renew_addresses(draft.id)


def test_a_submitted_job_takes_no_upload() -> None:
    world = World()
    draft = uploaded(world, picture())
    world.owned.submit_draft(draft.id)
    with pytest.raises(UploadRefused):
        upload(world, draft, picture())


def test_an_upload_through_the_process_is_of_a_file_that_was_announced() -> None:
    world = World()
    draft = a_draft(world, picture())
    with pytest.raises(UploadRefused):
        world.owned.upload(draft.id, 1, io.BytesIO(picture()))
    with pytest.raises(UploadMismatch):
        world.owned.upload(draft.id, 0, io.BytesIO(picture() + b"!"))
    with pytest.raises(JobNotFound):
        world.owned.upload(UUID(int=9), 0, io.BytesIO(picture()))
    assert keys(world) == []


class TestKeys:
    """Idempotency keys of drafts."""

    def test_a_repeated_request_gives_the_same_draft_with_new_addresses(self) -> None:
        world = World()
        first = world.owned.draft(announced(b"1"), key="key")
        world.tick(minutes=1)
        again = world.owned.draft(announced(b"1"), key="key")
        assert (first.replayed, again.replayed, again.job.id) == (False, True, first.job.id)
        assert again.addresses[0].expires_at == first.addresses[0].expires_at + timedelta(minutes=1)

    def test_a_repeated_request_gives_the_job_that_became_of_it(self) -> None:
        world = World()
        draft = world.owned.draft(announced(picture()), key="key").job
        upload(world, draft, picture())
        job = world.owned.submit_draft(draft.id).job
        again = world.owned.draft(announced(picture()), key="key")
        assert (again.replayed, again.job.id, again.job.counts.total, again.addresses) == (True, job.id, 1, [])

    def test_the_key_is_of_one_body(self) -> None:
        world = World()
        world.owned.draft(announced(b"1"), key="key")
        with pytest.raises(IdempotencyMismatch):
            world.owned.draft(announced(b"12"), key="key")
        with pytest.raises(IdempotencyMismatch):
            world.owned.submit_once([], JobOptions(), key="key")

    def test_of_two_requests_at_once_one_makes_the_draft(self) -> None:
        world = World()
        jobs: Any = world.jobs.port
        find = jobs.find

        def find_too_early(owner: str, key: str) -> Job | None:
            found: Job | None = find(owner, key)
            jobs.find = find
            world.owned.draft(announced(b"1"), key="key")
            return found

        jobs.find = find_too_early
        assert world.owned.draft(announced(b"1"), key="key").replayed
        assert len(world.database.jobs) == 1


class TestUpkeep:
    """What is left of uploads, and when it goes."""

    def test_uploads_go_when_the_job_is_submitted(self) -> None:
        world = World()
        draft = uploaded(world, picture())
        world.owned.submit_draft(draft.id)
        world.service.upkeep_once()
        assert keys(world) == [world.item(draft).s3_key]

    def test_what_is_uploaded_to_an_address_that_is_still_valid_goes_afterwards(self) -> None:
        world = World()
        draft = uploaded(world, picture())
        job = world.owned.submit_draft(draft.id).job
        world.service.upkeep_once()
        world.context.uploads.store(grants_of(draft)[0].key, io.BytesIO(picture()))
        world.clock.advance(UPLOAD_LIFE + UPLOAD_REST - timedelta(seconds=1))
        world.service.upkeep_once()
        assert keys(world, upload_folder(draft.id)) != []
        world.tick(seconds=1)
        world.service.upkeep_once()
        assert keys(world) == [world.item(job).s3_key]
        assert world.database.jobs[job.id].uploads is None

    def test_copies_of_an_earlier_submit_go_when_the_next_begins(self) -> None:
        world = World()
        draft = uploaded(world, picture("ONE"), picture("TWO"))
        crash(world, draft)
        assert len(keys(world, "jobs/")) == 1
        world.service.upkeep_once()
        assert len(keys(world, "jobs/")) == 1
        during(world, "copy", world.service.upkeep_once)
        job = world.owned.submit_draft(draft.id).job
        assert keys(world, "jobs/") == sorted(item.s3_key for item in world.items(job))

    def test_documents_of_a_submit_that_begins_during_the_purge_stay(self) -> None:
        world = World()
        draft = uploaded(world, picture("ONE"), picture("TWO"))
        crash(world, draft)
        crash(world, draft)
        documents: Any = world.context.documents
        list_keys = documents.keys

        def submit_after_listing(prefix: str, limit: int, *, after: str = "") -> Sequence[str]:
            found: Sequence[str] = list_keys(prefix, limit, after=after)
            documents.keys = list_keys
            world.owned.submit_draft(draft.id)
            return found

        documents.keys = submit_after_listing
        world.service.upkeep_once()
        wanted = {item.s3_key for item in world.items(draft)}
        assert wanted <= set(keys(world, "jobs/"))
        world.service.upkeep_once()
        assert set(keys(world)) == wanted

    def test_layouts_are_no_copies(self) -> None:
        world = World()
        draft = uploaded(world, document("ONE", "TWO"))
        job = world.owned.submit_draft(draft.id).job
        world.process_all()
        before = keys(world, "jobs/")
        world.service.upkeep_once()
        assert keys(world) == before
        assert world.job(job).status is JobStatus.DONE

    def test_a_deleted_draft_leaves_nothing(self) -> None:
        world = World()
        draft = uploaded(world, picture())
        world.owned.delete(draft.id)
        assert keys(world) == []
        world.tick(minutes=5)
        world.service.upkeep_once()
        world.context.uploads.store(grants_of(draft)[0].key, io.BytesIO(picture()))  # by an address that is valid
        world.clock.advance(UPLOAD_LIFE + UPLOAD_REST)
        world.service.upkeep_once()
        assert keys(world) == []
        assert world.context.tombstones.get(draft.id) is not None

    def test_a_draft_vanishes_after_a_day_with_its_uploads(self) -> None:
        world = World()
        draft = uploaded(world, picture("ONE"), picture("TWO"))
        crash(world, draft)
        world.clock.advance(DRAFT_LIFE + timedelta(seconds=1))
        world.service.upkeep_once()
        with pytest.raises(JobNotFound):
            world.job(draft)
        assert keys(world) == []

    def test_a_job_that_is_gone_stops_no_other_purge(self) -> None:
        world = World()
        drafts = [uploaded(world, picture("ONE")), uploaded(world, picture("TWO"))]
        for draft in drafts:
            world.owned.submit_draft(draft.id)
        due: Any = world.context.due_work
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(due, "leftovers", lambda *_: Leftovers([], [UUID(int=9), *(draft.id for draft in drafts)]))
            world.service.upkeep_once()
        assert keys(world, "uploads/") == []


def crash(world: World, draft: Job) -> None:
    """Let a submit die after its first copy."""

    class Crash(BaseException):
        """The process ends."""

    def end() -> None:
        raise Crash

    def first() -> None:
        during(world, "copy", end)

    port: Any = world.context.uploads
    call = port.copy

    def then_end(*args: object) -> object:
        answer = call(*args)
        port.copy = call
        first()
        return answer

    port.copy = then_end
    with suppress(Crash):
        submit_draft(world.context, LOCAL_OWNER, draft.id)


def test_a_cursor_passes_over_drafts() -> None:
    world = World()
    job = world.submit()
    a_draft(world)
    assert [found.id for found in world.owned.list()] == [job.id]
    assert world.owned.list(after=JobCursor(job.created_at, job.id)) == []
