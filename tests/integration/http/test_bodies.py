"""Bodies of submissions that are broken, too large, or not multipart at all."""

import socket

import httpx
import pytest

from entrypoints.http import upload
from integration.http.site import JOBS, NOTHING, Site, field, form, part, problem
from worlds import picture

FILE = part(picture())


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "image/png", "text/plain"])
def test_a_body_that_is_not_multipart_is_an_unsupported_media_type(site: Site, kind: str) -> None:
    problem(site.post(b"{}", kind=kind), "unsupported-media-type")
    assert site.stored == NOTHING


def test_a_request_without_a_content_type_is_an_unsupported_media_type(site: Site) -> None:
    problem(site.client.post(JOBS), "unsupported-media-type")


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        'multipart/form-data; boundary=""',
        f"multipart/form-data; boundary={'x' * 71}",
        "multipart/form-data; boundary=\xe9",
    ],
)
def test_a_boundary_that_is_missing_or_too_long_is_malformed(site: Site, kind: str) -> None:
    headers = httpx.Headers({b"content-type": kind.encode("latin-1")})
    problem(site.client.post(JOBS, content=form(FILE), headers=headers), "malformed-multipart")
    assert site.stored == NOTHING


def test_a_boundary_of_seventy_characters_is_accepted(site: Site) -> None:
    boundary = "x" * 70
    body = form(FILE, boundary=boundary.encode())
    assert site.post(body, kind=f"multipart/form-data; boundary={boundary}").status_code == 202


def test_a_body_that_is_cut_anywhere_is_malformed(site: Site) -> None:
    whole = form(field("name", "x"), FILE).rstrip()
    for length in range(1, len(whole) - 1):
        fields = site.post(whole[:length]).json()
        assert fields["code"] == "malformed-multipart", (length, fields)
    assert site.stored == NOTHING


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"not multipart at all", id="no boundary"),
        pytest.param(b"--other\r\n" + FILE + b"\r\n--other--\r\n", id="other boundary"),
        pytest.param(form(b"Content-Disposition form-data\r\n\r\nx"), id="header without colon"),
        pytest.param(form(b"Content-Type: text/plain\r\n\r\nx"), id="no disposition"),
        pytest.param(form(b"Content-Disposition: attachment; name=files\r\n\r\nx"), id="other disposition"),
        pytest.param(form(b"\xff\xfe: x\r\n\r\nx"), id="header of bytes"),
        pytest.param(b"\n".join(form(FILE).split(b"\r\n")), id="bare line feeds"),
    ],
)
def test_a_broken_body_is_malformed(site: Site, body: bytes) -> None:
    problem(site.post(body), "malformed-multipart")
    assert site.stored == NOTHING


@pytest.mark.parametrize("body", [b"", b"--edge--\r\n", b"--edge--", b"\r\n--edge--\r\n"])
def test_an_empty_multipart_body_has_no_files(site: Site, body: bytes) -> None:
    problem(site.post(body), "no-files")
    assert site.stored == NOTHING


@pytest.mark.parametrize("charset", ["klingon", "utf-7-imap", "rot13", "hex", "idna", "undefined"])
def test_an_unknown_charset_is_malformed(site: Site, charset: str) -> None:
    text = part(b"x", None, name=b"name", more=f"Content-Type: text/plain; charset={charset}\r\n".encode())
    problem(site.send(text, FILE), "malformed-multipart")
    assert site.stored == NOTHING


@pytest.mark.parametrize("content", [b"\xff\xfe", b"caf\xe9", b"\xed\xa0\x80"])
def test_text_that_is_not_utf_8_is_malformed(site: Site, content: bytes) -> None:
    problem(site.send(field("name", content), FILE), "malformed-multipart")
    assert site.stored == NOTHING


def test_text_is_decoded_with_the_charset_of_its_part(site: Site) -> None:
    text = part(b"caf\xe9", None, name=b"name", more=b"Content-Type: text/plain; charset=latin-1\r\n")
    assert site.send(text, FILE).json()["name"] == "caf\xe9"


def test_fields_without_files_are_refused(site: Site) -> None:
    problem(site.send(field("name", "x")), "no-files")
    assert site.stored == NOTHING


@pytest.mark.parametrize("name", ["file", "files[]", "Files", "", "image"])
def test_a_file_under_another_name_is_an_unknown_field(site: Site, name: str) -> None:
    fields = problem(site.send(part(picture(), name=name.encode())), "unknown-field")
    assert repr(name) in fields["detail"]
    assert site.stored == NOTHING


def test_a_field_that_is_not_an_option_is_unknown(site: Site) -> None:
    assert "'owner'" in problem(site.send(FILE, field("owner", "root")), "unknown-field")["detail"]
    assert site.stored == NOTHING


def test_text_in_place_of_a_file_is_refused_with_its_index(site: Site) -> None:
    fields = problem(site.send(FILE, field("files", "a.png")), "not-a-file")
    assert fields["index"] == 1
    assert site.stored == NOTHING


def test_the_empty_file_name_of_a_browser_is_not_a_file(site: Site) -> None:
    empty = part(b"", b"", more=b"Content-Type: application/octet-stream\r\n")
    assert problem(site.send(empty), "not-a-file")["index"] == 0


def test_an_empty_file_refuses_the_whole_request(site: Site) -> None:
    assert problem(site.send(FILE, FILE, part(b"")), "empty-file")["index"] == 2
    assert site.stored == NOTHING


def test_a_job_takes_as_many_files_as_are_allowed(site: Site) -> None:
    assert site.send(*[FILE] * 5).json()["items"]["total"] == 5


def test_one_file_too_many_is_refused_with_the_limit(site: Site) -> None:
    assert " 5 files" in problem(site.send(*[FILE] * 6), "too-many-files")["detail"]
    assert site.stored == NOTHING


def test_up_to_twenty_parts_too_many_are_counted_as_files(site: Site) -> None:
    problem(site.send(*[FILE] * 25), "too-many-files")


@pytest.mark.parametrize("number", [26, 300])
def test_any_number_of_files_too_many_is_told_as_that(site: Site, number: int) -> None:
    assert "at most 5 files" in problem(site.send(*[FILE] * number), "too-many-files")["detail"]
    assert site.stored == NOTHING


def test_a_part_header_that_is_too_long_is_a_body_too_large(site: Site) -> None:
    fields = problem(site.send(part(b"x", more=b"X-Long: " + b"x" * 20_000 + b"\r\n")), "body-too-large")
    assert "16384 bytes" in fields["detail"]
    assert site.stored == NOTHING


def test_an_upload_without_room_is_refused_as_busy(site: Site) -> None:
    files = [part(picture().ljust(960_000, b"."))] * 2
    answer = site.send(*files)
    problem(answer, "busy")
    assert int(answer.headers["retry-after"]) > 0
    assert site.stored == NOTHING


def test_a_file_of_exactly_the_limit_is_accepted(site: Site) -> None:
    assert site.send(part(picture().ljust(1_000_000, b"."))).status_code == 202


def test_a_file_over_the_limit_is_refused_with_its_index_and_the_limit(site: Site) -> None:
    fields = problem(site.send(FILE, part(picture().ljust(1_000_001, b"."))), "file-too-large")
    assert fields["index"] == 1
    assert "1000000 bytes" in fields["detail"]
    assert site.stored == NOTHING


def test_a_body_over_the_limit_is_refused_by_its_length_alone(site: Site) -> None:
    answer = site.raw(site.head("content-length: 2000001"))
    assert status_of(answer) == 413
    assert b'"body-too-large"' in answer
    assert b"2000000 bytes" in answer
    assert site.stored == NOTHING


def test_a_body_over_the_limit_is_refused_without_a_length(site: Site) -> None:
    pieces = [b"--edge\r\n" + part(b"x" * 700_000) + b"\r\n"] * 3
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    answer = site.raw(site.head("transfer-encoding: chunked") + chunks)
    assert status_of(answer) == 413
    assert b'"body-too-large"' in answer
    assert b"2000000 bytes" in answer
    assert site.stored == NOTHING


@pytest.mark.parametrize("length", ["many", "-1", "1e3", "0x10", "5, 6", "1" * 400])
def test_a_content_length_that_is_not_a_number_is_refused(site: Site, length: str) -> None:
    assert status_of(site.raw(site.head(f"content-length: {length}") + form(FILE))) == 400
    assert site.stored == NOTHING


def test_two_lengths_that_differ_are_refused(site: Site) -> None:
    assert status_of(site.raw(site.head("content-length: 5", "content-length: 6") + form(FILE))) == 400
    assert site.stored == NOTHING


def test_a_body_longer_than_announced_is_refused(site: Site) -> None:
    body = form(FILE)
    answer = site.raw(site.head(f"content-length: {len(body) - 20}") + body)
    assert status_of(answer) == 400
    assert site.stored == NOTHING


def test_a_body_shorter_than_announced_is_refused_after_a_timeout(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "_TIMEOUT", 0.2)
    body = form(FILE)
    answer = site.raw(site.head(f"content-length: {len(body) + 20}") + body)
    assert status_of(answer) == 400
    assert b'"malformed-multipart"' in answer
    assert site.stored == NOTHING


@pytest.mark.parametrize("encoding", ["identity", "Identity", ""])
def test_the_content_encoding_identity_is_accepted(site: Site, encoding: str) -> None:
    assert site.send(FILE, content_encoding=encoding).status_code == 202


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "identity, gzip"])
def test_a_compressed_body_is_an_unsupported_media_type(site: Site, encoding: str) -> None:
    problem(site.send(FILE, content_encoding=encoding), "unsupported-media-type")
    assert site.stored == NOTHING


def test_a_client_that_disconnects_leaves_nothing_stored(site: Site) -> None:
    body = form(FILE)
    for length in (0, 10, len(body) // 2, len(body) - 1):
        with socket.create_connection(("127.0.0.1", site.port)) as connection:
            connection.sendall(site.head(f"content-length: {len(body)}") + body[:length])
    assert site.client.get("/health/live").status_code == 200
    assert site.stored == NOTHING


def test_a_client_that_disconnects_is_not_logged_as_an_error(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_connection(("127.0.0.1", site.port)) as connection:
        connection.sendall(site.head("content-length: 500") + form(FILE)[:50])
    assert site.client.get("/health/live").status_code == 200
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_body_that_never_begins_is_refused_after_a_timeout(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "_TIMEOUT", 0.2)
    answer = site.raw(site.head("transfer-encoding: chunked"))
    assert status_of(answer) == 400
    assert b"send the request again" in answer


@pytest.mark.parametrize("charset", [b"\0", b"rot13", b"x" * 10_000, b"utf-16", b"idna"])
def test_a_charset_that_no_form_has_is_malformed(site: Site, charset: bytes) -> None:
    sent = part(b"3", None, name=b"psm", more=b'Content-Type: text/plain; charset="' + charset + b'"\r\n')
    problem(site.send(sent, FILE), "malformed-multipart")


@pytest.mark.parametrize("charset", [b"UTF-8", b"us-ascii", b"ISO-8859-1", b"windows-1252", b"Latin1", b"utf_8"])
def test_the_charsets_of_forms_are_known_by_their_names(site: Site, charset: bytes) -> None:
    sent = part(b"3", None, name=b"psm", more=b"Content-Type: text/plain; charset=" + charset + b"\r\n")
    assert site.send(sent, FILE).json()["options"]["psm"] == 3
