from importlib.resources import files
from itertools import cycle, islice

import pytest
from PIL import Image, ImageDraw, ImageFont, ImageOps

from adapters.imaging.lettering import has_two_levels, lettering_of

FONT = str(files("font_roboto") / "files" / "Roboto-Regular.ttf")
WORDS = [
    "The",
    "harbour",
    "office",
    "opens",
    "at",
    "eight",
    "and",
    "closes",
    "when",
    "the",
    "last",
    "ferry",
    "has",
    "left",
]


def page(columns: int, *, size: int = 40, width: int = 24, tall: float = 1.5) -> Image.Image:
    """Return a page, so many sizes wide, of columns of text."""
    picture = Image.new("L", (size * width, round(size * width * tall)), 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(FONT, size)
    pitch = (width - 2) * size // columns
    for column in range(columns):
        words = cycle(WORDS)
        for y in range(size, picture.height - 2 * size, round(1.4 * size)):
            line = next(words)
            while font.getlength(f"{line} village") < pitch - 2 * size:
                line = f"{line} {next(words)}"
            pen.text((size + column * pitch, y), line, 0, font)
    return picture


def receipt() -> Image.Image:
    """Return a page of names and prices, with a heading."""
    picture = Image.new("L", (900, 1500), 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(FONT, 30)
    pen.text((250, 60), "THE HARBOUR STORE LTD", 0, font)
    for number, name in enumerate(islice(cycle(WORDS), 28)):
        pen.text((70, 120 + 44 * number), f"{number} {name} {name[::-1]}", 0, font)
        pen.text((740, 120 + 44 * number), f"{number}.50", 0, font)
    return picture


def test_a_receipt_is_one_narrow_column() -> None:
    assert lettering_of(receipt()).is_one_narrow_column


@pytest.mark.parametrize("columns", [2, 3])
def test_a_page_of_columns_is_none(columns: int) -> None:
    assert not lettering_of(page(columns)).is_one_narrow_column


def test_nor_is_a_page_of_one_wide_column() -> None:
    assert not lettering_of(page(1, width=70)).is_one_narrow_column


def test_nor_is_a_picture_that_is_not_tall() -> None:
    assert lettering_of(page(1)).is_one_narrow_column
    assert not lettering_of(page(1, tall=1)).is_one_narrow_column


@pytest.mark.parametrize(
    "picture", [ImageOps.invert(receipt()), Image.new("L", (300, 600), 255), Image.new("L", (1, 1))]
)
def test_nor_is_a_page_on_a_dark_ground_or_without_lines(picture: Image.Image) -> None:
    assert not lettering_of(picture).is_one_narrow_column


@pytest.mark.parametrize("size", [12, 20, 40, 90])
def test_the_height_of_lines_is_told_in_pixels(size: int) -> None:
    assert 0.4 * size <= lettering_of(page(1, size=size)).height <= 1.1 * size


def test_a_page_without_lines_has_no_height() -> None:
    assert lettering_of(Image.new("L", (640, 480), 255)).height == 0


def test_a_scan_in_black_and_white_has_two_levels() -> None:
    assert has_two_levels(receipt().point([0] * 128 + [255] * 128))
    assert not has_two_levels(receipt())


def test_a_dark_head_of_a_table_is_a_dark_area() -> None:
    picture = receipt()
    assert not lettering_of(picture).has_dark_areas
    picture.paste(ImageOps.invert(picture.crop((60, 290, 840, 330))), (60, 290))
    assert lettering_of(picture).has_dark_areas
    assert not lettering_of(picture).is_dark


def test_a_page_on_a_dark_ground_is_dark() -> None:
    assert lettering_of(ImageOps.invert(receipt())).is_dark
