"""The labels of a PDF's pages, as viewers show them, where pages are left out or documents joined."""

import io
from collections.abc import Sequence

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf
from pypdfium2 import PdfDocument

from overlaid import a_pdf, joined, laid_over, layout, texts


def labelled(pages: int, labels: object) -> bytes:
    """Return a document with labels for its pages, in Portuguese, to be leafed from the right."""
    pdf = Pdf.open(io.BytesIO(a_pdf(pages=pages)))
    pdf.Root.PageLabels = labels
    pdf.Root.Lang = pikepdf.String("pt-BR")
    pdf.Root.ViewerPreferences = Dictionary(Direction=Name.R2L, HideToolbar=True)
    pdf.save(file := io.BytesIO())
    return file.getvalue()


def a_book() -> bytes:
    """Return a document of the pages i, ii, 1, 2, A-8, A-9, a cover without a number, and 1."""
    ranges = {
        0: Dictionary(S=Name.r),
        2: Dictionary(S=Name.D),
        4: Dictionary(S=Name.D, P=pikepdf.String("A-"), St=8),
        6: Dictionary(P=pikepdf.String("Capa é")),
        7: Dictionary(S=Name.D),
    }
    return labelled(8, Dictionary(Nums=Array([part for one in ranges.items() for part in one])))


def labels(pdf: bytes) -> list[str]:
    document = PdfDocument(pdf)
    found = [document.get_page_label(at) for at in range(len(document))]
    document.close()
    return found


def test_pages_that_are_wanted_keep_their_labels_and_language() -> None:
    numbers = [2, 3, 5, 6, 7, 8]
    after = laid_over(a_book(), [layout(f"word{number}") for number in numbers], numbers)
    assert labels(after) == ["ii", "1", "A-8", "A-9", "Capa é", "1"]
    with pikepdf.open(io.BytesIO(after)) as found:
        assert found.Root.Lang == "pt-BR"
        assert dict(found.Root.ViewerPreferences) == {"/Direction": Name.R2L}
        assert found.check_pdf_syntax() == []
    assert labels(laid_over(a_pdf(pages=3), [layout("two")], [2])) == [""]


def test_pages_of_joined_documents_keep_their_labels() -> None:
    book = ["i", "ii", "1", "2", "A-8", "A-9", "Capa é", "1"]
    once = joined(a_pdf(pages=2), a_book(), a_pdf())
    assert labels(once) == ["1", "2", *book, "1"]
    assert labels(joined(a_book(), once)) == [*book, "1", "2", *book, "1"]
    assert labels(joined(a_pdf(), a_pdf())) == ["", ""]


@pytest.mark.parametrize(
    ("odd", "wanted"),
    [
        (Array([1]), ["", ""]),
        (Dictionary(Nums=Array([0])), ["", ""]),
        (Dictionary(Nums=Array([Name.Odd, 5])), ["1", "3"]),
        (Dictionary(Nums=Array([-4, Dictionary(S=Name.r), 99, Dictionary(S=Name.r)])), ["", ""]),
        (Dictionary(Nums=Array([1, Dictionary(S=Name.r)])), ["1", "ii"]),
        (Dictionary(Nums=Array([0, 5, 1, Dictionary(S=Name.D, St=2**40, P=7)])), ["1", "2"]),
        (Dictionary(Nums=Array([0, Dictionary(S=Array([]), St=pikepdf.String("x"))])), ["", ""]),
    ],
)
def test_odd_labels_cost_no_page(odd: object, wanted: Sequence[str]) -> None:
    after = laid_over(labelled(3, odd), [layout("one"), layout("three")], [1, 3])
    assert texts(after) == ["one", "three"]
    assert labels(after) == list(wanted)
    assert len(texts(joined(labelled(3, odd), a_pdf()))) == 4
