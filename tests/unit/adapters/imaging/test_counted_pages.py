"""Pages of damaged PDFs, whose numbers two libraries may count otherwise, and pages of which little is shown."""

import io

import pikepdf
import pytest

from adapters.imaging.pdf.inspection import inspect_pdf
from adapters.imaging.pdf.rendering import draw_page, find_text
from digital_pdfs import PROSE, lines, page
from ocrcore.domain.codes import JobWarning
from overlaid import a_pdf, laid_over, layout, texts, with_kids

MOST = 50_000_000


def three_sizes() -> bytes:
    """Return a document of pages whose unit is 1, 2 and 3 points."""
    with pikepdf.open(io.BytesIO(a_pdf(pages=3))) as pdf:
        for number, each in enumerate(pdf.pages, 1):
            each.obj.UserUnit = number
        pdf.save(file := io.BytesIO())
    return file.getvalue()


def widths(content: bytes, *numbers: int) -> list[float]:
    """Return how many times as wide as the first page of the document these are, by their units."""
    drawn = [draw_page(io.BytesIO(content), number, MOST, dpi=18) for number in numbers]
    return [picture.picture.width / 150 for picture in drawn]


TREES: dict[str, tuple[list[int | None], int, list[int]]] = {
    "the first is missing": ([None, 1, 0], 2, [2]),
    "one between is missing": ([0, None, 2], 3, [1, 3]),
    "more are promised": ([2, 1], 9, [1, 2]),
    "fewer are promised": ([2, 1], 1, [1]),
}
UNITS = {
    "the first is missing": [2],
    "one between is missing": [1, 3],
    "more are promised": [3, 2],
    "fewer are promised": [3],
}


@pytest.mark.parametrize("name", TREES)
def test_a_page_has_its_own_unit_though_another_one_is_missing(name: str) -> None:
    kids, count, numbers = TREES[name]
    assert widths(with_kids(three_sizes(), kids, count), *numbers) == UNITS[name]


@pytest.mark.parametrize("name", TREES)
def test_a_page_that_is_missing_is_told(name: str) -> None:
    kids, count, _ = TREES[name]
    header = inspect_pdf(io.BytesIO(with_kids(three_sizes(), kids, count)))
    assert (header.pages, header.warnings) == (count, (JobWarning.PAGES_LOST,))


def test_a_whole_tree_has_no_warning() -> None:
    assert inspect_pdf(io.BytesIO(with_kids(three_sizes(), [0, 1, 2], 3))).warnings == ()


def test_the_text_of_a_page_is_its_own_though_another_one_is_missing() -> None:
    with pikepdf.open(io.BytesIO(page(lines(PROSE)))) as pdf:
        pdf.add_blank_page()
        pdf.save(file := io.BytesIO())
    content = with_kids(file.getvalue(), [None, 0, 1], 2)
    text = find_text(io.BytesIO(content), 2, MOST, dpi=100)
    assert text is not None
    assert len(text.words) == sum(map(len, map(str.split, PROSE)))


BESIDE = pikepdf.Array([900, 900, 950, 950])


def test_a_page_that_is_cropped_to_nothing_is_shown_as_a_whole() -> None:
    """As viewers show it, and as one with an empty crop is shown."""
    content, empty, whole = (
        a_pdf(b"0 0 300 400 re f", entries=entries)
        for entries in ({"/CropBox": BESIDE}, {"/CropBox": pikepdf.Array([9, 9, 9, 99])}, {})
    )
    pictures = [draw_page(io.BytesIO(each), 1, MOST, dpi=72).picture for each in (content, empty, whole)]
    assert [picture.size for picture in pictures] == [(600, 800)] * 3
    assert len({picture.tobytes() for picture in pictures}) == 1
    assert texts(laid_over(content, [layout("word")])) == ["word"]
