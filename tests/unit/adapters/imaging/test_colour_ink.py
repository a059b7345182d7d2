"""Ink in colour alone is drawn, and areas of a pale colour have no edges for it."""

from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont

from adapters.imaging.colour_ink import SIDE, with_colour_ink

_SIZE = (1240, 800)
_PALE = [(255, 255, 153), (255, 255, 120), (220, 255, 240)]


def a_page(row: tuple[int, int, int]) -> Image.Image:
    """Return black lines, every second one on a row of this colour."""
    page = Image.new("RGB", _SIZE, "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(28)
    for line in range(12):
        if line % 2:
            pen.rectangle((60, 40 + 60 * line, 1180, 96 + 60 * line), row)
        pen.text((80, 50 + 60 * line), f"Invoice 2024-{line} of EUR 17.30", "black", font)
    return page


def changed(page: Image.Image) -> int:
    """Return how many pixels of a page are drawn in."""
    grey = page.convert("L")
    small = page.reduce(max(1, max(page.size) // SIDE))
    drawn = with_colour_ink(grey, lambda: small, page.split)
    return sum(ImageChops.difference(grey, drawn).histogram()[30:])


def as_jpeg(page: Image.Image) -> Image.Image:
    file = BytesIO()
    page.save(file, "JPEG", quality=85)
    return Image.open(file).convert("RGB")


@pytest.mark.parametrize("row", _PALE)
def test_pale_rows_get_no_bars(row: tuple[int, int, int]) -> None:
    page = a_page(row)
    assert (changed(page), changed(as_jpeg(page))) == (0, 0)


def test_a_line_in_colour_alone_is_drawn_beside_them_all_the_same() -> None:
    page = a_page((255, 255, 255))
    pen = ImageDraw.Draw(page)
    pen.rectangle((60, 700, 1180, 790), (150, 150, 150))
    pen.text((80, 720), "DUE ON FRIDAY AND NOT LATER", (225, 125, 60), ImageFont.load_default(44))
    assert changed(page) > 2000
