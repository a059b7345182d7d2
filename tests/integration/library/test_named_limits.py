"""A limit that the operator sets is told with its setting where the operator reads it, and without it over HTTP."""

import io
from pathlib import Path

import pytest
from PIL import Image

from documents_cases import FILES
from entrypoints.inputs import File
from entrypoints.library import open_local, read
from ocrcore.domain.errors import (
    EmptyFile,
    FileTooLarge,
    ImageTooLarge,
    OcrError,
    PageFailed,
    TooManyFiles,
    TooManyPages,
)
from ocrcore.testing.patience import FOREVER
from pictures import damaged_png, png
from serving import ocrcore

pytestmark = pytest.mark.usefixtures("tesseract")
PAGE = png("HELLO")
DOCUMENT = FILES / "pdf-mixed-pages.pdf"


@pytest.mark.parametrize(
    ("setting", "value", "file", "kind"),
    [
        ("OCR_MAX_FILE_BYTES", "10", PAGE, FileTooLarge),
        ("OCR_MAX_PIXELS", "10", PAGE, ImageTooLarge),
        ("OCR_MAX_PAGES", "1", DOCUMENT, TooManyPages),
        ("OCR_MAX_TEXT_BYTES", "2", PAGE, PageFailed),
    ],
)
def test_the_library_names_the_setting_of_a_limit(
    monkeypatch: pytest.MonkeyPatch, setting: str, value: str, file: File, kind: type[OcrError]
) -> None:
    monkeypatch.setenv(setting, value)
    with pytest.raises(kind) as refused:
        read(file, timeout=FOREVER)
    assert str(refused.value).endswith(f" The limit is the setting {setting}.")
    assert str(refused.value).count(setting) == 1


def test_a_session_names_it_and_a_page_among_others_does(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_local(data, slots=0, max_files=1) as ocr, pytest.raises(TooManyFiles, match="setting OCR_MAX_FILES"):
        ocr.submit([PAGE, PAGE])
    with Image.open(io.BytesIO(PAGE)) as page:
        monkeypatch.setenv("OCR_MAX_PIXELS", str(page.width * page.height))
        large_page = page.resize((page.width + 1, page.height))
    reading = read([("small.png", PAGE), large_page], timeout=FOREVER)
    small, large = reading.pages
    assert (small.error, str(large.error).partition(" The limit is ")[2]) == (None, "the setting OCR_MAX_PIXELS.")


def test_a_file_of_too_many_bytes_ends_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_MAX_FILE_BYTES", "100000")
    heavy = ("heavy.png", bytes(100_001))
    reading = read([heavy, DOCUMENT, b"no picture", ("heavy.pdf", bytes(100_001))], pages="1-2", timeout=FOREVER)
    first, *_, other, last = reading.pages
    assert [page.error and page.error.code for page in reading.pages] == [
        *("file-too-large", None, None, "unsupported-image", "file-too-large"),
    ]
    assert (first.filename, first.page, first.text, first.layout) == ("heavy.png", 1, "", None)
    assert (other.filename, last.filename) == ("file-3", "heavy.pdf")
    assert str(last.error) == (
        "File 4 (heavy.pdf): The file is larger than 100000 bytes. The limit is the setting OCR_MAX_FILE_BYTES."
    )
    for content in (heavy[1], b"no picture", damaged_png("TWO")):
        with pytest.raises(FileTooLarge, match=r"^File 1 \(heavy\.png\)"):
            read([heavy, ("other.png", content)], timeout=FOREVER)
    with pytest.raises(EmptyFile, match=r"^File 1"):
        read([b"", heavy], timeout=FOREVER)
    with pytest.raises(FileTooLarge, match=r"^File 2 \(heavy\.png\)"):
        read([("small.png", PAGE), heavy], timeout=FOREVER, accept_partial=False)


def test_what_limits_the_jobs_of_others_limits_no_files_of_ones_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    of_a_service = {"OCR_LIMIT_OPEN_ITEMS": "1", "OCR_LIMIT_BYTES": "10", "OCR_KEEP": "1h", "OCR_JOB_TTL": "1s"}
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(PAGE)
    ended = ocrcore("ocr", tmp_path, "-q", data=None, **of_a_service)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "HELLO\fHELLO\n", "")
    for name, value in {**of_a_service, "OCR_MAX_FILES": "1", "OCR_MAX_ITEMS": "1"}.items():
        monkeypatch.setenv(name, value)
    assert read([tmp_path, DOCUMENT], timeout=FOREVER).text.startswith("HELLO\fHELLO\f")


def test_the_command_names_it_too(tmp_path: Path) -> None:
    (tmp_path / "page.png").write_bytes(PAGE)
    for setting, value, file in [
        ("OCR_MAX_FILE_BYTES", "10", tmp_path / "page.png"),
        ("OCR_MAX_ITEMS", "1", DOCUMENT),
    ]:
        ended = ocrcore("ocr", file, data=None, **{setting: value})
        assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
        assert ended.stderr.endswith(f". The limit is the setting {setting}.\n")
