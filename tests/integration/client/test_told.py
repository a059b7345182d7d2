"""A client tells of what a result lacks, and of what one should know about it, and asks only if there is something."""

import re

import httpx
import pytest

from digital_pdfs import torn_pdf
from entrypoints.client import Client
from entrypoints.inputs import File
from ocrcore.testing.patience import FOREVER
from pictures import damaged_png, drawing, png, save


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the client has logged since the last time."""
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("entrypoints.client")]
    caplog.clear()
    return lines


def test_a_client_tells_of_what_is_read_in_part(url: str, caplog: pytest.LogCaptureFixture) -> None:
    files: list[File] = [
        ("torn.pdf", torn_pdf("HARBOUR")),
        ("cut.png", damaged_png("CUT")),
        ("drawing.png", save(drawing())),
    ]
    failed = r"1 page has no text in the result: cut\.png, page 1: The picture is damaged"
    lost = r"2 warnings of the result: torn\.pdf: The document is damaged.* drawing\.png, page 1: There is something"
    with Client(url) as client:
        assert client.read(files, timeout=FOREVER, quality="fast") == "HARBOUR\f"
        job = next(client.list(limit=1))
        assert client.result(job.id) == "HARBOUR\f"
        for first, second in zip(*[iter(told(caplog))] * 2, strict=True):
            assert re.match(failed, first)
            assert re.match(lost, second)
        answer = httpx.get(f"{url}/api/v1/jobs/{job.id}/result", timeout=FOREVER)
        assert (answer.headers["ocrcore-failed-pages"], answer.headers["ocrcore-warnings"]) == ("1", "2")


def test_a_warning_of_a_page_alone_is_told(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with Client(url) as client:
        assert client.read(("drawing.png", save(drawing())), timeout=FOREVER, quality="fast") == ""
    (line,) = told(caplog)
    assert line.startswith("1 warning of the result: drawing.png, page 1: There is something")


def test_nothing_is_asked_for_or_told_of_a_whole_result(url: str, caplog: pytest.LogCaptureFixture) -> None:
    asked: list[str] = []
    with Client(url) as client:
        client._api.http.event_hooks["request"].append(lambda request: asked.append(request.url.path))
        assert client.read(png("HELLO"), timeout=FOREVER, quality="fast") == "HELLO"
    assert (asked, told(caplog)) == (["/api/v1/ocr"], [])
