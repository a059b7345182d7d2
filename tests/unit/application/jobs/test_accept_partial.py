"""Files that cannot be read, in jobs that accept them."""

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import BinaryIO

import pytest

from adapters.memory.imaging import MemoryImaging
from adapters.memory.pictures import document
from examined import left, rest
from ocrcore import (
    LOCAL_OWNER,
    AuditAction,
    Counts,
    Item,
    ItemErrorCode,
    ItemStatus,
    Job,
    JobOptions,
    JobStatus,
    OcrService,
    Policy,
    Refusal,
    Upload,
)
from ocrcore.application.jobs.new_job import NewJob
from ocrcore.application.jobs.submit_once import body_hash
from ocrcore.domain.codes import ITEM_ERROR_SENTENCES
from ocrcore.domain.errors import (
    DocumentsBusy,
    EmptyFile,
    FileTooLarge,
    NoPages,
    PdfEncrypted,
    TooManyFiles,
    TooManyPages,
    UnsupportedImage,
)
from ocrcore.domain.fleet import WorkerReport
from ocrcore.domain.page_ranges import parse_pages
from ocrcore.formats.registry import FORMATS
from ocrcore.ports.imaging import Header
from ocrcore.testing.builders import an_id
from worlds import START, World, of_contents, picture, text_of

PARTIAL = JobOptions(accept_partial=True)
BIG = b"PICTURE:40000x40000:BIG"


def submit(world: World, *contents: bytes, options: JobOptions = PARTIAL) -> Job:
    return world.owned.submit(of_contents(*contents), options)


def codes(items: Sequence[Item]) -> list[ItemErrorCode | None]:
    return [item.error_code for item in items]


def half_good() -> tuple[World, Job, Item]:
    """Return a job whose second file is empty, finished, and that file's item."""
    world = World()
    job = submit(world, picture("ONE"), b"")
    world.process_all()
    return world, world.job(job), world.items(job)[1]


@pytest.mark.parametrize(
    ("content", "code", "extension"),
    [
        (b"", "empty-file", "bin"),
        (b"no picture", "unsupported-image", "bin"),
        (BIG, "image-too-large", "png"),
        (document("A", "B", "C"), "too-many-pages", "tif"),
    ],
)
def test_a_file_that_cannot_be_read_is_stored_as_one_item_with_an_error(
    content: bytes, code: str, extension: str
) -> None:
    world = World(Policy(max_pages=2))
    job = submit(world, content, picture("GOOD"))
    bad, good = world.items(job)
    assert (bad.status, bad.error_code, bad.page, bad.position) == (ItemStatus.ERROR, code, 1, 0)
    assert (bad.attempts, bad.finished_at, bad.started_at) == (0, job.submitted_at, None)
    assert bad.error_msg == ITEM_ERROR_SENTENCES[ItemErrorCode(code)]
    assert bad.s3_key == f"jobs/{job.id}/{bad.id}.{extension}"
    assert world.context.documents.get(bad.s3_key) == content
    assert (good.status, good.position) == (ItemStatus.PENDING, 1)
    assert job.counts == Counts(2, pending=1, error=1)
    assert (job.status, job.finished_at) == (JobStatus.PROCESSING, None)


def test_without_the_option_the_whole_request_is_refused() -> None:
    world = World()
    with pytest.raises(EmptyFile):
        submit(world, picture(), b"", options=JobOptions())
    assert not world.database.jobs


def test_only_the_good_pages_get_a_message() -> None:
    world = World()
    job = submit(world, b"", picture("GOOD"), b"?")
    assert [item.status for item in world.items(job)] == ["ERROR", "PENDING", "ERROR"]
    assert len(world.messages()) == 1
    assert world.database.orders == {}


def test_the_job_is_finished_with_its_good_pages() -> None:
    world, job, bad = half_good()
    assert (job.status, job.counts) == (JobStatus.ERROR, Counts(2, done=1, error=1))
    assert bad.finished_at is not None
    assert job.finished_at is not None
    assert text_of(world.owned.result(job.id)) == "ONE"


def test_a_document_of_which_no_page_is_asked_for_is_an_item_with_an_error() -> None:
    world = World()
    options = replace(PARTIAL, pages=parse_pages("3-"))
    job = submit(world, document("A", "B"), document("A", "B", "C"), options=options)
    assert codes(world.items(job)) == ["no-pages", None]
    assert [item.page for item in world.items(job)] == [1, 3]


def test_a_retry_queues_the_page_of_a_refused_file_and_it_ends_the_same() -> None:
    world, job, bad = half_good()
    again = world.owned.retry(job.id)
    assert again.counts == Counts(2, pending=1, done=1)
    assert world.items(job)[1].status is ItemStatus.PENDING
    world.process_all()
    ended = world.items(job)[1]
    assert (ended.status, ended.error_code, ended.attempts) == (ItemStatus.ERROR, "empty-file", 1)
    assert ended.attempts_limit == 3
    assert world.job(job).status is JobStatus.ERROR
    assert bad.refusal is ended.refusal is ItemErrorCode.EMPTY_FILE


def test_a_retry_reads_no_part_of_a_file_that_was_refused_as_a_whole() -> None:
    world = World(Policy(max_pages=2))
    job = submit(world, document("A", "B", "C"), picture("GOOD"))
    world.process_all()
    world.owned.retry(job.id)
    world.process_all()
    assert codes(world.items(job)) == ["too-many-pages", None]


def test_a_retry_that_is_cancelled_tells_so() -> None:
    world, job, _ = half_good()
    world.owned.retry(job.id)
    world.owned.cancel(job.id)
    assert codes(world.items(job)) == [None, "cancelled"]
    world.owned.retry(job.id)
    world.process_all()
    assert codes(world.items(job)) == [None, "empty-file"]


def test_a_cancelled_job_keeps_why_a_file_was_refused() -> None:
    world = World()
    job = submit(world, b"", picture())
    world.owned.cancel(job.id)
    assert codes(world.items(job)) == ["empty-file", "cancelled"]


@pytest.mark.parametrize(
    ("contents", "error"),
    [
        ([picture(), b"", b"", b""], TooManyFiles),
        ([picture(), b"PICTURE:" + b"A" * 100], FileTooLarge),
        ([picture(), document("A", "B"), b""], TooManyPages),
    ],
)
def test_the_limits_of_a_request_still_refuse_all_of_it(contents: list[bytes], error: type[Refusal]) -> None:
    world = World(Policy(max_files=3, max_file_bytes=50, max_items=3))
    with pytest.raises(error):
        submit(world, *contents)
    assert not world.database.jobs


@pytest.mark.parametrize(("contents", "error"), [([b""], EmptyFile), ([b"?", b""], UnsupportedImage)])
def test_a_request_without_a_good_file_is_refused_for_the_first(contents: list[bytes], error: type[Refusal]) -> None:
    world = World()
    with pytest.raises(error) as refused:
        submit(world, *contents)
    assert refused.value.index == 0
    assert str(refused.value).startswith("File 1 (0): ")
    assert not world.database.jobs


class BusyImaging(MemoryImaging):
    """Has no child left for the second file."""

    inspected = 0

    def inspect(self, content: BinaryIO, place: int = 0, owner: str = "") -> Header:
        self.inspected += 1
        if self.inspected > 1:
            raise DocumentsBusy
        return super().inspect(content, place, owner)


def test_a_busy_service_is_no_fault_of_a_file() -> None:
    world = World()
    jobs = OcrService(replace(world.context, imaging=BusyImaging())).of(LOCAL_OWNER)
    with pytest.raises(DocumentsBusy):
        jobs.submit(of_contents(picture(), picture()), PARTIAL)
    assert not world.database.jobs


def test_while_a_worker_of_release_0_1_is_live_a_refused_file_is_busy() -> None:
    world = World()
    old = WorkerReport(an_id(1), "worker", "host", 1, "tesseract 5", None, START, documents=False)
    world.context.workers.report(old)
    with pytest.raises(DocumentsBusy):
        submit(world, picture(), b"")
    submit(world, picture(), picture())


def test_the_audit_log_tells_how_many_files_were_refused() -> None:
    world, job, _ = half_good()
    rest(world)
    entries = world.owned.timeline(job.id)
    assert [entry.detail for entry in entries if entry.action is AuditAction.JOB_CREATED] == [
        {"items": 2, "refused": 1}
    ]
    assert AuditAction.ITEM_FAILED not in {entry.action for entry in entries}


def test_the_audit_log_tells_of_an_attempt_after_a_retry() -> None:
    world, job, bad = half_good()
    world.owned.retry(job.id)
    world.process_all()
    rest(world)
    (failed,) = (entry for entry in world.owned.timeline(job.id) if entry.action is AuditAction.ITEM_FAILED)
    assert failed.event_id == f"{bad.id}#1#item.failed"
    assert failed.detail["code"] == "empty-file"


def test_the_doctor_finds_no_fault_with_a_refused_file() -> None:
    world, job, _ = half_good()
    rest(world)
    assert left(world) == []
    world.owned.retry(job.id)
    world.process_all()
    rest(world)
    assert left(world) == []


def test_the_doctor_misses_the_entry_that_told_of_a_refused_file() -> None:
    world, _, _ = half_good()
    rest(world)
    (key,) = (key for key, entry in world.database.audit.items() if entry.action is AuditAction.JOB_CREATED)
    del world.database.audit[key]
    assert left(world) == ["missing-audit"]


def test_the_page_of_a_refused_file_has_no_picture_but_the_file_can_be_had() -> None:
    world = World()
    job = submit(world, BIG, b"?", picture())
    big, unknown, _ = world.items(job)
    for item in (big, unknown):
        with pytest.raises(Refusal) as refused:
            world.owned.item_image(item.id).read()
        assert refused.value.code.value == item.error_code
    original = world.owned.item_image(unknown.id, original=True)
    assert (original.media_type, original.extension) == ("application/octet-stream", "bin")
    assert original.read() == b"?"
    assert world.owned.item_image(big.id, original=True).read() == BIG


def test_in_a_pdf_a_refused_file_is_an_empty_page_in_its_place() -> None:
    world = World(Policy(max_pages=2))
    job = submit(world, picture("ONE"), document("A", "B", "C"), picture("TWO"))
    world.process_all()
    lines = b"".join(FORMATS["pdf"].job(world.owned.result(job.id))).decode().split("\n")
    assert lines[1:] == ['"ONE"', '""', '"TWO"']


def test_the_option_is_part_of_the_identity_of_a_request() -> None:
    files = of_contents(picture(), b"")
    assert body_hash(NewJob(files, PARTIAL)) != body_hash(NewJob(files, JobOptions()))


def test_a_repeated_request_returns_the_same_job() -> None:
    world = World()
    first, again = (world.owned.submit_once(of_contents(picture(), b""), PARTIAL, key="a") for _ in range(2))
    assert (again.job.id, again.replayed) == (first.job.id, True)
    assert again.job.counts == Counts(2, pending=1, error=1)


def test_a_refusal_by_its_own_name_keeps_it() -> None:
    class Locked(MemoryImaging):
        def inspect(self, content: BinaryIO, place: int = 0, owner: str = "") -> Header:
            header = super().inspect(content, place, owner)
            if header.extension == "pdf":
                raise PdfEncrypted
            return header

    world = World()
    jobs = OcrService(replace(world.context, imaging=Locked())).of(LOCAL_OWNER)
    job = jobs.submit([Upload("a", io.BytesIO(b"PICTURE.pdf:A")), *of_contents(picture())], PARTIAL)
    bad = world.items(job)[0]
    assert (bad.error_code, bad.s3_key.rpartition(".")[2]) == ("pdf-encrypted", "pdf")


def test_no_pages_is_told_before_the_request_is_refused_for_its_length() -> None:
    world = World(Policy(max_items=1))
    with pytest.raises(NoPages):
        submit(world, document("A", "B"), options=replace(PARTIAL, pages=parse_pages("7-")))
