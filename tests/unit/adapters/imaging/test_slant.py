"""The slant of lines, and lines that are made level."""

import pytest
from PIL import Image, ImageDraw

from adapters.imaging.slant import busiest, levelled, slant_of
from adapters.imaging.turning import turned
from ocrcore.domain.layout import Layout, Line, Word, layout_of


def lined(width: int = 900, height: int = 1200) -> Image.Image:
    """Return a page of dashes, as long as words, in lines."""
    page = Image.new("L", (width, height), 240)
    draw = ImageDraw.Draw(page)
    for row, top in enumerate(range(100, height - 100, 40)):
        for left in range(80 + 37 * (row % 7), width - 160, 95):
            draw.rectangle((left, top, left + 70, top + 14), 20)
    return page


@pytest.mark.parametrize("degrees", [-9.5, -3.0, 0.0, 1.25, 7.0])
def test_a_slant_is_found_and_undone(degrees: float) -> None:
    slanted = lined().rotate(-degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=240)
    found = slant_of(slanted)
    assert found.degrees == pytest.approx(degrees, abs=0.25)
    assert abs(slant_of(levelled(slanted, found.degrees)).degrees) <= 0.25


def test_lines_across_the_page_change_the_sums_of_rows_more_than_lines_down() -> None:
    assert slant_of(lined()).sharpness > 2 * slant_of(turned(lined(), 90)).sharpness


def test_a_page_without_ink_has_no_slant() -> None:
    assert slant_of(Image.new("L", (300, 300), 255)).degrees == 0
    assert slant_of(Image.new("L", (1, 1), 0)).degrees == 0


def test_the_busiest_part_holds_the_ink() -> None:
    page = Image.new("L", (500, 2000), 255)
    page.paste(lined(500, 600).crop((0, 100, 500, 300)), (0, 1500))
    part = busiest(page, 300)
    assert part.size == (500, 300)
    assert part.histogram()[20] >= 0.9 * page.histogram()[20]
    assert busiest(part, 400) == part


@pytest.mark.parametrize("degrees", [-8.0, 4.0])
def test_the_box_of_a_slanted_word_holds_its_pixels_on_the_page_as_it_lies(degrees: float) -> None:
    level = Image.new("L", (600, 400), 255)
    box = (300, 60, 420, 90)
    level.paste(0, box)
    lying = level.rotate(-degrees, expand=True, fillcolor=255)
    upright = levelled(lying, degrees)
    dark = upright.point(lambda value: 255 - value).getbbox()
    assert dark is not None
    found = _layout(dark, upright.size).slanted(degrees, lying.size)
    x0, y0, x1, y1 = found.lines[0].words[0].bbox
    left, top, right, bottom = lying.point(lambda value: 255 - value).getbbox() or (0, 0, 0, 0)
    assert x0 - 2 <= left <= x0 + 8
    assert x1 - 8 <= right <= x1 + 2
    assert y0 - 2 <= top <= y0 + 8
    assert y1 - 8 <= bottom <= y1 + 2
    assert (found.width, found.height) == lying.size


def _layout(box: tuple[int, int, int, int], size: tuple[int, int]) -> Layout:
    return layout_of([[Line(box, (Word("WORD", box, 90.0),))]], size, "none 1", ("eng",))
