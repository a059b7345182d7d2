"""JPEG 2000 in forms that Pillow misreads, decoded by PDFium. For walled processes only."""

import io

from pikepdf import Dictionary, Name, Pdf
from PIL import Image
from pypdfium2 import PdfDocument, PdfImage, raw


def decode_jpeg_2000(content: bytes, size: tuple[int, int]) -> Image.Image:
    """Return a picture of this width and height in mode L or RGB, samples of more than 8 bits rounded to 8.

    Raises any error.
    """
    document = PdfDocument(_page(content, size))
    try:
        (picture,) = document[0].get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE])
        assert isinstance(picture, PdfImage)  # noqa: S101 - what the filter lets through
        found: Image.Image = picture.get_bitmap().to_pil()
    finally:
        document.close()
    return found if found.mode == "L" else found.convert("RGB")


def _page(content: bytes, size: tuple[int, int]) -> bytes:
    """Return a PDF whose only page shows the picture."""
    width, height = size
    with Pdf.new() as pdf:
        stored = pdf.make_stream(
            content, Type=Name.XObject, Subtype=Name.Image, Width=width, Height=height, Filter=Name.JPXDecode
        )
        pdf.add_blank_page()
        pdf.pages[0].obj.Resources = Dictionary(XObject=Dictionary(Im0=stored))
        pdf.pages[0].obj.Contents = pdf.make_stream(b"/Im0 Do")
        file = io.BytesIO()
        pdf.save(file)
    return file.getvalue()
