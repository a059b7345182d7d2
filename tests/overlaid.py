"""PDFs with text laid over their pages, and PDFs that are joined."""

import io
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from pikepdf import Dictionary, Name, ObjectStreamMode, Pdf
from pypdfium2 import PdfDocument

from adapters.imaging.pdf.joining import join
from adapters.imaging.pdf.overlay import lay_over
from adapters.pdf.file import PdfFile
from ocrcore.domain.layout import Layout, Line, Word, layout_of
from pdf_readers import pdfium_pages


def layout(text: str, size: tuple[int, int] = (600, 800), at: tuple[int, int] = (60, 80)) -> Layout:
    """Return a page with one word."""
    box = (at[0], at[1], at[0] + 20 * len(text), at[1] + 40)
    return layout_of([[Line(box, (Word(text, box, 90.0),))]] if text else [], size, "press 1.0", ("eng",))


def laid_over(document: bytes, layouts: Sequence[Layout], numbers: Sequence[int] | None = None) -> bytes:
    layer, out = io.BytesIO(), io.BytesIO()
    file = PdfFile(layer, "")
    for one in layouts:
        file.add_page((one.width, one.height), one)
    file.close()
    lay_over(io.BytesIO(document), layer, numbers or range(1, len(layouts) + 1), out)
    return out.getvalue()


def a_pdf(
    content: bytes = b"0 0 10 10 re f", pages: int = 1, entries: Mapping[str, object] = MappingProxyType({})
) -> bytes:
    """Return a document whose pages draw this."""
    pdf = Pdf.new()
    font = pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    for _ in range(pages):
        page = pdf.add_blank_page(page_size=(600, 800))
        page.obj.Contents = pdf.make_stream(content)
        page.obj.Resources = Dictionary(Font=Dictionary(F=font))
        for name, value in entries.items():
            page.obj[name] = value
    file = io.BytesIO()
    pdf.save(file)
    return file.getvalue()


def with_kids(document: bytes, kids: Sequence[int | None], count: int) -> bytes:
    """Return a document whose tree has these of its pages, None for one that is missing, and says that number."""
    with Pdf.open(io.BytesIO(document)) as pdf:
        pdf.save(file := io.BytesIO(), object_stream_mode=ObjectStreamMode.disable)
    with Pdf.open(file) as pdf:
        pages = [page.obj.objgen[0] for page in pdf.pages]
    listed = " ".join(f"{9999 if kid is None else pages[kid]} 0 R" for kid in kids).encode()
    content = re.sub(rb"/Kids \[.*?\]", b"/Kids [ " + listed + b" ]", file.getvalue(), flags=re.DOTALL)
    return re.sub(rb"/Count \d+", b"/Count %d" % count, content)


def texts(pdf: bytes) -> list[str]:
    return [text.strip() for text in pdfium_pages(pdf)]


def joined(*parts: bytes) -> bytes:
    out = io.BytesIO()
    join([io.BytesIO(part) for part in parts], "title", out)
    return out.getvalue()


def ink(pdf: bytes, page: int) -> int:
    """Return how many pixels of a page are dark, its fields included."""
    document = PdfDocument(pdf)
    document.init_forms()
    picture = document[page].render(may_draw_forms=True).to_pil().convert("L")
    document.close()
    return sum(picture.histogram()[:128])
