"""The fonts of a page of a PDF, told apart by all that says what their letters look like and mean."""

import io
from collections.abc import Callable

import pytest
from pikepdf import Array, Dictionary, Name, Page, Pdf

from adapters.imaging.page_text import PageFont
from adapters.imaging.pdf.rendering import find_text
from digital_pdfs import PROSE, SIZE, Shown, changed, lines, page, standard_page

BASE = lines(PROSE)
SWAPPED = {"3": "8", "8": "3"}


def fonts(document: bytes) -> list[PageFont]:
    text = find_text(io.BytesIO(document), 1, 20_000_000)
    assert text is not None
    return list(text.fonts)


def test_a_font_has_the_same_digest_in_every_document() -> None:
    (one,), (other,) = fonts(page(BASE)), fonts(page(lines(["Another page."])))
    assert one == other
    assert one.digest is not None
    assert not one.is_standard


def into_a_form(pdf: Pdf, first: Page) -> None:
    form = pdf.make_stream(
        first.obj.Contents.read_bytes(), Subtype=Name.Form, BBox=Array([0, 0, *SIZE]), Resources=first.obj.Resources
    )
    first.obj.Resources = Dictionary(XObject=Dictionary(F=form))
    first.obj.Contents = pdf.make_stream(b"/F Do")


def test_a_font_of_a_form_is_known() -> None:
    assert fonts(changed(page(BASE), into_a_form)) == fonts(page(BASE))


def shapes_moved(pdf: Pdf, first: Page) -> None:
    number = len("\0" * 65_536)
    shapes = b"".join((at + (at == ord("A"))).to_bytes(2, "big") for at in range(number))
    first.obj.Resources.Font.F0.DescendantFonts[0].CIDToGIDMap = pdf.make_stream(shapes)


def named_otherwise(_: Pdf, first: Page) -> None:
    first.obj.Resources.Font.F0.BaseFont = Name.Other


CHANGED: dict[str, Callable[[], bytes]] = {
    "map": lambda: page(BASE, meanings=SWAPPED),
    "shapes": lambda: changed(page(BASE), shapes_moved),
    "name": lambda: changed(page(BASE), named_otherwise),
}


@pytest.mark.parametrize("what", CHANGED)
def test_a_font_with_another_entry_has_another_digest(what: str) -> None:
    (one,), (other,) = fonts(page(BASE)), fonts(CHANGED[what]())
    assert None not in (one.digest, other.digest)
    assert one.digest != other.digest


def test_two_fonts_with_one_program_are_not_told_apart() -> None:
    shown = [*BASE, Shown("3870 and 96", 60, 500, font=1)]
    assert fonts(page(shown, others=[SWAPPED])) == [PageFont(), PageFont()]
    assert fonts(page(BASE, others=[SWAPPED])) == [PageFont()]  # the other one is there, and not used
    assert fonts(page(shown, others=[{}])) == 2 * fonts(page(BASE))  # the same one twice


def test_an_entry_that_leads_elsewhere_leaves_a_font_without_a_digest() -> None:
    def refer(pdf: Pdf, first: Page) -> None:
        named = pdf.make_indirect(Array([pdf.make_indirect(Dictionary(A=1))]))
        first.obj.Resources.Font.F0.Encoding = Dictionary(Differences=named)

    document = changed(page(BASE), refer)
    found = find_text(io.BytesIO(document), 1, 20_000_000)
    assert found is None or found.fonts == [PageFont()]


@pytest.mark.parametrize("name", ["Helvetica", "Times-Roman", "Courier", "Arial"])
def test_a_font_that_every_viewer_has_means_what_it_shows(name: str) -> None:
    assert fonts(standard_page(name)) == [PageFont(is_standard=True)]


def test_a_font_that_is_not_embedded_may_still_have_a_wrong_map() -> None:
    def mapped(pdf: Pdf, first: Page) -> None:
        with Pdf.open(io.BytesIO(page(BASE))) as other:
            first.obj.Resources.Font.F0.ToUnicode = pdf.copy_foreign(other.pages[0].obj.Resources.Font.F0.ToUnicode)

    document = changed(standard_page("Helvetica"), mapped)
    found = find_text(io.BytesIO(document), 1, 20_000_000)
    assert found is None or found.fonts == [PageFont()]


def test_a_font_that_no_viewer_has_is_not_known() -> None:
    assert fonts(standard_page("Fancy")) == [PageFont()]
