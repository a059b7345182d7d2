"""Whether a page of a PDF has colours, in which ink may be that its luminance lacks."""

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw
from pypdfium2 import PdfDocument

from adapters.imaging.pdf.marks import has_colours
from digital_pdfs import Shown, lines, page

SIZE = (640, 800)
ORANGE = (255, 118, 34)


def scan(mode: str, ground: int | tuple[int, ...], ink: int | tuple[int, ...]) -> bytes:
    """Return a PDF of a picture with a thin line, as a JPEG if its mode has one."""
    picture = Image.new(mode, SIZE, ground)
    ImageDraw.Draw(picture).line((40, 40, 600, 700), ink, 3)
    file = io.BytesIO()
    picture.save(file, "PDF")
    return file.getvalue()


def coloured(content: bytes) -> bool:
    with PdfDocument(content) as document:
        return has_colours(document[0])


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(lambda: page(lines(["black text"])), id="text"),
        pytest.param(lambda: scan("L", 255, 0), id="scan in grey"),
        pytest.param(lambda: scan("1", 1, 0), id="fax"),
        pytest.param(lambda: scan("RGB", (255, 255, 255), (0, 0, 0)), id="grey scan in RGB"),
    ],
)
def test_a_page_in_greys_has_none(content: Callable[[], bytes]) -> None:
    assert not coloured(content())


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(lambda: page([Shown("orange text", 60, 760, before="1 0.46 0.13 rg 0 Tr")]), id="text"),
        pytest.param(lambda: page([], b"1 0.46 0.13 RG 9 9 m 50 50 l S"), id="shape"),
        pytest.param(lambda: scan("RGB", (255, 255, 255), ORANGE), id="scan with a thin line"),
        pytest.param(lambda: scan("RGB", (150, 150, 150), ORANGE), id="scan of one luminance"),
        pytest.param(lambda: scan("CMYK", (0, 0, 0, 0), (0, 128, 255, 0)), id="printer's colours"),
    ],
)
def test_a_page_with_some_colour_has_them(content: Callable[[], bytes]) -> None:
    assert coloured(content())
