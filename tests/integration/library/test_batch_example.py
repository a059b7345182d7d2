"""The batch of the guide: a program that reads a folder, and loses no result."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest

import documented
from digital_pdfs import lines, page, saved
from pictures import damaged_png, png

ROOT = Path(__file__).parents[3]
PROGRAM = ROOT / "examples/batch.py"

pytestmark = pytest.mark.usefixtures("tesseract")


def two_pages() -> bytes:
    with (
        pikepdf.open(io.BytesIO(page(lines(["DELTA"])))) as document,
        pikepdf.open(io.BytesIO(page(lines(["ECHO"])))) as more,
    ):
        document.pages.extend(more.pages)
        return saved(document)


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROGRAM), "scans", "texts"]
    known = os.environ | {"OCR_QUALITY": "fast"}
    return subprocess.run(command, cwd=folder, env=known, capture_output=True, text=True, check=False)


def test_the_guide_shows_the_program() -> None:
    assert PROGRAM.read_text() in documented.examples("docs/how-to.md")


def test_the_program_is_typed_to_the_last_name(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(PROGRAM)]
    checked = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_every_file_has_its_text_and_a_failed_one_keeps_the_earlier(tmp_path: Path) -> None:
    for place, content in (
        ("scans/a/page.png", png("ALPHA")),
        ("scans/b/page.png", png("BRAVO")),
        ("scans/cut.png", damaged_png("CHARLIE")),
        ("scans/empty.png", b""),
        ("scans/long.pdf", two_pages()),
        ("texts/cut.png.txt", b"CHARLIE\n"),
    ):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(content)
    ended = run(tmp_path)
    texts = {str(path.relative_to(tmp_path / "texts")): path.read_text() for path in tmp_path.glob("texts/**/*.txt")}
    assert texts == {
        "a/page.png.txt": "ALPHA\n",
        "b/page.png.txt": "BRAVO\n",
        "cut.png.txt": "CHARLIE\n",
        "long.pdf.txt": "DELTA\fECHO\n",
    }
    assert ended.returncode == 1
    assert "scans/cut.png: cut.png, page 1: The picture is damaged" in ended.stderr
    assert "scans/empty.png: empty.png, page 1: The file is empty" in ended.stderr


def test_a_batch_without_any_text_says_why_and_ends_no_other(tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans/cut.png").write_bytes(damaged_png("CHARLIE"))
    ended = run(tmp_path)
    assert ended.returncode == 1
    assert "No text in 1 files from scans/cut.png on: cut.png, page 1: The picture is damaged" in ended.stderr
    assert not (tmp_path / "texts").exists()
