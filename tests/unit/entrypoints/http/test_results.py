"""Results over HTTP, in every format of the table."""

from collections.abc import Iterator

import httpx
import pytest
from litestar.testing import TestClient

from entrypoints.http.app import create_app
from entrypoints.settings import Settings
from ocrcore.formats import registry
from ocrcore.formats.registry import FORMATS, Format
from ocrcore.formats.results import JobResult, PageResult
from worlds import World, of_contents


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> Iterator[httpx.Client]:
    with TestClient(create_app(world.service, Settings()), base_url="http://127.0.0.1") as client:
        yield client


def results(world: World) -> tuple[str, str]:
    """Return the addresses of the results of a job and of its page."""
    job = world.submit("HELLO")
    world.process_all()
    return f"/api/v1/jobs/{job.id}/result", f"/api/v1/items/{world.item(job).id}/result"


@pytest.mark.parametrize("name", FORMATS)
def test_a_result_has_the_media_type_of_its_format(world: World, client: httpx.Client, name: str) -> None:
    for path in results(world):
        answer = client.get(path, params={"format": name})
        assert answer.headers["content-type"].partition(";")[0] == FORMATS[name].media_type
        assert "HELLO" in answer.text


def test_a_result_that_cannot_be_a_pdfa_is_refused_with_the_reason(world: World, client: httpx.Client) -> None:
    job = world.owned.submit(of_contents(b"PICTURE.bmp:HELLO"))
    world.process_all()
    answer = client.get(f"/api/v1/jobs/{job.id}/result", params={"format": "pdfa"})
    assert (answer.status_code, answer.json()["code"]) == (409, "not-pdfa")
    assert answer.json()["detail"].endswith("ask for format=pdf.")
    assert client.get(f"/api/v1/jobs/{job.id}/result", params={"format": "pdf"}).status_code == 200


def test_a_pdf_whose_file_is_lost_is_refused_and_its_text_is_not(world: World, client: httpx.Client) -> None:
    job = world.submit("HELLO")
    world.process_all()
    world.context.documents.delete([world.item(job).s3_key])
    answer = client.get(f"/api/v1/jobs/{job.id}/result", params={"format": "pdf"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
    assert "format=txt" in answer.json()["detail"]
    assert client.get(f"/api/v1/jobs/{job.id}/result").text == "HELLO"


def test_a_format_that_a_handler_does_not_know_is_written_by_its_own_renderers(
    world: World, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def page(result: PageResult) -> Iterator[bytes]:
        yield b"page " + result.text.lower().encode()

    def job(result: JobResult) -> Iterator[bytes]:
        yield b"job " + b"".join(one.text.lower().encode() for one in result.pages)

    row = Format("whisper", "text/x-whisper", ".low", "the text in small letters", page, job)
    monkeypatch.setattr(registry, "FORMATS", {**FORMATS, row.name: row})
    answers = [client.get(path, params={"format": "whisper"}) for path in results(world)]
    assert [answer.text for answer in answers] == ["job hello", "page hello"]
    assert {answer.headers["content-type"].partition(";")[0] for answer in answers} == {"text/x-whisper"}


def test_a_format_that_there_is_not_is_refused_by_name(world: World, client: httpx.Client) -> None:
    for path in results(world):
        answer = client.get(path, params={"format": "doc"})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-option")
        assert answer.json()["detail"] == "format must be txt, json, hocr, alto, tsv, pdf or pdfa."
