import pytest
from PIL import Image, ImageDraw

import pictures
from adapters.imaging.margins import MARGIN, with_margin


def test_a_page_whose_ink_keeps_its_distance_stays_as_it_is() -> None:
    page = pictures.draw("HELLO").convert("L")
    framed = with_margin(page)
    assert framed.page is page
    assert framed.margin == 0


def test_a_tight_crop_gets_a_margin_of_its_own_ground() -> None:
    page = pictures.draw("HELLO").convert("L").point(lambda value: max(40, value - 30))
    tight = page.crop(Image.eval(page, lambda value: 225 - value).getbbox())
    framed = with_margin(tight)
    assert framed.margin == MARGIN
    assert framed.page.size == (tight.width + 2 * MARGIN, tight.height + 2 * MARGIN)
    assert framed.page.getpixel((0, 0)) == 225
    assert framed.page.crop((MARGIN, MARGIN, MARGIN + tight.width, MARGIN + tight.height)).tobytes() == tight.tobytes()


@pytest.mark.parametrize("border", range(13))
def test_a_crop_with_a_narrow_border_gets_a_margin_too(border: int) -> None:
    page = pictures.draw("HELLO").convert("L")
    left, top, right, bottom = Image.eval(page, lambda value: 255 - value).getbbox() or (0, 0, 0, 0)
    crop = page.crop((left - border, top - border, right + border, bottom + border))
    assert with_margin(crop).margin == (MARGIN if border < 10 else 0)


def test_letters_near_the_edge_of_a_scan_are_left_as_they_are() -> None:
    page = Image.new("L", (400, 600), 255)
    for line in ((6, 20, 60, 20), (340, 60, 393, 60), (40, 6, 40, 60), (60, 540, 60, 593)):
        ImageDraw.Draw(page).line(line, fill=0, width=3)
    assert with_margin(page).page is page


def test_light_letters_on_a_dark_ground_get_a_dark_margin() -> None:
    page = Image.new("L", (100, 40), 20)
    ImageDraw.Draw(page).line((0, 20, 60, 20), fill=240, width=3)
    assert with_margin(page).page.getpixel((0, 0)) == 20


def test_dirt_at_the_edge_of_a_scan_is_no_letter() -> None:
    page = Image.new("L", (400, 600), 255)
    ImageDraw.Draw(page).line((0, 20, 60, 20), fill=0, width=3)
    assert with_margin(page).page is page


def test_the_end_of_a_picture_is_no_letter() -> None:
    page = Image.new("L", (100, 100), 255)
    page.paste(0, (0, 80, 100, 100))
    assert with_margin(page).page.getpixel((0, 0)) == 255


def test_a_scan_whose_ground_was_evened_is_no_crop() -> None:
    evened = Image.new("L", (600, 900), 255)
    drawing = ImageDraw.Draw(evened)
    for line in ((0, 40, 60, 40), (540, 60, 599, 60), (40, 0, 40, 60), (60, 840, 60, 899)):
        drawing.line(line, fill=0, width=3)
    scan = Image.composite(evened, Image.linear_gradient("L").resize(evened.size), Image.new("L", evened.size, 128))
    assert with_margin(evened).margin > 0
    assert with_margin(evened, scan).page is evened
