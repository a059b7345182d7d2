"""Files that are not pictures, pictures that are too large, and strange file names."""

import logging
import zipfile
from io import BytesIO

import pytest

import pictures
from entrypoints.logs import configure_logs
from integration.http.site import NOTHING, Site, field, job_of, part, problem
from ocrcore import LOCAL_OWNER

PNG = pictures.png("HELLO")
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><text>HELLO</text></svg>"
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run\n"


def archive() -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as content:
        content.writestr(zipfile.ZipInfo("a.png"), PNG)  # of one time, whenever it is made
    return file.getvalue()


NOT_PICTURES = {
    "text": (b"Dear reader, this is no picture.\n", "text"),
    "html": (b"<!DOCTYPE html><html><body>HELLO</body></html>", "an HTML page"),
    "svg": (SVG, "an SVG drawing"),
    "eps": (EPS, "PostScript"),
    "jxl": (b"\x00\x00\x00\x0cJXL \r\n\x87\n" + bytes(64), "a JPEG XL picture"),
    "zip": (archive(), "a ZIP archive"),
    "damaged": (PNG[:20], "a PNG that ends too early"),
    "noise": (bytes(range(128, 256)) * 3, "not a picture"),
}


@pytest.mark.parametrize("kind", NOT_PICTURES)
def test_a_file_that_is_not_a_picture_is_refused_by_its_bytes(picture_site: Site, kind: str) -> None:
    content, word = NOT_PICTURES[kind]
    lie = part(content, b"photo.jpg", more=b"Content-Type: image/jpeg\r\n")
    fields = problem(picture_site.send(part(PNG), lie), "unsupported-image")
    assert fields["index"] == 1
    assert word in fields["detail"]
    assert picture_site.stored == NOTHING


@pytest.mark.parametrize(
    "content",
    [b"/etc/passwd\n", b"../other/page.png\n/tmp/a.png", b"http://127.0.0.1:1/a.png\n", b"file:///etc/hostname"],
)
def test_a_list_of_paths_named_jpg_is_refused_as_text(picture_site: Site, content: bytes) -> None:
    assert "it is text" in problem(picture_site.send(part(content, b"x.jpg")), "unsupported-image")["detail"]
    assert picture_site.stored == NOTHING


@pytest.mark.parametrize(
    ("form", "extension"),
    [
        ("png", "png"),
        ("jpeg", "jpg"),
        ("tiff", "tif"),
        ("webp", "webp"),
        ("gif", "gif"),
        ("bmp", "bmp"),
        ("mpo", "jpg"),
    ],
)
def test_the_kind_of_a_file_is_that_of_its_bytes(picture_site: Site, form: str, extension: str) -> None:
    lie = part(pictures.FORMS[form]("HI"), b"report.pdf", more=b"Content-Type: text/html\r\n")
    job = picture_site.send(lie).json()
    (item,) = picture_site.get(f"/jobs/{job['id']}/items").json()["items"]
    assert item["s3_key"] == f"jobs/{job['id']}/{item['id']}.{extension}"
    assert item["filename"] == "report.pdf"


def test_the_bytes_of_a_file_are_stored_unchanged(picture_site: Site) -> None:
    job = picture_site.send(part(PNG, b"a.jpg")).json()
    (item,) = picture_site.service.of(LOCAL_OWNER).items(job_of(picture_site, job).id)
    assert picture_site.world.context.documents.get(item.s3_key) == PNG


NAMES = {
    "path": (b"../../etc/passwd", "../../etc/passwd"),
    "windows": (rb"C:\scans\a.png", "a.png"),
    "ansi": (b"\x1b[31mred\x1b[0m.png", "[31mred[0m.png"),
    "bidi": ("a\u202egnp.exe".encode(), "agnp.exe"),
    "emoji": ("\U0001f600.png".encode(), "\U0001f600.png"),
    "long": (b"x" * 5000, "x" * 255),
    "long of three bytes each": (("\u6f22" * 5000).encode(), "\u6f22" * 255),
    "nothing to see": ("\u200b \u3164".encode(), "untitled"),
    "markup": (b"<script>.png", "<script>.png"),
    "escaped": (rb"a%0d%0aX: y.png", "a%0d%0aX: y.png"),
}


@pytest.mark.parametrize("kind", NAMES)
def test_a_strange_file_name_is_cleaned_and_never_part_of_a_key(site: Site, kind: str) -> None:
    sent, kept = NAMES[kind]
    answer = site.send(part(b"PICTURE:X", sent))
    assert answer.json()["name"] == kept
    (item,) = site.get(f"/jobs/{answer.json()['id']}/items").json()["items"]
    assert item["filename"] == kept
    assert item["s3_key"] == f"jobs/{item['job_id']}/{item['id']}.png"


#: CR LF ends the header line, and bytes must be UTF-8: both are malformed. Other control characters are removed.
@pytest.mark.parametrize("sent", [b"a\0b.png", b"a\r\nb.png", b"a\rb.png", b"a\nX-Evil: 1.png", b"\xff\xfe.png"])
def test_control_bytes_in_a_file_name_are_refused_or_cleaned(site: Site, sent: bytes) -> None:
    answer = site.send(part(b"PICTURE:X", sent))
    if answer.status_code == 202:
        assert answer.json()["name"].isprintable()
    else:
        problem(answer, "malformed-multipart")


def encoded(name: bytes) -> bytes:
    return b'Content-Disposition: form-data; name="files"; filename*=' + name + b"\r\n\r\nPICTURE:X"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b"UTF-8''na%C3%AFve%20a.png", "na\u00efve a.png"),
        (b"utf-8'en'a.png", "a.png"),
        (b"ISO-8859-1''na%EFve.png", "na\u00efve.png"),
        (b"UTF-8''..%2F..%2Fa%0D%0Ab.png", "../../ab.png"),
        (b"UTF-8''a.png; filename=plain.png", "plain.png"),
    ],
)
def test_an_encoded_file_name_is_decoded(site: Site, sent: bytes, kept: str) -> None:
    assert site.send(encoded(sent)).json()["name"] == kept


@pytest.mark.parametrize("sent", [b"UTF-8''%FF.png", b"no-charset''a.png", b"rot13''a.png"])
def test_a_file_name_that_is_encoded_wrongly_is_malformed(site: Site, sent: bytes) -> None:
    problem(site.send(encoded(sent)), "malformed-multipart")


def test_a_file_name_inside_a_quoted_field_name_does_not_count(site: Site) -> None:
    sent = b"Content-Disposition: form-data; name=\"; filename*=UTF-8''a.png\"\r\n\r\nx"
    problem(site.send(sent), "unknown-field")


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_file_name_in_the_log_stays_on_one_line(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(form)
    logging.getLogger("x").warning("named", extra={"file": "a\r\nfake: record\x1b[2J\u2028\u202eb"})
    (line,) = capsys.readouterr().err.splitlines()
    assert "\x1b" not in line
    assert "fake" in line


@pytest.mark.parametrize(("width", "height"), [(1001, 1000), (30_000, 30_000), (32_767, 32_767)])
def test_too_many_pixels_are_refused_with_the_size_and_the_limit(picture_site: Site, width: int, height: int) -> None:
    fields = problem(picture_site.send(part(pictures.announces(width, height))), "image-too-large")
    assert fields["index"] == 0
    assert f"{width} x {height}" in fields["detail"]
    assert "1000000" in fields["detail"].replace(",", "").replace(" 000", "000")
    assert picture_site.stored == NOTHING


@pytest.mark.parametrize(("width", "height"), [(32_768, 1), (1, 32_768), (40_000, 10)])
def test_a_side_that_is_too_long_is_refused(picture_site: Site, width: int, height: int) -> None:
    problem(picture_site.send(part(pictures.announces(width, height))), "image-too-large")
    assert picture_site.stored == NOTHING


@pytest.mark.parametrize(("width", "height"), [(0, 10), (10, 0)])
def test_a_side_of_zero_is_refused(picture_site: Site, width: int, height: int) -> None:
    problem(picture_site.send(part(pictures.announces(width, height))), "image-too-large")
    assert picture_site.stored == NOTHING


def test_the_longest_side_is_accepted(picture_site: Site) -> None:
    assert picture_site.send(part(pictures.announces(32_767, 1))).status_code == 202


@pytest.mark.parametrize("form", pictures.SEVERAL)
def test_each_picture_of_a_file_is_an_item(picture_site: Site, form: str) -> None:
    job = picture_site.send(part(PNG), part(pictures.SEVERAL[form]())).json()
    assert job["items"]["total"] == 4


def test_a_job_may_accept_files_that_cannot_be_read(picture_site: Site) -> None:
    answer = picture_site.send(
        part(PNG), part(b"", b"empty.png"), part(archive(), b"a.zip"), field("accept_partial", "1")
    )
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert job["options"]["accept_partial"] is True
    assert job["items"] == {"total": 3, "pending": 1, "processing": 0, "done": 0, "error": 2, "expired": 0}
    good, empty, other = picture_site.get(f"/jobs/{job['id']}/items").json()["items"]
    assert [item["error_code"] for item in (good, empty, other)] == [None, "empty-file", "unsupported-image"]
    assert [item["s3_key"].rpartition(".")[2] for item in (good, empty, other)] == ["png", "bin", "bin"]
    problem(picture_site.get(f"/items/{empty['id']}/image"), "empty-file")
    problem(picture_site.get(f"/items/{other['id']}/result"), "no-text")
    original = picture_site.get(f"/items/{other['id']}/image", original=1)
    assert original.content == archive()
    assert original.headers["content-type"] == "application/octet-stream"
    assert "a.zip.bin" in original.headers["content-disposition"]


def test_a_request_of_bad_files_alone_is_refused_though_it_accepts_them(picture_site: Site) -> None:
    problem(picture_site.send(part(b"", b"empty.png"), field("accept_partial", "true")), "empty-file")
    assert picture_site.stored == NOTHING
