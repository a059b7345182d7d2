"""The text layer, as programs read it that are not ours."""

import io
from collections.abc import Sequence
from ctypes import byref, c_double
from dataclasses import replace

import pikepdf
import pytest
from pypdfium2 import PdfDocument, PdfTextPage, raw

from adapters.pdf.file import PdfFile
from ocrcore.domain.layout import Box, Layout, Line, Word, around, layout_of
from pdf_readers import BIDIRECTIONAL, READERS, f1, order
from printed_pages import Setting, printed

LATIN = ["R&D <b> costs", "A ação é só coração", "Ænigma ½ é A", "fi ﬂ nﬁ", "x₂ e\u0301t"]
EUROPEAN = ["Η γρήγορη αλεπού", "Съешь ещё этих булок"]  # noqa: RUF001 - Greek
OTHER = ["हिन्दी में प्रथम", "Thanks 😀 done 👍🏽 ok", "𠮷 ok", "ตัวอย่าง"]
RIGHT_TO_LEFT = ["الكتاب على الطاولة", "שירותי חינוך הוראה", "تقرير نهائي"]


def line(text: str, top: int, *, left: int = 40, right_to_left: bool = False) -> Line:
    """Return a line of words of 20 pixels a letter, with 18 pixels between two."""
    words, x = [], left
    for word in text.split():
        end = x + 20 * len(word)
        box = (1000 - end, top, 1000 - x, top + 40) if right_to_left else (x, top, end, top + 40)
        words.append(Word(word, box, 90.0))
        x = end + 18
    return Line(around(word.bbox for word in words), tuple(words))


def page(lines: Sequence[Line], size: tuple[int, int] = (1000, 600)) -> Layout:
    return layout_of([[one] for one in lines], size, "press 1.0", ("eng",))


def pdf(*layouts: Layout, scale: float = 0.5) -> bytes:
    file = io.BytesIO()
    writer = PdfFile(file, "title")
    for layout in layouts:
        writer.add_page((layout.width * scale, layout.height * scale), layout)
    writer.close()
    return file.getvalue()


def read(reader: str, document: bytes) -> list[list[str]]:
    return [line.split() for line in READERS[reader](document).splitlines() if line.strip()]


@pytest.mark.parametrize("reader", READERS)
def test_words_of_every_script_that_runs_to_the_right_come_out_line_by_line(reader: str) -> None:
    texts = [*LATIN[:3], *EUROPEAN, *OTHER]
    found = read(reader, pdf(page([line(text, 20 + 60 * at) for at, text in enumerate(texts)])))
    assert found == [text.split() for text in texts]


@pytest.mark.parametrize("reader", BIDIRECTIONAL)
def test_words_of_scripts_that_run_to_the_left_come_out_in_the_order_of_reading(reader: str) -> None:
    lines = [line(text, 20 + 70 * at, right_to_left=True) for at, text in enumerate(RIGHT_TO_LEFT)]
    assert read(reader, pdf(page(lines))) == [text.split() for text in RIGHT_TO_LEFT]


@pytest.mark.parametrize("reader", READERS)
def test_letters_of_scripts_without_blanks_stay_together(reader: str) -> None:
    letters = [Word(letter, (40 + 40 * at, 20, 80 + 40 * at, 60), 90.0) for at, letter in enumerate("发票号码总计")]
    found = read(reader, pdf(page([Line(around(word.bbox for word in letters), tuple(letters))])))
    assert found == [["发票号码总计"]]


@pytest.mark.parametrize("by_letters", [True, False], ids=["letters", "words"])
def test_text_that_is_written_downwards_comes_out_so_and_in_its_place(by_letters: bool) -> None:  # noqa: FBT001
    columns = ["发票号码总计", "电话号码", "四月二日"]
    lines = []
    for number, text in enumerate(columns):
        left = 400 - 100 * number
        letters = [Word(letter, (left, 20 + 40 * at, left + 40, 60 + 40 * at), 90.0) for at, letter in enumerate(text)]
        box = around(word.bbox for word in letters)
        lines.append(Line(box, tuple(letters) if by_letters else (Word(text, box, 90.0),)))
    document = pdf(page(lines))
    for name in READERS.keys() - {"pdfminer"}:  # which takes each letter of a line on its side for a line
        assert READERS[name](document).split() == columns, name
    with PdfDocument(document) as opened:
        text = opened[0].get_textpage()
        places = [origin(text, at) for at in range(text.count_chars()) if not text.get_text_range(at, 1).isspace()]
    for place, (column, at) in zip(
        places, [(n, at) for n, text in enumerate(columns) for at in range(len(text))], strict=True
    ):
        assert place == pytest.approx((210 - 50 * column, 290 - 20 * at), abs=12)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "setting",
    [
        Setting(),
        Setting(2),
        Setting(3),
        Setting(3, size=30),
        Setting(2, leading=1.6),
        Setting(leading=2.2),
        Setting(2, skew=0.01),
    ],
    ids=str,
)
def test_a_printed_page_is_read_column_by_column(setting: Setting, reader: str) -> None:
    layout, words = printed(setting)
    found = READERS[reader](pdf(layout, scale=72 / 300)).split()
    assert f1(words, found) >= 0.99
    assert order(words, found) >= 0.98


def boxes(document: bytes) -> list[tuple[str, tuple[float, ...]]]:
    """Return the words and their boxes, in points from the lower left, as PDFium finds them."""
    opened = PdfDocument(document)
    text = opened[0].get_textpage()
    found: list[tuple[str, tuple[float, ...]]] = []
    word, around_it = "", (1e9, 1e9, -1e9, -1e9)
    for at in range(text.count_chars()):
        letter = text.get_text_range(at, 1)
        if letter.isspace():
            if word:
                found.append((word, around_it))
            word, around_it = "", (1e9, 1e9, -1e9, -1e9)
        else:
            left, bottom, right, top = text.get_charbox(at)
            word += letter
            around_it = (
                min(around_it[0], left), min(around_it[1], bottom), max(around_it[2], right), max(around_it[3], top)
            )  # fmt: skip
    opened.close()
    return found


def overlap(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the share that two boxes have in common of what they cover together."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    common = max(0.0, across) * max(0.0, down)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return common / (sum(areas) - common)


@pytest.mark.parametrize("setting", [Setting(), Setting(3), Setting(skew=0.01)], ids=str)
def test_every_word_is_in_its_place(setting: Setting) -> None:
    layout, words = printed(setting)
    found = boxes(pdf(layout, scale=0.25))
    assert [word for word, _ in found] == words
    placed = (word.bbox for line in layout.lines for word in line.words)
    for (word, box), (left, top, right, bottom) in zip(found, placed, strict=True):
        own = (left / 4, (layout.height - bottom) / 4, right / 4, (layout.height - top) / 4)
        assert overlap(box, own) > 0.3, word
        assert abs(box[0] - own[0]) < 2, word


@pytest.mark.parametrize("rotation", [0, 90, 270])
def test_words_stand_on_the_baseline_of_their_line(rotation: int) -> None:
    known = replace(line("many pages", 100), baseline=(0.05, -12.0))
    lying = replace(page([known]).turned(-rotation), rotation=rotation)
    many, pages = (40, 130.0), (138, 135.4)  # where each begins, at the height of the baseline under its middle
    width, height = 1000, 600
    expected: dict[int, list[tuple[float, float]]] = {
        0: [(at, height - down) for at, down in (many, pages)],
        90: [(down, at) for at, down in (many, pages)],
        270: [(height - down, width - at) for at, down in (many, pages)],
    }
    opened = PdfDocument(pdf(lying, scale=1))
    text = opened[0].get_textpage()
    assert origin(text, 0) == pytest.approx(expected[rotation][0], abs=0.1)
    assert origin(text, text.get_text_range().index("p")) == pytest.approx(expected[rotation][1], abs=0.1)
    opened.close()


def origin(text: PdfTextPage, at: int) -> tuple[float, float]:
    """Return where a letter stands, in points from the lower left."""
    x, y = c_double(), c_double()
    assert raw.FPDFText_GetCharOrigin(text, at, byref(x), byref(y))
    return x.value, y.value


@pytest.mark.parametrize("reader", READERS)
def test_words_that_touch_or_overlap_are_not_glued(reader: str) -> None:
    words = (Word("overlap", (40, 20, 200, 60), 90.0), Word("ping", (190, 20, 290, 60), 90.0))
    assert read(reader, pdf(page([Line((40, 20, 290, 60), words)]))) == [["overlap", "ping"]]


def test_a_page_on_its_side_is_searched_as_one_that_is_upright() -> None:
    upright, words = printed(Setting())

    def turned(box: Box) -> Box:
        left, top, right, bottom = box
        return upright.height - bottom, left, upright.height - top, right

    lines = [
        Line(turned(line.bbox), tuple(Word(word.text, turned(word.bbox), 90.0) for word in line.words))
        for line in upright.lines
    ]
    found = READERS["pdfium"](pdf(page(lines, (upright.height, upright.width)), scale=0.25)).split()
    assert order(words, found) >= 0.98


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_the_text_of_a_page_that_was_turned_to_be_read_runs_along_its_lines(rotation: int) -> None:
    upright, words = printed(Setting(2))
    lying = replace(upright.turned(-rotation), rotation=rotation)
    document = turned_for_viewers(pdf(lying, scale=0.25), rotation)
    for reader in READERS.values():
        assert order(words, reader(document).split()) == 1
    found = boxes(document)
    assert [word for word, _ in found] == words
    placed = (word.bbox for line in lying.lines for word in line.words)
    for (word, box), (left, top, right, bottom) in zip(found, placed, strict=True):
        own = (left / 4, (lying.height - bottom) / 4, right / 4, (lying.height - top) / 4)
        assert overlap(box, own) > 0.3, word


def turned_for_viewers(document: bytes, rotation: int) -> bytes:
    """Return the document as a viewer shows it after its page is turned."""
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(document)) as opened:
        opened.pages[0].rotate(rotation, relative=True)
        opened.save(file)
    return file.getvalue()


@pytest.mark.parametrize("reader", READERS)
def test_what_no_text_may_have_is_left_out(reader: str) -> None:
    words = (Word("nul\0tab\there", (40, 20, 200, 60), 90.0), Word("\x1b", (220, 20, 240, 60), 90.0))
    assert read(reader, pdf(page([Line((40, 20, 240, 60), words)]))) == [["nultab", "here"]]


def test_a_page_without_words_has_no_text() -> None:
    assert READERS["pypdf"](pdf(page([]))) == ""


def test_boxes_outside_the_page_and_without_area_do_no_harm() -> None:
    words = (Word("point", (20, 20, 20, 20), 90.0), Word("edge", (995, 590, 2000, 900), 90.0))
    assert "point" in READERS["pypdf"](pdf(page([Line((-5, 20, 2000, 900), words)])))
