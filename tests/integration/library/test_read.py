"""``read``: files in, their text out, in one call."""

import io
import json
import re
import tempfile
import threading
from pathlib import Path

import pytest
from PIL import Image

from digital_pdfs import torn_pdf
from documents_cases import FILES
from entrypoints.inputs import File
from entrypoints.library import read
from ocrcore.domain.errors import InvalidOption, PageFailed, UnsupportedImage
from ocrcore.testing.patience import FOREVER
from pdf_readers import pdfium_pages
from pictures import damaged_png, drawing, png, save

pytestmark = pytest.mark.usefixtures("tesseract")


def test_everything_that_is_a_file_is_read_and_nothing_is_left(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    (tmp_path / "folder").mkdir()
    for number in (10, 9):
        (tmp_path / f"folder/{number}.png").write_bytes(png(f"NUMBER {number}"))
    (tmp_path / "folder/notes.txt").write_text("no picture")
    with Image.open(io.BytesIO(png("PICTURE"))) as picture, page.open("rb") as opened:
        files: list[File] = [tmp_path / "folder", opened, png("BYTES"), picture, ("pair.png", png("PAIR")), str(page)]
        threads = set(threading.enumerate())
        reading = read(files, timeout=FOREVER)
    assert reading.text.split("\f") == ["NUMBER 9", "NUMBER 10", "HELLO", "BYTES", "PICTURE", "PAIR", "HELLO"]
    assert [page.filename for page in reading.pages] == [
        *("9.png", "10.png", "page.png"),
        *("file-4", "file-5", "pair.png", "page.png"),
    ]
    assert [page.index for page in reading.pages] == list(range(7))
    assert reading.passed_over == [tmp_path / "folder/notes.txt"]
    assert list((tmp_path / "temporary").iterdir()) == []
    assert set(threading.enumerate()) <= threads


def test_a_document_has_its_pages_and_is_saved_in_every_format(tmp_path: Path) -> None:
    reading = read(FILES / "pdf-mixed-pages.pdf", pages="2-3", timeout=FOREVER)
    assert [(page.index, page.page, page.error) for page in reading.pages] == [(0, 2, None), (0, 3, None)]
    first = reading.pages[0]
    assert first.layout is not None
    assert first.text == first.layout.text
    assert [line.text for line in first.lines] == [line.text for line in first.layout.lines]
    assert first.confidence == first.layout.confidence
    assert first.warnings == ()
    for name in ("all.pdf", "all.txt", "all.json", "all.alto.xml"):
        reading.save(tmp_path / name)
    found = pdfium_pages((tmp_path / "all.pdf").read_bytes())
    assert len(found) == 2
    for page, text in zip(reading.pages, found, strict=True):
        assert set(page.text.split()) <= set(text.split())
    assert (tmp_path / "all.txt").read_text() == reading.text
    assert len(json.loads((tmp_path / "all.json").read_text())["items"]) == 2
    reading.save(tmp_path / "table", format="tsv")
    assert "conf" in (tmp_path / "table").read_text()
    with pytest.raises(InvalidOption, match=r"table\.docx does not say"):
        reading.save(tmp_path / "table.docx")
    reading.save(tmp_path / "archive", format="pdfa")
    assert (tmp_path / "archive").read_bytes().startswith(b"%PDF")


def test_files_that_cannot_be_read_are_errors_beside_the_others(caplog: pytest.LogCaptureFixture) -> None:
    reading = read([png("ONE"), b"no picture", ("cut.png", damaged_png("TWO"))], timeout=FOREVER)
    good, refused, damaged = reading.pages
    assert (reading.text, good.text, good.error) == ("ONE", "ONE", None)
    (told,) = (record.getMessage() for record in caplog.records if record.name.startswith("entrypoints.library"))
    assert re.match(r"2 pages have no text in the result: .*not a picture.* cut\.png, page 1: ", told)
    assert (refused.error and refused.error.code, refused.text, refused.layout) == ("unsupported-image", "", None)
    assert str(damaged.error).startswith("cut.png, page 1: The picture is damaged")
    assert damaged.lines == ()
    assert repr(reading) == "<reading of 3 pages, 2 failed>"
    assert repr(good) == "<page 1 of 'file-1': 3 characters>"


def test_without_any_text_the_reason_is_raised(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedImage, match="not a picture or document"):
        read(b"no picture")
    with pytest.raises(PageFailed, match=r"^cut\.png, page 1: The picture is damaged") as failed:
        read(("cut.png", damaged_png("TWO")), timeout=FOREVER)
    assert failed.value.code == "image-corrupt"
    with pytest.raises(FileNotFoundError, match="no picture or document"):
        read(tmp_path)


def test_an_empty_name_is_not_the_folder_in_which_one_is(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(page.parent)
    for files in ("", [str(page), ""]):
        with pytest.raises(FileNotFoundError, match="empty name"):
            read(files)


def test_what_makes_no_sense_is_told(page: Path) -> None:
    with pytest.raises(InvalidOption, match="psm"):
        read(page, psm=99)
    with pytest.raises(TypeError, match="colour"):
        read(page, colour="red")  # type: ignore[call-arg] # a wrong call
    with pytest.raises(TypeError, match="a file is a path"):
        read(3)  # type: ignore[arg-type] # a wrong call
    with pytest.raises(TimeoutError):
        read(page, timeout=0)


def test_a_page_with_ink_and_no_word_says_so() -> None:
    (page,) = read(drawing(), timeout=FOREVER).pages
    assert (page.text, page.error, page.warnings) == ("", None, ("no-words",))


def test_the_log_warns_of_a_file_that_is_read_in_part(caplog: pytest.LogCaptureFixture) -> None:
    reading = read([("torn.pdf", torn_pdf("HARBOUR")), ("drawing.png", save(drawing()))], timeout=FOREVER)
    assert reading.text == "HARBOUR\f"
    (told,) = (record.getMessage() for record in caplog.records if record.name.startswith("entrypoints.library"))
    begin = r"2 warnings of the result: torn\.pdf: The document is damaged.* drawing\.png, page 1: There is something"
    assert re.match(begin, told)
