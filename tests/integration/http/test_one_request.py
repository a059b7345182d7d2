"""``POST /api/v1/ocr``: files in, their text out, in one request."""

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

import pictures
from entrypoints.http.problems import PAGE_TITLES, PROBLEMS
from integration.http.site import NOTHING, OCR, Site, field, form, part, problem
from ocrcore import LOCAL_OWNER, ItemErrorCode
from ocrcore.formats.registry import FORMATS
from ocrcore.ports.engine import EngineFailure
from ocrcore.testing.patience import FOREVER, eventually
from serving import serving
from working import at_work
from worlds import picture

KIND: Final = {"content-type": "multipart/form-data; boundary=edge"}


def read(site: Site, *parts: bytes, query: str = "", **headers: str) -> httpx.Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return site.client.post(f"{OCR}{query}", content=form(*parts), headers=KIND | given)


def files(*texts: str) -> list[bytes]:
    return [part(picture(text), f"{number}.png".encode()) for number, text in enumerate(texts)]


def of_a_page(answer: httpx.Response, code: str) -> str:
    """Return the detail of a problem answer with the code of a page."""
    fields: dict[str, Any] = answer.json()
    assert (answer.status_code, fields["status"], fields["code"]) == (422, 422, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert fields["type"] == f"urn:ocrcore:problem:{code}"
    assert fields["instance"] == f"urn:uuid:{answer.headers['x-request-id']}"
    return str(fields["detail"])


def test_files_are_answered_with_their_text(site: Site) -> None:
    with at_work(site.world):
        answer = read(site, *files("ONE", "TWO"), field("name", "both"))
    assert (answer.status_code, answer.text) == (200, "ONE\fTWO")
    assert answer.headers["content-type"].startswith("text/plain")
    job = site.client.get(answer.headers["location"]).json()
    assert (job["status"], job["name"]) == ("DONE", "both")


@pytest.mark.parametrize("name", FORMATS)
def test_the_answer_is_the_result_in_every_format(site: Site, name: str) -> None:
    with at_work(site.world):
        answer = read(site, *files("ONE"), query=f"?format={name}")
    result = site.client.get(f"{answer.headers['location']}/result", params={"format": name})
    assert (answer.status_code, answer.content) == (200, result.content)
    assert answer.headers["content-type"] == result.headers["content-type"]
    assert answer.headers["content-length"] == str(len(answer.content))


def test_a_job_that_is_not_finished_in_time_is_answered_as_a_submission(site: Site) -> None:
    answer = read(site, *files("ONE"), query="?wait=0s")
    job = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (202, f"/api/v1/jobs/{job['id']}")
    assert job["status"] == "PENDING"
    with at_work(site.world):
        assert eventually(lambda: site.get(f"/jobs/{job['id']}/result").text == "ONE")


def test_pages_that_cannot_be_read_do_not_keep_the_others_back(site: Site) -> None:
    site.world.engine.before("recognise", EngineFailure(ItemErrorCode.IMAGE_CORRUPT))
    with at_work(site.world):
        answer = read(site, *files("ONE", "TWO"))
    assert (answer.status_code, answer.text) in {(200, "ONE"), (200, "TWO")}


def test_without_any_text_the_answer_is_the_first_pages_error_and_names_it(site: Site) -> None:
    site.world.engine.before("recognise", EngineFailure(ItemErrorCode.IMAGE_TRUNCATED))
    with at_work(site.world):
        answer = read(site, part(picture("ONE"), b"letter.png"))
    assert of_a_page(answer, "image-truncated").startswith("letter.png, page 1: The picture ends too early")
    assert site.client.get(answer.headers["location"]).json()["status"] == "ERROR"


def test_every_code_of_a_page_has_a_title() -> None:
    assert {str(code) for code in ItemErrorCode} <= {*map(str, PAGE_TITLES), *map(str, PROBLEMS)}
    assert not {*map(str, PAGE_TITLES)} & {*map(str, PROBLEMS)}


def test_a_job_that_is_cancelled_meanwhile_ends_the_wait(site: Site) -> None:
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(read, site, *files("ONE"))
        (job,) = eventually(lambda: site.service.of(LOCAL_OWNER).list())
        site.service.of(LOCAL_OWNER).cancel(job.id)
        of_a_page(answer.result(FOREVER), "cancelled")


def test_a_result_that_cannot_be_a_pdfa_is_told_in_one_request_too(site: Site) -> None:
    with at_work(site.world):
        answer = read(site, part(b"PICTURE.bmp:ONE"), query="?format=pdfa")
    problem(answer, "not-pdfa")
    assert site.client.get(answer.headers["location"]).json()["status"] == "DONE"


def test_a_repeated_request_with_its_key_makes_one_job_and_gets_its_text(site: Site) -> None:
    first = read(site, *files("ONE"), query="?wait=0s", idempotency_key="k")
    assert "idempotency-replayed" not in first.headers
    with at_work(site.world):
        second = read(site, *files("ONE"), idempotency_key="k")
    assert (first.status_code, second.status_code, second.text) == (202, 200, "ONE")
    assert second.headers["location"] == first.headers["location"]
    assert second.headers["idempotency-replayed"] == "true"
    problem(read(site, *files("OTHER"), idempotency_key="k"), "idempotency-mismatch")


@pytest.mark.parametrize(
    "query", ["?wait=61s", "?wait=soon", "?wait=-1", "?format=docx", "?page=1", "?wait=1s&wait=2s"]
)
def test_a_query_that_makes_no_sense_is_refused_before_anything_is_stored(site: Site, query: str) -> None:
    problem(read(site, *files("ONE"), query=query), "invalid-option")
    assert site.stored == NOTHING


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([], "no-files"),
        ([part(b"no picture")], "unsupported-image"),
        ([part(b"")], "empty-file"),
        ([part(picture()), field("psm", "99")], "invalid-option"),
        ([part(picture()), field("colour", "red")], "unknown-field"),
        ([part(picture())] * 6, "too-many-files"),
    ],
)
def test_the_body_is_refused_as_that_of_a_submission(site: Site, parts: list[bytes], code: str) -> None:
    problem(read(site, *parts), code)
    assert site.stored == NOTHING


def test_a_client_that_goes_away_ends_its_wait_and_keeps_its_job(site: Site) -> None:
    body = form(*files("ONE"))
    head = f"POST {OCR} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {KIND['content-type']}\r\n"
    with socket.create_connection(("127.0.0.1", site.port)) as connection:
        connection.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        assert eventually(lambda: site.service.of(LOCAL_OWNER).list())
    gone = f'method="POST",route="{OCR}",status="499"'
    assert eventually(lambda: gone in site.client.get("/metrics").text)
    with at_work(site.world):
        assert eventually(lambda: [job.status for job in site.service.of(LOCAL_OWNER).list()] == ["DONE"])


def test_a_service_that_stops_answers_with_the_job(tmp_path: Path) -> None:
    page = {"files": ("a.png", pictures.png("A"))}
    with ThreadPoolExecutor(1) as threads:
        with serving(tmp_path / "data", "--slots", "0") as url:
            waiting = threads.submit(httpx.post, f"{url}{OCR}", files=page, timeout=FOREVER)
            assert eventually(lambda: httpx.get(f"{url}/api/v1/jobs").json()["jobs"])
            assert not waiting.done()
        answer = waiting.result(FOREVER)
    assert (answer.status_code, answer.json()["status"]) == (202, "PENDING")
