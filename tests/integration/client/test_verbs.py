import io
import uuid
from datetime import timedelta

import pytest

from entrypoints.client import ApiProblem, Client, NoAnswer
from ocrcore import ItemErrorCode, ItemStatus, JobStatus
from ocrcore.domain.audit import AuditAction
from ocrcore.domain.errors import InvalidOption
from ocrcore.formats.registry import FORMATS
from ocrcore.ports.engine import EngineFailure
from ocrcore.testing.patience import FOREVER
from working import at_work
from worlds import World, picture


def pages(*texts: str) -> list[io.BytesIO]:
    return [io.BytesIO(picture(text)) for text in texts]


def test_what_is_submitted_is_read_back_in_order(world: World, client: Client) -> None:
    job = client.submit(pages("ONE", "TWO"), name="two pages", expires_in=timedelta(hours=1))
    world.process_all()
    assert client.wait(job.id, timeout=FOREVER).status is JobStatus.DONE
    assert client.result(job.id) == "ONE\fTWO"
    assert [item.ocr_text for item in client.items(job.id)] == ["ONE", "TWO"]
    assert [layout["text"] for layout in client.layouts(job.id)] == ["ONE", "TWO"]
    assert (client.get(job.id).name, client.get(job.id).options.expires_in) == ("two pages", 3600)


def test_a_page_is_read_by_itself(world: World, client: Client) -> None:
    job = client.submit(pages("ONE"))
    world.process_all()
    (item,) = client.items(job.id)
    assert client.item(item.id) == item
    assert client.item_result(item.id) == "ONE"
    assert client.item_layout(item.id)["item_id"] == item.id


def test_lists_are_read_to_their_end(world: World, client: Client) -> None:
    job = client.submit(pages(*map(str, range(201))), name="long")
    for number in range(201):
        world.submit(f"{number}")
    assert [item.position for item in client.items(job.id)] == list(range(201))
    assert len(list(client.list())) == 202
    assert [found.id for found in client.list(name="lo", status="PENDING")] == [job.id]
    assert list(client.items(job.id, status=ItemStatus.DONE)) == []


def test_hits_are_read_to_their_end(world: World, client: Client) -> None:
    client.submit(pages(*(f"ALPHA {number}" for number in range(60))))
    world.process_all()
    found = list(client.search('"alpha"'))
    assert len({hit.item_id for hit in found}) == 60
    assert {hit.page for hit in found} == {1}
    assert [hit.snippet for hit in client.search("alpha 7")] == ["ALPHA 7"]


def test_a_job_is_cancelled_retried_renamed_and_deleted(client: Client) -> None:
    job = client.submit(pages("ONE"))
    assert client.cancel(job.id).items.error == 1
    assert client.retry(job.id).status is JobStatus.PENDING
    assert client.rename(job.id, "other").name == "other"
    assert [entry.action for entry in client.timeline(job.id)][:2] == [
        AuditAction.JOB_CREATED,
        AuditAction.JOB_CANCELLED,
    ]
    client.delete(job.id)
    client.delete(job.id)
    with pytest.raises(ApiProblem) as refused:
        client.get(job.id)
    assert (refused.value.code, refused.value.status) == ("job-not-found", 404)


def test_a_refusal_names_the_file_and_the_request(client: Client) -> None:
    with pytest.raises(ApiProblem, match=r"File 2 \(file-2\): ") as refused:
        client.submit([*pages("ONE"), io.BytesIO(b"no picture")])
    assert (refused.value.code, refused.value.index) == ("unsupported-image", 1)
    assert str(uuid.UUID(refused.value.request_id)) == refused.value.request_id


def test_an_id_that_is_none_is_no_job(client: Client) -> None:
    for wrong in ("x", "../jobs", "a?b", "a/b", ""):
        with pytest.raises(ApiProblem if wrong else NoAnswer):
            client.get(wrong)


def test_waiting_ends_in_time(client: Client) -> None:
    job = client.submit(pages("ONE"))
    with pytest.raises(TimeoutError, match="PENDING"):
        client.wait(job.id, timeout=0.1)


def test_an_idempotency_key_makes_one_job(client: Client) -> None:
    first, second = (client.submit(pages("ONE"), idempotency_key="k") for _ in range(2))
    assert first.id == second.id
    with pytest.raises(ApiProblem) as refused:
        client.submit(pages("TWO"), idempotency_key="k")
    assert refused.value.code == "idempotency-mismatch"


def test_two_submissions_are_two_jobs(client: Client) -> None:
    assert client.submit(pages("ONE")).id != client.submit(pages("ONE")).id


def test_who_sends_hears_how_much_is_sent(client: Client) -> None:
    heard: list[tuple[int, int]] = []
    client.submit([io.BytesIO(picture("X" * 300_000))], on_sent=lambda sent, total: heard.append((sent, total)))
    assert heard[-1][0] == heard[-1][1] > 300_000
    assert [sent for sent, _ in heard] == sorted({sent for sent, _ in heard})


@pytest.mark.parametrize("address", ["", "foo", "ftp://127.0.0.1", "http://", "http://[::1"])
def test_an_address_that_is_none_is_refused_at_once(address: str) -> None:
    with pytest.raises(ValueError, match="is no address"):
        Client(address)


def test_files_are_read_in_one_request(world: World, client: Client) -> None:
    with at_work(world):
        assert client.read(pages("ONE", "TWO"), timeout=FOREVER, name="both") == "ONE\fTWO"
    assert [job.name for job in client.list()] == ["both"]


def test_a_text_that_takes_longer_than_a_request_is_waited_for(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entrypoints.client.client.HOLD", 0)
    with at_work(world):
        assert client.read(pages("ONE"), timeout=FOREVER) == "ONE"


@pytest.mark.parametrize("hold", [0, 20])
@pytest.mark.parametrize("form", FORMATS)
def test_files_are_read_in_every_format_as_the_service_writes_it(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch, form: str, hold: int
) -> None:
    monkeypatch.setattr("entrypoints.client.client.HOLD", hold)
    with at_work(world):
        read = client.read(pages("ONE", "TWO"), timeout=FOREVER, format=form)
    (job,) = client.list()
    with client.result_stream(job.id, form) as pieces:
        written = b"".join(pieces)
    assert read == client.result(job.id, form) == (written.decode() if FORMATS[form].is_text else written)


@pytest.mark.parametrize("form", FORMATS)
def test_a_page_is_read_in_every_format(world: World, client: Client, form: str) -> None:
    job = client.submit(pages("ONE"))
    world.process_all()
    (item,) = client.items(job.id)
    read = client.item_result(item.id, form)
    assert isinstance(read, str) == FORMATS[form].is_text
    assert (b"%PDF" if isinstance(read, bytes) else "ONE") in read  # type: ignore[operator]


def test_a_format_that_there_is_not_is_refused_before_anything_is_sent(client: Client) -> None:
    for ask in (client.result, client.item_result, lambda of, form: client.read(pages(of), format=form)):
        with pytest.raises(InvalidOption, match="format must be"):
            ask("ONE", "docx")
    assert list(client.list()) == []


@pytest.mark.parametrize("hold", [0, 20])
def test_without_a_text_the_first_page_says_why(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch, hold: int
) -> None:
    monkeypatch.setattr("entrypoints.client.client.HOLD", hold)
    world.engine.before("recognise", EngineFailure(ItemErrorCode.IMAGE_CORRUPT))
    with at_work(world), pytest.raises(ApiProblem, match=r"^file-1, page 1: The picture is damaged") as failed:
        client.read(pages("ONE"), timeout=FOREVER)
    assert (failed.value.code, failed.value.status) == ("image-corrupt", 422)


def test_reading_ends_in_time_and_the_job_goes_on(world: World, client: Client) -> None:
    with pytest.raises(TimeoutError, match="PENDING"):
        client.read(pages("ONE"), timeout=0.1)
    world.process_all()
    assert [job.status for job in client.list()] == [JobStatus.DONE]


def test_a_page_is_corrected_and_marked(world: World, client: Client) -> None:
    client.submit(pages("HELO WROLD"))
    world.process_all()
    (item,) = client.least_sure(reviewed=False)
    assert client.correct(item.id, "HELLO", line=0, word=0).ocr_text == "HELLO WROLD"
    assert client.correct(item.id, "HELLO WORLD", line=0).revision == 2
    assert client.item_layout(item.id)["text"] == "HELLO WORLD"
    told = client.corrections(item.id)
    assert [(one.line, one.word, one.was, one.text) for one in told.corrections] == [
        (0, None, "HELO WROLD", "HELLO WORLD")
    ]
    assert client.item_layout(item.id, recognised=True)["text"] == "HELO WROLD"
    with pytest.raises(ApiProblem) as refused:
        client.correct(item.id, "x", line=0, revision=1)
    assert (refused.value.code, refused.value.status) == ("edit-conflict", 409)
    assert (refused.value.revision, refused.value.texts) == (2, [(0, None, "HELLO WORLD")])
    with pytest.raises(ApiProblem, match="look at it again"):
        client.review(item.id, revision=1)
    client.review(item.id, revision=2)
    assert list(client.least_sure(reviewed=False)) == []
    assert [one.id for one in client.least_sure(reviewed=True)] == [one.id for one in client.least_sure()] == [item.id]
    client.review(item.id, reviewed=False)
    assert client.item(item.id).reviewed_at is None
