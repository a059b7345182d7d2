"""hOCR as two programs read it that are not ours: the validator hocr-spec, and the readers of hocr-tools."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from unicodedata import normalize

import pytest

from ocrcore.domain.layout import Layout
from unit.formats.test_given_layouts import given, written
from unit.formats.test_layout_formats import HOSTILE, SCRIPTS

#: Layouts of pages, by what is special about them.
LAYOUTS: dict[str, Sequence[Layout]] = {
    "hostile": given("layout-hostile-xml.json"),
    "scripts": given("layout-scripts.json"),
    "pages": given("layout-two-pages.json"),
    "baselines": [replace(SCRIPTS, lines=tuple(replace(line, baseline=(0.0125, -7)) for line in SCRIPTS.lines))],
    "turned": [replace(SCRIPTS.turned(-90), rotation=90)],
    "two of them": [HOSTILE, SCRIPTS],
}


def run(program: str, file: Path) -> str:
    """Return what a program says of a file. The programs are scripts beside the interpreter."""
    scripts = Path(sys.executable).parent
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONWARNINGS": "ignore"}
    ended = subprocess.run(
        [sys.executable, scripts / program, file], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def letters(line: str) -> str:
    """Return a line in NFC without blanks, and without what XML cannot hold."""
    return normalize("NFC", re.sub(r"[\s\x00-\x1f\ufffe\uffff]", "", line))


@pytest.fixture(params=LAYOUTS)
def layouts(request: pytest.FixtureRequest) -> Sequence[Layout]:
    """Return the layouts of a document."""
    return LAYOUTS[request.param]


@pytest.fixture
def file(layouts: Sequence[Layout], tmp_path: Path) -> Path:
    """Return the document."""
    path = tmp_path / "a.hocr"
    path.write_text(written("hocr", layouts), encoding="utf-8")
    return path


def test_the_validator_finds_no_fault(file: Path) -> None:
    said = run("hocr-spec", file)
    assert "Document is valid" in said
    faults = [line for line in said.splitlines() if not re.search(r"Document is valid|'ocr-number-of-pages'", line)]
    assert faults == []  # the number of pages, which is recommended, is not known when the head is written


def test_the_validator_finds_a_planted_fault(file: Path) -> None:
    file.write_text(file.read_text(encoding="utf-8").replace("bbox", "box"), encoding="utf-8")
    with pytest.raises(AssertionError):
        run("hocr-spec", file)


def test_a_reader_finds_every_line_in_order(file: Path, layouts: Sequence[Layout]) -> None:
    lines = [line.text for layout in layouts for line in layout.lines]
    assert [letters(line) for line in run("hocr-lines", file).splitlines()] == [letters(line) for line in lines]


def test_a_reader_finds_pages_with_names_and_lines_within_them(file: Path, layouts: Sequence[Layout]) -> None:
    said = run("hocr-check", file)
    wrong = [line for line in said.splitlines() if line.startswith("not ok")]
    if len(layouts) == 1:  # it compares the lines of different pages with each other
        assert wrong == []
    assert [line for line in wrong if "nonoverlapping" not in line] == []
    assert len(re.findall("^ok", said, re.MULTILINE)) > len(layouts)
