"""The PDF that is written page by page."""

import io

import pikepdf

from adapters.pdf.file import PdfFile
from ocrcore.domain.layout import Layout, Line, Word, layout_of
from pdf_readers import pdfium_pages
from printed_pages import Setting, printed


def written(pages: int, title: str = "title", layout: Layout | None = None) -> bytes:
    file = io.BytesIO()
    writer = PdfFile(file, title)
    for _ in range(pages):
        writer.add_page((300.5, 400), layout)
    writer.close()
    return file.getvalue()


def test_qpdf_finds_nothing_to_complain_of() -> None:
    layout, _ = printed(Setting())
    with pikepdf.open(io.BytesIO(written(3, layout=layout))) as pdf:
        assert pdf.check_pdf_syntax() == []
        assert [[float(side) for side in page.mediabox] for page in pdf.pages] == [[0, 0, 300.5, 400]] * 3


def test_titles_are_kept_in_every_script() -> None:
    for title in ("a(b)\\c", "Übersicht 発票 😀", ""):
        with pikepdf.open(io.BytesIO(written(1, title))) as pdf:
            assert str(pdf.docinfo["/Title"]) == title


def test_a_name_that_is_no_unicode_is_no_obstacle() -> None:
    with pikepdf.open(io.BytesIO(written(1, "a\ud800b"))) as pdf:
        assert str(pdf.docinfo["/Title"]) == "a?b"


def test_the_same_pages_give_the_same_bytes_and_others_another_name() -> None:
    assert written(2) == written(2)
    with pikepdf.open(io.BytesIO(written(1))) as one, pikepdf.open(io.BytesIO(written(2))) as other:
        assert one.trailer["/ID"] != other.trailer["/ID"]


def test_more_letters_than_one_block_of_a_map_come_out() -> None:
    letters = [chr(code) for code in range(0x4E00, 0x4E00 + 250)]
    words = tuple(Word(letter, (10 + 40 * at, 10, 50 + 40 * at, 50), 90.0) for at, letter in enumerate(letters))
    layout = layout_of([[Line((10, 10, 10_050, 50), words)]], (11_000, 60), "press 1.0", ("chi_sim",))
    (text,) = pdfium_pages(written(1, layout=layout))
    assert text.split() == ["".join(letters)]
