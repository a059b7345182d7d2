"""Options with invalid values are refused; valid ones are stored, missing ones get their defaults."""

import re

import pytest

from integration.http.site import NOTHING, Site, field, part, problem
from worlds import picture

FILE = part(picture())
#: The options that most jobs leave as they are.
REST = {
    "pages": "all",
    "dpi": "auto",
    "pdf_text": "auto",
    "rotate": "auto",
    "quality": "auto",
    "keep": "forever",
    "accept_partial": False,
}


@pytest.mark.parametrize(
    "languages",
    ["xxx", "eng+xxx", "../../etc/passwd", "ENG", "eng.traineddata", " eng", "eng+", "-", "\u200beng", "osd"],
)
def test_an_unknown_language_is_refused_with_the_installed_ones(site: Site, languages: str) -> None:
    assert "eng, por" in problem(site.send(FILE, field("languages", languages)), "unsupported-language")["detail"]
    assert site.stored == NOTHING


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("languages", "eng+eng"),
        ("languages", "+".join(["eng"] * 9)),
        ("engine", "abbyy"),
        ("engine", ""),
        ("engine", "../tesseract"),
        ("psm", "0"),
        ("psm", "2"),
        ("psm", "14"),
        ("psm", "-1"),
        ("psm", "six"),
        ("psm", "6 -c x=1"),
        ("psm", "\u0663"),
        ("psm", ""),
        ("expires_in", "0"),
        ("expires_in", "0s"),
        ("expires_in", "-5"),
        ("expires_in", "3d"),
        ("expires_in", "1w"),
        ("expires_in", "1.5h"),
        ("expires_in", "\u0661h"),
        ("expires_in", "9" * 300),
        ("expires_in", ""),
        ("keep", "59s"),
        ("keep", "never"),
        ("accept_partial", "yes"),
        ("accept_partial", ""),
    ],
)
def test_an_option_with_an_invalid_value_is_named(site: Site, name: str, value: str) -> None:
    assert name in problem(site.send(FILE, field(name, value)), "invalid-option")["detail"]
    assert site.stored == NOTHING


def test_an_engine_that_is_not_installed_is_refused_with_the_installed_ones(site: Site) -> None:
    detail = problem(site.send(FILE, field("engine", "ppocr")), "invalid-option")["detail"]
    assert "engine ppocr" in detail
    assert "auto, tesseract" in detail
    assert site.stored == NOTHING


@pytest.mark.parametrize("wait", ["31s", "1h", "soon", "-1", "1.5", "", "9" * 300])
def test_a_wait_that_is_invalid_or_too_long_is_refused(site: Site, wait: str) -> None:
    job = site.submit()
    assert "wait" in problem(site.get(f"/jobs/{job['id']}", wait=wait), "invalid-option")["detail"]


@pytest.mark.parametrize("form", ["xml", "", "TXT", "txt,json"])
def test_an_unknown_format_is_refused(site: Site, form: str) -> None:
    job = site.submit()
    assert "format" in problem(site.get(f"/jobs/{job['id']}/result", format=form), "invalid-option")["detail"]


def test_an_option_that_is_sent_twice_is_refused(site: Site) -> None:
    problem(site.send(FILE, field("psm", "3"), field("psm", "6")), "invalid-option")
    assert site.stored == NOTHING


def test_an_option_that_is_too_long_is_refused(site: Site) -> None:
    problem(site.send(FILE, field("name", "x" * 20_000)), "invalid-option")
    assert site.stored == NOTHING


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"x"',
        b"{}",
        b'{"name": 5}',
        b'{"name": null}',
        b'{"name": "x", "owner": "me"}',
        b"[" * 15_000,
        b'{"name":' * 1_500,
    ],
)
def test_a_rename_in_another_form_is_refused(site: Site, body: bytes) -> None:
    job = site.submit()
    headers = {"content-type": "application/json"}
    answer = site.client.patch(f"/api/v1/jobs/{job['id']}", content=body, headers=headers)
    assert re.search(r'\{"name": |nested too deep|characters', problem(answer, "invalid-option")["detail"])


@pytest.mark.parametrize(
    "body", [b"{", b"\xff", b'{"name": "\xff"}', b"name=x", b'{"name": "\\ud800"}', b'{"name": "x"} and more']
)
def test_a_rename_that_is_no_json_is_malformed(site: Site, body: bytes) -> None:
    job = site.submit()
    headers = {"content-type": "application/json"}
    answer = site.client.patch(f"/api/v1/jobs/{job['id']}", content=body, headers=headers)
    assert "not JSON" in problem(answer, "malformed-request")["detail"]


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded", ""])
def test_a_rename_of_another_type_is_an_unsupported_media_type(site: Site, kind: str) -> None:
    job = site.submit()
    answer = site.client.patch(f"/api/v1/jobs/{job['id']}", content=b'{"name": "x"}', headers={"content-type": kind})
    problem(answer, "unsupported-media-type")


def test_a_query_parameter_that_is_sent_twice_is_refused(site: Site) -> None:
    answer = site.client.get("/api/v1/jobs?limit=1&limit=2")
    assert "limit" in problem(answer, "invalid-option")["detail"]


def test_a_rename_that_is_too_long_is_a_body_too_large(site: Site) -> None:
    job = site.submit()
    answer = site.client.patch(f"/api/v1/jobs/{job['id']}", json={"name": "x" * 20_000})
    assert "16384 bytes" in problem(answer, "body-too-large")["detail"]


def test_options_that_are_given_are_kept(site: Site) -> None:
    job = site.submit(name="Letters", languages="por+eng", engine="tesseract", psm="6", expires_in="2h")
    assert job["name"] == "Letters"
    assert job["options"] == {"languages": "por+eng", "engine": "tesseract", "psm": 6, "expires_in": 7200} | REST


def test_options_that_are_not_given_are_filled_in(site: Site) -> None:
    job = site.submit()
    assert job["name"] == "0.png"
    assert job["options"] == {"languages": "eng", "engine": "auto", "psm": 3, "expires_in": 172_800} | REST


def test_a_wait_ends_when_the_time_is_over(site: Site) -> None:
    job = site.submit()
    assert site.get(f"/jobs/{job['id']}", wait="0s").json()["status"] == "PENDING"
