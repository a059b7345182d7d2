"""hOCR, ALTO and TSV of layouts that are hard to write: several pages, hostile characters, many scripts."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from ocrcore.domain.layout import Layout, Line, Word, layout_of
from ocrcore.formats.registry import FORMATS
from ocrcore.formats.results import JobResult, PageResult
from ocrcore.testing.builders import a_draft, a_page

ALTO = "{http://www.loc.gov/standards/alto/ns-v4#}"
HTML = "{http://www.w3.org/1999/xhtml}"
#: What may not be an id in XML: it begins with a digit, or contains other characters.
NAME = re.compile(r"[A-Za-z_][\w.-]*")
SIZE = (1000, 400)


def no_pdf(*, archival: bool) -> Iterator[bytes]:
    raise NotImplementedError(archival)


def line(*words: str, top: int = 10) -> Line:
    """Return a line of words, from left to right."""
    placed = [Word(text, (10 + 90 * at, top, 90 + 90 * at, top + 30), 90.5) for at, text in enumerate(words)]
    return Line((10, top, 90 * len(words), top + 30), tuple(placed))


HOSTILE = layout_of(
    [
        [line("R&D", "<b>", '"quoted"', "it's"), line("]]>", "x\x85", "a\ufffeb", "tab\there", top=60)],
        [
            line("line\nbreak", "nul\0", "esc\x1b", "\ufdd0", top=110),
            line("#=1+1", ";", "soft\xadhyphen", "😀", top=160),
        ],
    ],
    SIZE,
    "tesseract 5.3.0",
    ("eng", "por"),
)
SCRIPTS = layout_of(
    [
        [
            line("الكتاب", "على"),
            line("שירותי", "חינוך", top=60),
            line("发", "票", "号码", top=110),
            line("हिन्दी", "में", top=160),
        ]
    ],
    SIZE,
    "ppocr v6 small/tiny, openvino bf16",
    ("chi_sim",),
)
OUTSIDE = layout_of(
    [[Line((-5, 390, 2000, 900), (Word("edge", (995, 395, 2000, 900), 0.0), Word("point", (20, 20, 20, 20), 100.0)))]],
    SIZE,
    "tesseract 5.3.0",
    ("deu",),
)
EMPTY = layout_of([], SIZE, "tesseract 5.3.0", ("eng",))
LAYOUTS = {"hostile": HOSTILE, "scripts": SCRIPTS, "outside": OUTSIDE, "empty": EMPTY}


def pages(layouts: Sequence[Layout]) -> Iterator[PageResult]:
    for number, layout in enumerate(layouts):
        item = replace(a_page(a_draft(), number), filename='a "b"; <c>&.png', page=number + 1)
        yield PageResult(item, lambda layout=layout: layout, no_pdf)  # type: ignore[misc] # the default binds it


def written(name: str, *layouts: Layout) -> str:
    """Return the document of a job of these pages."""
    job = a_draft(name="job & <x>")
    result = JobResult(job, pages(layouts), no_pdf, lambda: {layout.engine for layout in layouts})
    return b"".join(FORMATS[name].job(result)).decode()


def page_of(name: str, layout: Layout) -> str:
    (page,) = pages([layout])
    return b"".join(FORMATS[name].page(page)).decode()


def folded(text: str) -> str:
    """Return a text as formats of one line write it."""
    return " ".join(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]", "", text).split())


def words_of(layout: Layout) -> list[str]:
    return [folded(word.text) for line in layout.lines for word in line.words]


def box_of(title: str) -> list[int]:
    found = re.search(r"bbox (\d+) (\d+) (\d+) (\d+)", title)
    assert found is not None
    return [int(corner) for corner in found.groups()]


@pytest.mark.parametrize("name", ["hocr", "alto"])
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_xml_is_well_formed_and_its_ids_are_names_and_unique(name: str, layout: Layout) -> None:
    root = ET.fromstring(written(name, layout, HOSTILE, layout))  # noqa: S314 - our own document
    ids = [value for element in root.iter() for key, value in element.attrib.items() if key.lower() == "id"]
    assert len(ids) == len(set(ids))
    assert all(NAME.fullmatch(one) for one in ids)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_hocr_has_every_word_with_its_box_and_confidence(layout: Layout) -> None:
    root = ET.fromstring(page_of("hocr", layout))  # noqa: S314
    words = root.findall(f".//{HTML}span[@class='ocrx_word']")
    assert [word.text for word in words] == words_of(layout)
    for word, given in zip(words, [word for line in layout.lines for word in line.words], strict=True):
        x0, y0, x1, y1 = box_of(word.attrib["title"])
        assert 0 <= x0 < x1 <= layout.width
        assert 0 <= y0 < y1 <= layout.height
        assert word.attrib["title"].endswith(f"x_wconf {round(given.confidence or 0)}")
    (page,) = root.findall(f".//{HTML}div[@class='ocr_page']")
    assert page.attrib["title"].startswith("image \"a 'b', <c>&.png\"; bbox 0 0 1000 400; ppageno 0; lpageno 1")


def test_hocr_numbers_the_pages_of_a_job() -> None:
    root = ET.fromstring(written("hocr", HOSTILE, SCRIPTS))  # noqa: S314
    titles = [page.attrib["title"] for page in root.findall(f".//{HTML}div[@class='ocr_page']")]
    assert ["ppageno 0" in titles[0], "ppageno 1" in titles[1]] == [True, True]
    assert '<meta name="ocr-system" content="tesseract 5.3.0"/>' in written("hocr", HOSTILE, SCRIPTS)
    assert '<meta name="ocr-langs" content="zh-Hans"/>' in page_of("hocr", SCRIPTS)


@pytest.mark.parametrize(
    ("codes", "tag", "tags"),
    [
        (("deu_frak",), "deu", "deu"),
        (("chi_tra_vert",), "zh-Hant", "zh-Hant"),
        (("pt-BR",), "pt-BR", "pt-BR"),
        *(((code,), None, "unknown") for code in ("mrz2", "7seg", "letsgodigital", "Devanagari", "Latin", "a.b")),
        (("eng", "mrz2", "por"), None, "eng por"),
    ],
)
def test_a_language_is_named_by_its_tag_or_not_at_all(codes: tuple[str, ...], tag: str | None, tags: str) -> None:
    layout = replace(OUTSIDE, languages=codes)
    alto, hocr = ET.fromstring(page_of("alto", layout)), page_of("hocr", layout)  # noqa: S314
    (page,) = alto.findall(f".//{ALTO}Page")
    assert page.get("LANG") == tag
    assert f'<meta name="ocr-langs" content="{tags}"/>' in hocr
    assert re.findall('lang="(.+?)"', hocr) == ([] if tag is None else [tag, tag])


def test_paragraphs_are_those_of_the_text() -> None:
    root = ET.fromstring(page_of("hocr", HOSTILE))  # noqa: S314
    paragraphs = root.findall(f".//{HTML}p[@class='ocr_par']")
    assert [len(one.findall(f"{HTML}span[@class='ocr_line']")) for one in paragraphs] == [2, 2]
    assert len(ET.fromstring(page_of("alto", HOSTILE)).findall(f".//{ALTO}TextBlock")) == 2  # noqa: S314


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_alto_has_every_word_with_its_box_and_confidence(layout: Layout) -> None:
    root = ET.fromstring(page_of("alto", layout))  # noqa: S314
    strings = root.findall(f".//{ALTO}String")
    assert [string.attrib["CONTENT"] for string in strings] == words_of(layout)
    for string, given in zip(strings, [word for line in layout.lines for word in line.words], strict=True):
        assert float(string.attrib["WC"]) == pytest.approx((given.confidence or 0) / 100)
        left, top, width, height = (int(string.attrib[name]) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
        assert min(left, top) >= 0
        assert min(width, height) >= 1
        assert left + width <= layout.width
        assert top + height <= layout.height


def test_alto_has_a_blank_where_the_script_has_one() -> None:
    root = ET.fromstring(page_of("alto", SCRIPTS))  # noqa: S314
    lines = root.findall(f".//{ALTO}TextLine")
    assert [len(one.findall(f"{ALTO}SP")) for one in lines] == [1, 1, 0, 1]
    texts = ["".join(part.attrib.get("CONTENT", " ") for part in one) for one in lines]
    assert texts == [line.text for line in SCRIPTS.lines]


def test_alto_describes_the_pages_of_a_job() -> None:
    root = ET.fromstring(written("alto", HOSTILE, SCRIPTS, OUTSIDE, EMPTY))  # noqa: S314
    found = root.findall(f"{ALTO}Layout/{ALTO}Page")
    assert [page.attrib["PHYSICAL_IMG_NR"] for page in found] == ["1", "2", "3", "4"]
    assert [page.attrib.get("LANG") for page in found] == [None, "zh-Hans", "deu", "eng"]
    assert [page.attrib.get("PC") for page in found] == ["0.905", "0.905", "0.5", None]
    assert [page.attrib.get("PROCESSINGREFS") for page in found] == ["engine", "engine_2", "engine", "engine"]
    described = [
        (one.attrib["ID"], one.findtext(f".//{ALTO}softwareName"), one.findtext(f".//{ALTO}softwareVersion"))
        for one in root.iter(f"{ALTO}Processing")
    ]
    assert described == [("engine", "tesseract", "5.3.0"), ("engine_2", "ppocr", "v6 small/tiny, openvino bf16")]
    assert root.findtext(f".//{ALTO}fileName") == "job & <x>"


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_tsv_has_twelve_columns_and_a_row_for_every_word(layout: Layout) -> None:
    text = page_of("tsv", layout)
    rows = list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))
    assert all(len(one.split("\t")) == 12 for one in text.splitlines())
    assert [row["text"] for row in rows if row["level"] == "5"] == words_of(layout)
    assert {row["conf"] for row in rows if row["level"] != "5"} == {"-1"}
    assert [row["level"] for row in rows[:2]] == ["1", "2"][: len(rows)]


def test_tsv_numbers_pages_paragraphs_lines_and_words() -> None:
    text = written("tsv", HOSTILE, SCRIPTS)
    rows = list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))
    numbers = [
        (row["page_num"], row["par_num"], row["line_num"], row["word_num"]) for row in rows if row["level"] == "5"
    ]
    assert numbers[:5] == [("1", "1", "1", str(word)) for word in (1, 2, 3, 4)] + [("1", "1", "2", "1")]
    assert numbers[8] == ("1", "2", "1", "1")
    assert numbers[16] == ("2", "1", "1", "1")
    assert len(numbers) == len(set(numbers))
    assert text.count("level") == 1


def test_a_text_that_has_other_lines_than_the_layout_is_one_paragraph() -> None:
    odd = replace(HOSTILE, text="R&D\n\nanother")
    assert list(odd.paragraphs) == [odd.lines]
    assert EMPTY.paragraphs == []


def test_a_page_that_was_turned_says_so_in_hocr_and_alto() -> None:
    hocr, alto = (page_of(name, replace(SCRIPTS.turned(-90), rotation=90)) for name in ("hocr", "alto"))
    assert hocr.count("; textangle 90") == len(SCRIPTS.lines)
    assert alto.count('ROTATION="90"') == 1
    assert "textangle" not in page_of("hocr", SCRIPTS)
    assert "ROTATION" not in page_of("alto", SCRIPTS)


def with_baselines(layout: Layout) -> Layout:
    return replace(layout, lines=tuple(replace(one, baseline=(0.0125, -7.0)) for one in layout.lines))


def test_a_baseline_is_told_in_hocr_and_alto_if_it_is_known() -> None:
    layout = with_baselines(SCRIPTS)
    hocr, alto = (page_of(name, layout) for name in ("hocr", "alto"))
    assert hocr.count("; baseline 0.0125 -7") == len(layout.lines)
    assert 'ID="line_1_1_1" BASELINE="10,33 180,35" HPOS="10" VPOS="10"' in alto
    assert alto.count("BASELINE") == len(layout.lines)
    assert "baseline" not in page_of("hocr", SCRIPTS)
    assert "BASELINE" not in page_of("alto", SCRIPTS)


def test_the_baseline_of_a_page_that_was_turned_is_along_its_text_in_hocr_and_on_the_page_in_alto() -> None:
    layout = replace(with_baselines(SCRIPTS).turned(-90), rotation=90)
    assert page_of("hocr", layout).count("; baseline 0.0125 -7; textangle 90") == len(layout.lines)
    assert 'BASELINE="33,990 35,820"' in page_of("alto", layout)


def test_a_baseline_follows_the_box_of_a_line_that_reaches_beyond_the_page() -> None:
    assert "bbox 0 390 1000 400; baseline 0.0125 493.06" in page_of("hocr", with_baselines(OUTSIDE))


def test_a_word_that_was_not_recognised_has_no_confidence_in_any_format() -> None:
    layout = layout_of([[Line((1, 1, 9, 9), (Word("taken", (1, 1, 9, 9), None),))]], SIZE, "pdf-text 159", ("eng",))
    assert "x_wconf" not in page_of("hocr", layout)
    assert "WC=" not in page_of("alto", layout)
    assert page_of("tsv", layout).splitlines()[-1].split("\t")[10:] == ["-1", "taken"]
