"""``ocrcore ocr``: files and folders in, texts out, nothing left behind."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from pictures import png
from serving import OCRCORE, ocrcore

pytestmark = pytest.mark.usefixtures("tesseract")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    for name, text in {"b.png": "BEE", "a/one.PNG": "ONE", "a/deep/two.png": "TWO"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(png(text))
    (folder / "notes.txt").write_text("not a picture")
    return folder


def test_results_come_in_the_order_of_the_files(folder: Path, page: Path) -> None:
    ended = ocrcore("ocr", page, folder)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "HELLO\fTWO\fONE\fBEE\n", "")


def test_a_folder_keeps_its_form_in_the_output(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ended = ocrcore("ocr", folder, "-o", out, "--format", "json")
    assert (ended.returncode, ended.stdout) == (0, "")
    written = {str(file.relative_to(out)): json.loads(file.read_text())["text"] for file in out.rglob("*.json")}
    assert written == {"b.png.json": "BEE", "a/one.PNG.json": "ONE", "a/deep/two.png.json": "TWO"}


@pytest.mark.parametrize("engine", ["tesseract", "tesserocr", "rapidocr"])
def test_the_engine_may_be_chosen_by_option_and_by_setting(page: Path, engine: str) -> None:
    by_option = ocrcore("ocr", page, "--format", "json", "--engine", engine)
    by_setting = ocrcore("ocr", page, "--format", "json", OCR_ENGINE=engine)
    for ended in (by_option, by_setting):
        layout = json.loads(ended.stdout)
        assert (layout["text"], layout["engine"].split()[0]) == ("HELLO", engine)


def test_an_engine_of_no_such_name_is_named_with_those_that_there_are(page: Path) -> None:
    for ended in (ocrcore("ocr", page, "--engine", "abbyy"), ocrcore("ocr", page, OCR_ENGINE="abbyy")):
        assert (ended.returncode, ended.stdout) == (2, "")
        assert "auto, tesseract, tesserocr, rapidocr" in ended.stderr
        assert len(ended.stderr.splitlines()) == 1


def test_what_cannot_be_read_is_a_line_and_the_rest_is_read(page: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.png").write_text("no picture")
    ended = ocrcore("ocr", tmp_path / "empty", tmp_path / "text.png", tmp_path / "gone.png", page)
    assert (ended.returncode, ended.stdout) == (1, "HELLO\n")
    assert [line.partition(": ")[0] for line in ended.stderr.splitlines()] == [
        str(tmp_path / name) for name in ("empty", "text.png", "gone.png")
    ]


def test_two_results_never_go_into_one_file(folder: Path, tmp_path: Path) -> None:
    ended = ocrcore("ocr", folder / "b.png", folder, "-o", tmp_path / "out")
    assert ended.returncode == 2
    assert "2 files would be written as" in ended.stderr
    assert not (tmp_path / "out").exists()


def test_nothing_is_left_behind(page: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    before = sorted(tmp_path.rglob("*"))
    ended = ocrcore("ocr", page, data=tmp_path / "data", TMPDIR=str(temporary))
    assert ended.returncode == 0
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(("options", "shown"), [((), True), (("--quiet",), False)])
def test_a_terminal_sees_progress_unless_it_wants_quiet(page: Path, options: tuple[str, ...], shown: bool) -> None:  # noqa: FBT001 - an expectation
    ours, theirs = os.openpty()
    try:
        ended = subprocess.run([*OCRCORE, "ocr", page, *options], stdout=subprocess.PIPE, stderr=theirs, check=True)
        os.write(theirs, b".")
        seen = os.read(ours, 10_000)
    finally:
        os.close(ours)
        os.close(theirs)
    assert ended.stdout == b"HELLO\n"
    assert (b"0 of 1" in seen) is shown
