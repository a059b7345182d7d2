"""The text that pages of PDFs have themselves: taken where it is certain, and nowhere else."""

import io
from collections.abc import Callable

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Page, Pdf

import pictures
from adapters.imaging.page_text import PageText
from adapters.imaging.pdf.rendering import find_text
from digital_pdfs import PROSE, SIZE, Shown, changed, lines, page
from documents_cases import FILES

MOST = 20_000_000
DPI = 150.0


def found(document: bytes, number: int = 1) -> PageText | None:
    return find_text(io.BytesIO(document), number, MOST, dpi=DPI)


def read(document: bytes) -> list[list[str]]:
    """Return the lines of each paragraph."""
    text = found(document)
    assert text is not None
    return [[line.text for line in paragraph] for paragraph in text.paragraphs]


BASE = lines(PROSE)


def test_a_digital_page_has_its_words_in_their_places() -> None:
    text = found(page(BASE))
    assert text is not None
    assert [line.text for paragraph in text.paragraphs for line in paragraph] == list(PROSE)
    assert text.program.startswith("pdf-text ")
    assert text.rotation == 0
    first = text.paragraphs[0][0].words[0]
    left, _, _, bottom = first.bbox
    assert (first.text, first.confidence) == ("The", None)
    assert abs(left - 60 / 72 * DPI) < 4
    assert abs(bottom - (SIZE[1] - 760) / 72 * DPI) < 2


@pytest.mark.parametrize(
    ("direction", "x", "y", "step", "rotation"),
    [((0, 1), 100, 60, (20, 0), 90), ((-1, 0), 560, 100, (0, 20), 180), ((0, -1), 500, 780, (-20, 0), 270)],
)
def test_a_page_whose_text_is_turned_is_read_in_its_direction(
    direction: tuple[int, int], x: int, y: int, step: tuple[int, int], rotation: int
) -> None:
    shown = [Shown(text, x + step[0] * at, y + step[1] * at, direction=direction) for at, text in enumerate(PROSE)]
    text = found(page(shown))
    assert text is not None
    assert [line.text for paragraph in text.paragraphs for line in paragraph] == list(PROSE)
    assert text.rotation == rotation
    width, height = (round(side / 72 * DPI) for side in SIZE)
    for word in text.words:
        x0, y0, x1, y1 = word.bbox
        assert 0 <= x0 < x1 <= width
        assert 0 <= y0 < y1 <= height


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_that_is_shown_turned_is_read_as_it_is_shown(turn: int) -> None:
    def turned(_: Pdf, first: Page) -> None:
        first.Rotate = turn

    text = found(changed(page(BASE), turned))
    assert text is not None
    assert text.rotation == -turn % 360
    assert text.paragraphs[0][0].text == PROSE[0]


def test_ligatures_accents_and_hyphens_are_letters() -> None:
    shown = lines(["of\ufb01ce \ufb02ow e\u0301 na\u00efve co-", "operate"])
    assert read(page(shown)) == [["office flow \u00e9 na\u00efve co-", "operate"]]


LEFT = lines(["one two three four", "five six seven", "eight nine ten"], x=60)
RIGHT = lines(["alpha beta gamma", "delta epsilon zeta", "eta theta iota"], x=320)


def test_columns_are_read_one_after_the_other() -> None:
    title = [Shown("A title that reaches across both of the columns of the page", 60, 800, 16)]
    ordered = [[line.text for line in each] for each in (title, LEFT, RIGHT)]
    assert read(page(title + LEFT + RIGHT)) == ordered
    assert read(page(RIGHT + title + LEFT)) == ordered  # as the program wrote them that made the file


def test_a_footer_that_stands_first_in_the_file_comes_last() -> None:
    assert read(page([Shown("Page 1", 280, 40), *BASE])) == [list(PROSE), ["Page 1"]]


def test_the_cells_of_a_row_stay_on_one_line() -> None:
    rows = [("Paper", "12.50"), ("Ink", "7.00"), ("Total", "19.50")]
    shown = [
        Shown(text, x, 700 - 18 * at) for at, row in enumerate(rows) for text, x in zip(row, (60, 400), strict=True)
    ]
    assert read(page(shown)) == [[" ".join(row) for row in rows]]


def test_text_outside_of_the_part_that_is_shown_is_left_out() -> None:
    def cropped(_: Pdf, first: Page) -> None:
        first.CropBox = Array([0, 600, SIZE[0], SIZE[1]])

    assert read(changed(page([*BASE, Shown("BELOW", 60, 300)]), cropped)) == [list(PROSE)]


def test_a_rule_a_frame_and_a_small_logo_do_no_harm() -> None:
    frames = b"60 600 400 100 re S 60 650 m 460 650 l S 0.9 g 60 500 300 20 re f 0 g"
    assert read(changed(page(BASE, frames), with_picture(30))) == [list(PROSE)]


def with_picture(side: int) -> Callable[[Pdf, Page], None]:
    """Return a change that puts a picture of this side in points on a page."""

    def put(pdf: Pdf, first: Page) -> None:
        with pikepdf.open(io.BytesIO(picture_pdf())) as other:
            (stream,) = other.pages[0].get_images().values()
            first.obj.Resources.XObject = Dictionary(
                Im0=pdf.copy_foreign(stream.obj if hasattr(stream, "obj") else stream)
            )
        first.contents_add(f"q {side} 0 0 {side} 60 300 cm /Im0 Do Q".encode())

    return put


def picture_pdf() -> bytes:
    return pictures.save(pictures.draw("SCAN"), "PDF")


def note(kind: str) -> Callable[[Pdf, Page], None]:
    def put(pdf: Pdf, first: Page) -> None:
        annotation = Dictionary(
            Type=Name.Annot, Subtype=Name(f"/{kind}"), Rect=Array([60, 300, 200, 330]), Contents="A NOTE", FT=Name.Tx
        )
        first.Annots = Array([pdf.make_indirect(annotation)])
        if kind == "Widget":
            pdf.Root.AcroForm = Dictionary(Fields=first.Annots)

    return put


def test_the_text_of_a_form_is_text_of_its_page() -> None:
    def into_a_form(pdf: Pdf, first: Page) -> None:
        form = pdf.make_stream(
            first.obj.Contents.read_bytes(), Subtype=Name.Form, BBox=Array([0, 0, *SIZE]), Resources=first.obj.Resources
        )
        first.obj.Resources = Dictionary(XObject=Dictionary(F=form))
        first.obj.Contents = pdf.make_stream(b"q 1 0 0 1 0 0 cm /F Do Q")

    assert read(changed(page(BASE), into_a_form)) == [list(PROSE)]


#: A zigzag of lines as letters have that were turned into shapes.
SHAPES = b"60 400 m " + b" ".join(b"%d %d l" % (60 + 3 * at, 400 + 10 * (at % 2)) for at in range(60)) + b" f"
IN_COLUMNS = [
    Shown(text, x, 700 - 18 * at)
    for at, row in enumerate(zip(["one two three four five"] * 4, ["alpha beta gamma delta"] * 4, strict=True))
    for text, x in zip(row, (60, 320), strict=True)
]
DOUBTFUL: dict[str, Callable[[], bytes]] = {
    "white": lambda: page([*BASE, Shown("WHITE", 60, 500, before="1 g 0 Tr")]),
    "invisible": lambda: page([*BASE, Shown("HIDDEN", 60, 500, before="0 g 3 Tr")]),
    "invisible alone": lambda: page([Shown(text, 60, 500 - 20 * at, before="3 Tr") for at, text in enumerate(PROSE)]),
    "clipped": lambda: page([Shown("CLIPPED", 60, 500, before="q"), *BASE], b"0 600 595 242 re W n"),
    "covered": lambda: changed(page(BASE), lambda _, first: first.contents_add(b"0 g 50 755 300 15 re f")),
    "covered in white": lambda: changed(page(BASE), lambda _, first: first.contents_add(b"1 g 50 755 300 15 re f")),
    "under another word": lambda: page([*BASE, Shown("The quarterly", 60.4, 760)]),
    "without a meaning": lambda: page(BASE, meanings={"q": ""}),
    "private letters": lambda: page(BASE, meanings={"q": "\ue123"}),
    "replacement characters": lambda: page(BASE, meanings={"q": "\ufffd"}),
    "drawn as blanks": lambda: page(BASE, meanings=dict.fromkeys("quartely", " ")),
    "from right to left": lambda: page(BASE, meanings={"q": "\u05d0", "u": "\u05d1"}),
    "inclined": lambda: page(BASE, b"0.9 0.3 -0.3 0.9 0 0 cm"),
    "in two directions": lambda: page([*BASE, Shown("SIDE", 40, 300, direction=(0, 1))]),
    "with a picture": lambda: changed(page(BASE), with_picture(200)),
    "with shapes": lambda: page(BASE, SHAPES),
    "with a note": lambda: changed(page(BASE), note("FreeText")),
    "with a field": lambda: changed(page(BASE), note("Widget")),
    "lines across columns": lambda: page(IN_COLUMNS),
    "an o that is a zero": lambda: page(BASE, meanings={"0": "o", "o": "0"}),
    "a g that is a nine": lambda: page(BASE, meanings={"9": "g", "g": "9"}),
    "nothing": lambda: page([]),
}


@pytest.mark.parametrize("kind", DOUBTFUL)
def test_in_doubt_a_page_has_no_text(kind: str) -> None:
    assert found(DOUBTFUL[kind]()) is None


def test_a_link_is_no_note() -> None:
    assert read(changed(page(BASE), note("Link"))) == [list(PROSE)]


@pytest.mark.parametrize(
    ("name", "number"), [("pdf-hidden-text-layer.pdf", 1), ("pdf-acroform.pdf", 1), ("pdf-mixed-pages.pdf", 2)]
)
def test_a_scan_and_a_form_have_no_text_that_is_certain(name: str, number: int) -> None:
    assert found((FILES / name).read_bytes(), number) is None
