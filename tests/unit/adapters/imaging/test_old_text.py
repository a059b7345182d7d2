"""Text that a page of a PDF has already: what is not seen goes, and what is seen gets no other beside it."""

import io
from collections.abc import Callable

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf

from documents_cases import FILES
from ocrcore.domain.layout import Layout, Line, Word, layout_of
from overlaid import a_pdf, ink, laid_over, layout, texts
from pdf_readers import READERS


def test_a_page_with_text_that_is_seen_gets_no_other() -> None:
    document = a_pdf(b"BT /F 12 Tf 60 700 Td (seen) Tj ET")
    assert texts(laid_over(document, [layout("other")])) == ["seen"]


def test_an_old_invisible_text_goes_first() -> None:
    document = a_pdf(b"0 0 10 10 re f BT 3 Tr /F 12 Tf 60 700 Td (wrong) Tj ET")
    assert texts(laid_over(document, [layout("right")])) == ["right"]


def test_an_old_invisible_text_in_a_form_goes_first_and_other_pages_keep_theirs() -> None:
    pdf = Pdf.open(io.BytesIO(a_pdf(b"q /Fm Do Q", pages=2)))
    form = pdf.make_stream(
        b"0 0 5 5 re f BT 3 Tr /F 12 Tf 60 700 Td (wrong) Tj ET",
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=Array([0, 0, 600, 800]),
        Resources=pdf.pages[0].obj.Resources,
    )
    font = pdf.pages[0].obj.Resources.Font
    for page in pdf.pages:
        page.obj.Resources = Dictionary(XObject=Dictionary(Fm=form), Font=font)
    pdf.pages[1].obj.Contents = pdf.make_stream(b"/Fm Do BT /F 12 Tf 60 600 Td (seen) Tj ET")
    file = io.BytesIO()
    pdf.save(file)
    one, other = texts(laid_over(file.getvalue(), [layout("right"), layout("other")]))
    assert (one, other.split()) == ("right", ["wrong", "seen"])


def test_an_old_text_goes_where_a_page_has_no_words() -> None:
    document = a_pdf(b"BT 3 Tr /F 12 Tf 60 700 Td (old) Tj ET")
    assert texts(laid_over(document, [layout("")])) == [""]


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(b"BT /F 12 Tf 60 700 Td ( ) Tj ET", id="a blank"),
        pytest.param(b"BT /F 12 Tf 60 900 Td (stamp) Tj ET", id="outside of the page"),
        pytest.param(b"BT 7 Tr /F 12 Tf 60 700 Td (old) Tj (one) Tj ET", id="not painted"),
        pytest.param(b"q BT 7 Tr /F 12 Tf 60 700 Td (old) Tj ET Q 0 0 10 10 re f", id="not painted, and forgotten"),
        pytest.param(b"BT /F 12 Tf 60 700 Td ( ) Tj 3 Tr (old) Tj ET", id="a blank and invisible text"),
    ],
)
def test_what_shows_no_letter_does_not_keep_the_text_away(shown: bytes) -> None:
    found = texts(laid_over(a_pdf(b"0 0 10 10 re f " + shown), [layout("right")]))
    assert [text.split() for text in found] == [["right", "stamp"] if b"stamp" in shown else ["right"]]


def test_letters_through_which_a_picture_is_seen_are_text_that_is_seen() -> None:
    content = b"BT 7 Tr /F 12 Tf 60 700 Td (seen) Tj ET 0 0 600 800 re f"
    assert texts(laid_over(a_pdf(content), [layout("other")])) == ["seen"]


def test_a_document_that_comes_back_has_each_word_once() -> None:
    once = laid_over(a_pdf(pages=2), [layout("one"), layout("two")])
    again = laid_over(once, [layout("uno"), layout("dos")])
    assert {name: read(again).split() for name, read in READERS.items()} == {name: ["uno", "dos"] for name in READERS}


def test_the_hidden_layer_of_a_scan_goes_first() -> None:
    document = (FILES / "pdf-hidden-text-layer.pdf").read_bytes()
    assert texts(laid_over(document, [layout("right")])) == ["right"]


def covered(pdf: Pdf, page: pikepdf.Page) -> None:
    """Paint a scan over what there is."""
    picture = pdf.make_stream(b"\x40", Subtype=Name.Image, Width=1, Height=1, BitsPerComponent=8)
    picture.ColorSpace = Name.DeviceGray
    page.obj.Resources.XObject = Dictionary(Im=picture)
    page.contents_add(b"q 600 0 0 800 0 0 cm /Im Do Q")


def without_opacity(_pdf: Pdf, page: pikepdf.Page) -> None:
    page.obj.Resources.ExtGState = Dictionary(None_=Dictionary(ca=0))


def as_it_is(_pdf: Pdf, _page: pikepdf.Page) -> None:
    """Change nothing."""


OLD = b"BT /F 12 Tf 60 700 Td (wrong old layer) Tj ET"
UNSEEN: dict[str, tuple[bytes, Callable[[Pdf, pikepdf.Page], None]]] = {
    "under a scan": (OLD, covered),
    "white on white": (b"1 g " + OLD, as_it_is),
    "without opacity": (b"q /None_ gs " + OLD + b" Q", without_opacity),
    "in an empty clip": (b"q 0 0 0 0 re W n " + OLD + b" Q", as_it_is),
    "beside what is clipped": (b"q 0 0 9 9 re W n " + OLD + b" Q", as_it_is),
    "in outline, white": (b"1 G 1 g BT 2 Tr /F 12 Tf 60 700 Td (wrong) Tj (old) ' ET", as_it_is),
}


def unseen(name: str) -> bytes:
    content, change = UNSEEN[name]
    with Pdf.open(io.BytesIO(a_pdf(b"q 0 g 0 0 10 10 re f Q " + content))) as pdf:
        change(pdf, pdf.pages[0])
        pdf.save(file := io.BytesIO())
    return file.getvalue()


@pytest.mark.parametrize("name", UNSEEN)
def test_an_old_text_that_is_painted_and_not_seen_goes_first(name: str) -> None:
    document = unseen(name)
    after = laid_over(document, [layout("right")])
    assert texts(document) != [""]
    assert texts(after) == ["right"]
    assert ink(after, 0) == ink(document, 0) > 0


def test_an_old_text_in_a_form_under_a_scan_goes_first() -> None:
    with Pdf.open(io.BytesIO(a_pdf(b"/Fm Do"))) as pdf:
        resources = pdf.pages[0].obj.Resources
        form = pdf.make_stream(
            OLD, Subtype=Name.Form, BBox=Array([0, 0, 600, 800]), Resources=Dictionary(Font=resources.Font)
        )
        covered(pdf, pdf.pages[0])
        resources.XObject.Fm = form
        pdf.save(file := io.BytesIO())
    assert texts(laid_over(file.getvalue(), [layout("right")])) == ["right"]


@pytest.mark.parametrize("content", [b".9 g " + OLD, OLD + b" 1 g 0 0 500 690 re f"])
def test_a_text_that_is_hardly_seen_is_seen(content: bytes) -> None:
    assert texts(laid_over(a_pdf(content), [layout("other")])) == ["wrong old layer"]


@pytest.mark.parametrize(("off", "expected"), [(True, ["right", "wrong old layer"]), (False, ["wrong old layer"])])
def test_a_text_in_a_layer_that_a_person_may_switch_on_stays_and_leaves_room_for_words(
    off: bool,  # noqa: FBT001 - a case
    expected: list[str],
) -> None:
    with Pdf.open(io.BytesIO(a_pdf(b"/OC /L BDC " + OLD + b" EMC 0 0 9 9 re f"))) as pdf:
        group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=pikepdf.String("layer")))
        pdf.pages[0].obj.Resources.Properties = Dictionary(L=group)
        state = Dictionary(OFF=Array([group])) if off else Dictionary()
        pdf.Root.OCProperties = Dictionary(OCGs=Array([group]), D=state)
        pdf.save(file := io.BytesIO())
    (text,) = texts(laid_over(file.getvalue(), [layout("right")]))
    assert sorted(line.strip() for line in text.splitlines()) == expected


STAMP = b"BT /F 12 Tf 60 700 Td (NUMBER 4711) Tj ET"


PROSE = b"BT /F 6 Tf 9 TL 20 700 Td " + 3 * (b"(" + 20 * b"many " + b") ' ") + b"ET"


def stamped(below: bytes = b"", turn: int = 0, *, scan: bool = True, stamp: bytes = STAMP) -> bytes:
    """Return a page with a scan over a text, if any, and a stamp on it."""
    with Pdf.open(io.BytesIO(a_pdf(below, entries={"/Rotate": turn}))) as pdf:
        page = pdf.pages[0]
        covered(pdf, page)
        if not scan:
            page.obj.Contents = pdf.make_stream(below)
        page.contents_add(b"1 0 0 rg " + stamp)
        pdf.save(file := io.BytesIO())
    return file.getvalue()


def words(*at: tuple[str, int, int], size: tuple[int, int] = (600, 800)) -> Layout:
    """Return a layout of words, a line for each."""
    boxes = [(text, (x, y, x + 8 * len(text), y + 12)) for text, x, y in at]
    lines = [Line(box, (Word(text, box, 90.0),)) for text, box in boxes]
    return layout_of([lines], size, "press 1.0", ("eng",))


#: The first two are read where the stamp is.
READ = words(("NUMBER", 60, 89), ("4711", 116, 89), ("truth", 60, 300), ("more", 300, 94))


@pytest.mark.parametrize("below", [b"", b"q BT 3 Tr /F 12 Tf 60 400 Td (wrong) Tj ET Q"])
def test_a_scan_with_a_stamp_gets_the_words_beside_it(below: bytes) -> None:
    document = stamped(below)
    after = laid_over(document, [READ])
    assert sorted(texts(after)[0].split()) == sorted(["NUMBER", "4711", "truth", "more"])
    assert ink(after, 0) == ink(document, 0)


@pytest.mark.parametrize(("turn", "at"), [(90, (700, 60)), (180, (500, 700)), (270, (93, 500))])
def test_a_scan_that_is_turned_gets_the_words_beside_its_stamp(turn: int, at: tuple[int, int]) -> None:
    size = (600, 800) if turn == 180 else (800, 600)
    box = (at[0] - 4, at[1] - 4, at[0] + 4, at[1] + 4)
    line = Line(box, (Word("N", box, 90.0),))
    found = layout_of([[line, *words(("truth", 300, 300)).lines]], size, "press 1.0", ("eng",))
    assert sorted(texts(laid_over(stamped(turn=turn), [found]))[0].split()) == ["4711", "NUMBER", "truth"]


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(stamped(scan=False), id="no scan"),
        pytest.param(stamped(b"BT /F 12 Tf 60 400 Td (old) Tj ET"), id="an old text that is painted besides"),
        pytest.param(stamped(stamp=PROSE), id="a text on a picture"),
    ],
)
def test_any_other_page_with_text_that_is_seen_gets_no_word(document: bytes) -> None:
    assert "truth" not in texts(laid_over(document, [READ]))[0]


def test_a_stamp_that_is_all_that_was_read_is_there_once() -> None:
    document = stamped()
    assert texts(laid_over(document, [words(("NUMBER", 60, 89), ("4711", 116, 89))])) == ["NUMBER 4711"]
