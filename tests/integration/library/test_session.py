import io
import itertools
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from digital_pdfs import torn_pdf
from entrypoints.inputs import File
from entrypoints.library import Session, open_local
from entrypoints.settings import SettingsError
from ocrcore import AnnouncedFile, Item, ItemStatus, Job, JobStatus
from ocrcore.application.jobs.changes import Gone
from ocrcore.domain.audit import AuditAction
from ocrcore.domain.errors import (
    EditConflict,
    EmptyFile,
    InvalidOption,
    ItemNotFound,
    JobNotFound,
    NoFiles,
    PageFailed,
    UploadMissing,
)
from ocrcore.testing.patience import FOREVER
from pdf_readers import pdfium
from pictures import damaged_png, png

pytestmark = pytest.mark.usefixtures("tesseract")


@pytest.fixture(scope="module")
def ocr(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with open_local(tmp_path_factory.mktemp("session") / "data", slots=2) as session:
        yield session


@pytest.fixture
def idle(data: Path) -> Iterator[Session]:
    """A session that reads nothing."""
    with open_local(data, slots=0) as session:
        yield session


def test_pages_are_found_by_their_words(ocr: Session) -> None:
    job = ocr.wait(ocr.submit([io.BytesIO(png("ZEBRA"))]).id, timeout=FOREVER)
    (hit,) = ocr.search("zeb*")
    assert (hit.job_id, hit.snippet, len(hit.boxes)) == (job.id, "ZEBRA", 1)
    assert list(ocr.search("zebra crossing")) == []


def test_pictures_become_texts(ocr: Session, page: Path) -> None:
    job = ocr.submit([page, io.BytesIO(png("WORLD"))], languages="eng+por", name="two")
    job = ocr.wait(job.id, timeout=timedelta(seconds=FOREVER))
    assert (job.status, job.name, job.options.languages) == (JobStatus.DONE, "two", ("eng", "por"))
    assert [item.ocr_text for item in ocr.items(job.id)] == ["HELLO", "WORLD"]
    assert ocr.result(job.id) == "HELLO\fWORLD"
    assert [layout["text"] for layout in ocr.layouts(job.id)] == ["HELLO", "WORLD"]


def test_the_log_warns_of_the_pages_that_are_not_in_it(
    ocr: Session, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files: list[File] = [("a.png", png("HELLO")), *((f"cut-{number}.png", damaged_png("CUT")) for number in range(4))]
    begin = r"4 pages have no text in the result: cut-0\.png, page 1: The picture is damaged.* And 1 more\.$"
    assert ocr.read(files, timeout=FOREVER) == "HELLO"
    job = next(iter(ocr.list()))
    assert ocr.result(job.id) == "HELLO"
    ocr.save(job.id, tmp_path / "all.txt")
    assert ocr.read(files[0], timeout=FOREVER) == "HELLO"
    told = [record.getMessage() for record in caplog.records if record.name.startswith("entrypoints.library")]
    assert len(told) == 3  # of each call but the last one
    assert all(re.match(begin, line) for line in told)


def test_the_log_warns_of_a_document_that_is_read_in_part(
    ocr: Session, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert ocr.read(("torn.pdf", torn_pdf("HARBOUR")), timeout=FOREVER) == "HARBOUR"
    job = next(iter(ocr.list()))
    assert ocr.result(job.id) == "HARBOUR"
    ocr.save(job.id, tmp_path / "all.txt")
    told = [record.getMessage() for record in caplog.records if record.name.startswith("entrypoints.library")]
    assert len(told) == 3  # of each call
    assert all(re.match(r"1 warning of the result: torn\.pdf: The document is damaged", line) for line in told)


def test_files_are_read_in_one_call(ocr: Session, page: Path) -> None:
    told: list[tuple[int, int]] = []
    both: list[File] = [page, io.BytesIO(png("WORLD"))]
    assert ocr.read(both, timeout=FOREVER, on_progress=lambda *pages: told.append(pages)) == "HELLO\fWORLD"
    assert (told == sorted(told), {total for _, total in told}, told[-1]) == (True, {2}, (2, 2))
    assert json.loads(ocr.read(page, timeout=FOREVER, format="json"))["items"][0]["text"] == "HELLO"
    with pytest.raises(PageFailed, match=r"^file-1, page 1: The picture"):
        ocr.read(io.BytesIO(png("HELLO")[:-300]), timeout=FOREVER)
    with pytest.raises(InvalidOption, match="format must be"):
        ocr.read(page, format="docx")


def test_a_pdf_comes_as_bytes(ocr: Session, page: Path) -> None:
    assert "HELLO" in pdfium(ocr.read(page, timeout=FOREVER, format="pdf"))
    job = ocr.wait(ocr.submit(page).id, timeout=FOREVER)
    (item,) = ocr.items(job.id)
    for content in (ocr.result(job.id, "pdf"), ocr.item_result(item.id, "pdfa")):
        assert "HELLO" in pdfium(content)


def test_a_session_answers_what_a_client_does(ocr: Session, page: Path) -> None:
    job = ocr.wait(ocr.submit([page, io.BytesIO(png("WORLD"))]).id, timeout=FOREVER)
    first, second = ocr.items(job.id, status="DONE")
    assert ocr.items(job.id, status="ERROR") == []
    ocr.correct(second.id, "WORDS", line=0)
    assert ocr.result(job.id) == "HELLO\fWORDS"
    assert ocr.result(job.id, recognised=True) == "HELLO\fWORLD"
    assert (ocr.item_result(second.id), ocr.item_result(second.id, recognised=True)) == ("WORDS", "WORLD")
    assert ocr.image(first.id) == ocr.image(first.id, original=True) == page.read_bytes()
    with Image.open(io.BytesIO(ocr.image(first.id, width=100))) as small:
        assert (small.format, small.width) == ("PNG", 100)
    assert [found.id for found in ocr.list(limit=1)] == [job.id]
    assert [worker.kind for worker in ocr.stats().workers] == ["library"]


def test_ids_may_be_text(ocr: Session, page: Path) -> None:
    job = ocr.wait(str(ocr.submit(page).id), timeout=FOREVER)
    (item,) = ocr.items(str(job.id))
    assert ocr.item(str(item.id)) == item
    assert ocr.item_result(str(item.id)) == ocr.item_layout(str(item.id))["text"] == "HELLO"


def test_ids_that_are_none_are_not_found(ocr: Session) -> None:
    with pytest.raises(JobNotFound):
        ocr.get("x")
    with pytest.raises(ItemNotFound):
        ocr.item("x")


def test_a_job_is_cancelled_retried_renamed_and_deleted(idle: Session, page: Path) -> None:
    job = idle.submit([page])
    assert idle.cancel(job.id).status is JobStatus.ERROR
    assert idle.retry(job.id).status is JobStatus.PENDING
    assert idle.rename(job.id, "other").name == "other"
    actions = [entry.action for entry in idle.timeline(job.id)]
    assert actions[-1] is AuditAction.JOB_RENAMED
    idle.delete(job.id)
    with pytest.raises(JobNotFound):
        idle.get(job.id)


def test_lists_are_read_to_their_end(idle: Session, page: Path) -> None:
    job = idle.submit([page] * 201, name="long")
    idle.submit(page)
    assert [item.position for item in idle.items(job.id)] == list(range(201))
    assert idle.items(job.id, status=ItemStatus.DONE) == []
    assert len(list(idle.list())) == 2
    assert [found.id for found in idle.list(name="long", status="PENDING")] == [job.id]


def test_waiting_ends_in_time_and_says_why(idle: Session, page: Path) -> None:
    job = idle.submit(page)
    with pytest.raises(TimeoutError, match="is PENDING: 1 pages are open"):
        idle.wait(job.id, timeout=0)
    assert "worker" in str(idle.blocked_by(job.id))


def test_a_refusal_names_the_file_and_keeps_nothing(idle: Session, page: Path) -> None:
    with pytest.raises(EmptyFile) as refused:
        idle.submit([page, io.BytesIO()])
    assert refused.value.index == 1
    with pytest.raises(NoFiles):
        idle.submit([])
    assert list(idle.list()) == []


def test_options_are_checked_as_everywhere(idle: Session, page: Path) -> None:
    with pytest.raises(InvalidOption, match="psm"):
        idle.submit(page, psm=99)
    with pytest.raises(InvalidOption, match="expires_in"):
        idle.submit(page, expires_in="soon")


def test_settings_are_those_of_the_environment_unless_given(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_LANGUAGES", "por")
    monkeypatch.setenv("OCR_JOB_TTL", "1h")
    with open_local(data, slots=0, job_ttl=timedelta(hours=2)) as session:
        job = session.submit(io.BytesIO(png("HELLO")))
    assert (job.options.languages, job.options.expires_in) == (("por",), timedelta(hours=2))


def test_a_setting_without_such_a_value_is_told(data: Path) -> None:
    with pytest.raises(SettingsError, match="OCR_MAX_ATTEMPTS must be"), open_local(data, max_attempts=0):
        pass
    with pytest.raises(TypeError, match="no setting 'backend'"), open_local(data, backend="aws"):
        pass
    assert not data.exists()


def test_a_session_that_is_over_refuses_everything(data: Path) -> None:
    with open_local(data, slots=0) as session:
        assert "eng" in session.languages
    with pytest.raises(RuntimeError, match=r"over; open another$"):
        session.list().__next__()


def test_a_job_is_followed_until_it_is_finished_its_items_before_it(ocr: Session, page: Path) -> None:
    job = ocr.submit([page, io.BytesIO(png("WORLD"))])
    told = list(ocr.events(str(job.id)))
    assert isinstance(told[-1], Job)
    assert (told[-1].id, told[-1].status) == (job.id, JobStatus.DONE)
    last = {event.id: event for event in told if isinstance(event, Item)}
    assert [(item.status, item.ocr_text) for item in last.values()] == [(ItemStatus.DONE, None)] * 2
    assert not any(isinstance(event, Item) for event in ocr.events(job.id, items=False))


def test_all_jobs_are_followed_and_a_deleted_one_is_gone(idle: Session, page: Path) -> None:
    before = idle.submit(page)
    events = idle.events(items=False)
    assert next(events) == before
    after = idle.submit(page)
    assert after in itertools.islice(events, 5)
    idle.delete(before.id)
    assert Gone(before.id, "local") in itertools.islice(events, 5)
    with pytest.raises(JobNotFound):
        next(idle.events(before.id))


def test_who_follows_jobs_of_a_session_that_is_over_is_told_so(data: Path, page: Path) -> None:
    with open_local(data, slots=0) as session:
        session.submit(page)
        events = session.events(items=False)
        next(events)
    with pytest.raises(RuntimeError, match=r"over; open another$"):
        list(events)


def test_files_of_a_draft_are_uploaded_one_by_one(ocr: Session, page: Path) -> None:
    draft = ocr.draft([AnnouncedFile("a.png", page.stat().st_size), AnnouncedFile("b.png", len(png("WORLD")))], psm=6)
    assert [address.method for address in draft.addresses] == ["PUT", "PUT"]
    ocr.upload(draft.job.id, 1, io.BytesIO(png("WORLD")))
    with pytest.raises(UploadMissing, match=r"File 1 \(a\.png\)"):
        ocr.submit_draft(draft.job.id)
    ocr.upload(str(draft.job.id), 0, page)
    assert ocr.renew_uploads(draft.job.id).job.id == draft.job.id
    job = ocr.submit_draft(draft.job.id)
    assert ocr.submit_draft(str(job.id)).id == job.id == draft.job.id
    assert ocr.wait(job.id, timeout=FOREVER).status is JobStatus.DONE
    assert ocr.result(job.id) == "HELLO\fWORLD"


def test_a_draft_takes_no_unknown_option(ocr: Session) -> None:
    with pytest.raises(TypeError, match="draft"):
        ocr.draft([AnnouncedFile("a.png", 1)], colour="red")  # type: ignore[call-arg] # that is the test


def test_a_page_is_corrected_and_marked(ocr: Session, page: Path) -> None:
    job = ocr.wait(ocr.submit(page).id, timeout=FOREVER)
    (item,) = ocr.items(job.id)
    assert item.id in [one.id for one in ocr.least_sure(reviewed=False)]
    corrected = ocr.correct(str(item.id), "GOODBYE", line=0, word=0)
    assert (corrected.ocr_text, corrected.recognised_text, corrected.revision) == ("GOODBYE", "HELLO", 1)
    assert ocr.result(job.id) == ocr.item_layout(item.id)["text"] == "GOODBYE"
    assert ocr.item_layout(item.id, recognised=True)["text"] == "HELLO"
    assert [(one.was, one.text, one.revision) for one in ocr.corrections(item.id).corrections] == [
        ("HELLO", "GOODBYE", 1)
    ]
    assert "GOODBYE" in pdfium(ocr.result(job.id, "pdf"))
    assert [hit.item_id for hit in ocr.search("goodbye")] == [item.id]
    with pytest.raises(EditConflict):
        ocr.correct(item.id, "x", line=0, revision=0)
    with pytest.raises(EditConflict):
        ocr.review(item.id, revision=0)
    ocr.review(item.id, revision=1)
    assert item.id not in [one.id for one in ocr.least_sure(reviewed=False)]
    assert ocr.review(item.id, reviewed=False).reviewed_at is None
    ocr.delete(job.id)
