import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

import pictures
from adapters.imaging.ink import has_ink, is_light_on_dark


def shadow() -> Image.Image:
    """Return an empty page, half of it in a soft shadow and with a dark edge, as a scanner leaves it."""
    page = Image.new("L", (1200, 1600), 245)
    page.paste(150, (0, 0, 600, 1600))
    page = page.filter(ImageFilter.GaussianBlur(40))
    page.paste(10, (1150, 0, 1200, 1600))
    return page


@pytest.mark.parametrize("scale", [1, 2, 5])
@pytest.mark.parametrize("inverted", [False, True])
def test_letters_are_ink_however_large_and_light(scale: int, *, inverted: bool) -> None:
    page = pictures.draw("HELLO").convert("L")
    page = page.resize((page.width * scale, page.height * scale))
    assert has_ink(Image.eval(page, lambda value: 255 - value) if inverted else page)


@pytest.mark.parametrize("letter", "IlT1O8")
@pytest.mark.parametrize("height", [120, 240, 360])
@pytest.mark.parametrize("border", [10, 40])
def test_one_large_letter_is_ink(letter: str, height: int, border: int) -> None:
    stroke = height // 4
    around = Image.new("L", (900, 900), 255)
    font = ImageFont.load_default(height)
    ImageDraw.Draw(around).text((300, 200), letter, 0, font, stroke_width=stroke // 4)
    left, top, right, bottom = ImageOps.invert(around).getbbox() or (0, 0, 0, 0)
    assert has_ink(around.crop((left - border, top - border, right + border, bottom + border)))


@pytest.mark.parametrize("size", [(60, 60), (300, 200), (390, 390)])
def test_a_small_empty_picture_has_no_ink(size: tuple[int, int]) -> None:
    assert not has_ink(shadow().crop((0, 0, 1100, 1600)).resize(size))
    assert not has_ink(Image.linear_gradient("L").resize(size))
    assert not has_ink(Image.new("L", size, 128))


def test_a_drawing_is_ink() -> None:
    page = Image.new("L", (600, 400), 255)
    ImageDraw.Draw(page).ellipse((100, 100, 400, 300), outline=0, width=5)
    assert has_ink(page)


@pytest.mark.parametrize("page", [Image.new("L", (1200, 1600), 255), Image.new("L", (1, 1)), shadow()])
def test_an_empty_page_has_no_ink(page: Image.Image) -> None:
    assert not has_ink(page)


def test_dust_is_no_ink() -> None:
    page = Image.new("L", (1200, 1600), 255)
    for place in ((100, 100), (700, 900), (1000, 300)):
        page.putpixel(place, 0)
    assert not has_ink(page)


def test_letters_are_light_on_dark_or_dark_on_light_whatever_surrounds_their_paper() -> None:
    page = pictures.draw("HELLO WORLD").convert("L")
    on_a_dark_table = Image.new("L", (1200, 900), 30)
    on_a_dark_table.paste(page, (100, 100))
    assert not is_light_on_dark(page)
    assert not is_light_on_dark(on_a_dark_table)
    assert is_light_on_dark(ImageOps.invert(page))
