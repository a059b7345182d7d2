"""Pages of a PDF, drawn by PDFium. For walled processes only."""

from typing import Final

from PIL import Image, ImageChops
from pypdfium2 import PdfBitmap, PdfDocument, PdfPage, raw

#: The size of a page that is compared with another one: a pixel for each point, and fewer if it would have more.
_MOST_PIXELS: Final = 1_000_000


def draw(document: PdfDocument, page: PdfPage, size: tuple[int, int], *, colour: bool = False) -> Image.Image:
    """Return a page of this size in mode L or RGB."""
    form = raw.FPDFBitmap_BGR if colour else raw.FPDFBitmap_Gray
    bitmap = PdfBitmap.new_native(*size, form, rev_byteorder=colour)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, *size)
    flags = raw.FPDF_ANNOT | (raw.FPDF_REVERSE_BYTE_ORDER if colour else raw.FPDF_GRAYSCALE)
    raw.FPDF_RenderPageBitmap(bitmap, page, 0, 0, *size, 0, flags)
    if document.formenv is not None:
        raw.FPDF_FFLDraw(document.formenv, bitmap, page, 0, 0, *size, 0, flags)
    picture: Image.Image = bitmap.to_pil()
    return picture


def draw_small(document: PdfDocument, page: PdfPage) -> Image.Image:
    """Return a page in colour, in a size in which it shows whether it looks as another one."""
    width, height = page.get_size()
    scale = min(1.0, (_MOST_PIXELS / (width * height)) ** 0.5)
    return draw(document, page, (max(1, round(width * scale)), max(1, round(height * scale))), colour=True)


def apart(one: Image.Image, other: Image.Image) -> int:
    """Return by how many levels of a colour two pictures of the same size differ at most."""
    return max(at % 256 for at, count in enumerate(ImageChops.difference(one, other).histogram()) if count)
