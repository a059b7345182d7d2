"""The given layouts that are hard to write, in each format that has places."""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pikepdf
import pytest

from adapters.pdf.file import PdfFile
from documents_cases import FILES
from ocrcore.domain.layout import Layout, Line, Word
from ocrcore.formats.registry import FORMATS
from ocrcore.formats.results import JobResult, PageResult
from ocrcore.testing.builders import a_draft, a_page
from pdf_readers import BIDIRECTIONAL, READERS, poppler_words

ALTO = "{http://www.loc.gov/standards/alto/ns-v4#}"
HTML = "{http://www.w3.org/1999/xhtml}"
#: Points of a pixel.
SCALE = 0.24


def given(name: str) -> Sequence[Layout]:
    """Return the layouts of a file, whatever is wrong with them; a word without a confidence gets 0."""
    value = json.loads((FILES / name).read_text())
    return [_layout(one) for one in (value if isinstance(value, list) else [value])]


def _layout(value: dict[str, Any]) -> Layout:
    lines = tuple(Line(tuple(line["bbox"]), tuple(map(_word, line["words"]))) for line in value["lines"])
    size = value["width"], value["height"]
    return Layout(*size, value["engine"], tuple(value["languages"]), value["text"], lines)


def _word(value: dict[str, Any]) -> Word:
    return Word(value["text"], tuple(value["bbox"]), value["confidence"] or 0.0)


def written(form: str, layouts: Sequence[Layout]) -> str:
    """Return the result of a job of these pages."""

    def no_pdf(*, archival: bool) -> Iterator[bytes]:
        raise NotImplementedError(archival)

    def page(number: int, layout: Layout) -> PageResult:
        return PageResult(replace(a_page(a_draft(), number), page=number + 1), lambda: layout, no_pdf)

    job = JobResult(a_draft(), iter([page(number, one) for number, one in enumerate(layouts)]), no_pdf)
    return b"".join(FORMATS[form].job(job)).decode()


def test_the_hostile_layout_is_well_formed_with_every_box_on_the_page() -> None:
    (layout,) = layouts = given("layout-hostile-xml.json")
    words = sum(len(line.words) for line in layout.lines)
    hocr = ET.fromstring(written("hocr", layouts)).findall(f".//{HTML}span[@class='ocrx_word']")  # noqa: S314 - ours
    boxes = [[int(side) for side in re.findall(r"\d+", word.attrib["title"])[:4]] for word in hocr]
    alto = ET.fromstring(written("alto", layouts)).findall(f".//{ALTO}String")  # noqa: S314 - ours
    for string in alto:
        left, top, width, height = (int(string.attrib[side]) for side in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
        boxes.append([left, top, left + width, top + height])
    assert len(hocr) == len(alto) == words
    for x0, y0, x1, y1 in boxes:
        assert 0 <= x0 < x1 <= layout.width
        assert 0 <= y0 < y1 <= layout.height
    tsv = written("tsv", layouts)
    assert all(len(line.split("\t")) == 12 for line in tsv.splitlines())
    rows = csv.DictReader(io.StringIO(tsv), delimiter="\t", quoting=csv.QUOTE_NONE)
    assert sum(row["level"] == "5" for row in rows) == words


def test_the_layouts_of_two_pages_share_no_id() -> None:
    layouts = given("layout-two-pages.json")
    for form in ("hocr", "alto"):
        root = ET.fromstring(written(form, layouts))  # noqa: S314 - ours
        ids = [value for element in root.iter() for key, value in element.attrib.items() if key.lower() == "id"]
        assert len(ids) == len(set(ids))
        assert not [name for name in ids if name[0].isdigit()]
    numbers = [page.attrib["PHYSICAL_IMG_NR"] for page in root.iter(f"{ALTO}Page")]
    assert numbers == ["1", "2"]


def pdf_of(layout: Layout) -> bytes:
    file = io.BytesIO()
    pdf = PdfFile(file, "given")
    pdf.add_page((layout.width * SCALE, layout.height * SCALE), layout)
    pdf.close()
    return file.getvalue()


@pytest.mark.parametrize("reader", BIDIRECTIONAL)
def test_the_layout_of_scripts_reads_back_line_by_line_from_a_pdf(reader: str) -> None:
    (layout,) = given("layout-scripts.json")
    found = [_folded(line) for line in READERS[reader](pdf_of(layout)).splitlines() if line.strip()]
    assert found == [_folded(line) for line in layout.text.split("\n")]


@pytest.mark.skipif("poppler" not in READERS, reason="needs pdftotext")
def test_each_word_of_the_layout_of_scripts_is_in_its_place_in_a_pdf() -> None:
    (layout,) = given("layout-scripts.json")
    found = poppler_words(pdf_of(layout))
    words = [word for line in layout.lines for word in line.words]
    assert sorted(_folded(text) for text, _ in found) == sorted(map(_as_seen, words))
    for word in words:
        places = [box for text, box in found if _folded(text) == _as_seen(word)]
        assert any(_meet([side / SCALE for side in box], word.bbox) for box in places), word


def test_the_hostile_layout_is_a_sound_pdf_with_its_words() -> None:
    (layout,) = given("layout-hostile-xml.json")
    content = pdf_of(layout)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert pdf.check_pdf_syntax() == []
    for reader in BIDIRECTIONAL:
        found = READERS[reader](content)
        assert 'R&D <b> "quoted" it\'s' in " ".join(found.split())
        assert not {"\0", "\x1b", "\ufffe"} & set(found)


def _meet(one: Sequence[float], other: Sequence[float]) -> bool:
    """Return whether two boxes share most of the smaller one."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    areas = ((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return across > 0 and down > 0 and across * down > min(areas) / 2


def _as_seen(word: Word) -> str:
    """Return the letters of a word from left to right, as poppler tells them with boxes."""
    runs_left = unicodedata.bidirectional(word.text[0]) in {"R", "AL"}
    return _folded(word.text)[:: -1 if runs_left else 1]


def _folded(text: str) -> str:
    """Return the letters of a line with one blank where it has blanks, without marks of direction."""
    kept = (letter for letter in text if letter == "\u200d" or unicodedata.category(letter) != "Cf")
    return " ".join("".join(kept).split())
