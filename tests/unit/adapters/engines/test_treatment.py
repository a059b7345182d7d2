import pytest
from PIL import Image, ImageDraw, ImageFont

from adapters.engines.treatment import treatment_of
from adapters.imaging.lettering import lettering_of
from ocrcore.domain.options import JobOptions

AUTOMATIC = JobOptions()


def receipt(size: int) -> Image.Image:
    """Return a page of short lines in letters of this size."""
    page = Image.new("L", (20 * size, 40 * size), 255)
    font = ImageFont.load_default(size)
    for number in range(25):
        ImageDraw.Draw(page).text((size, size + 1.5 * size * number), f"ARTICLE {number} FOR 3.50", 0, font)
    return page


def test_a_receipt_is_read_as_one_block_and_softened() -> None:
    page = receipt(28)
    treatment = treatment_of(page, AUTOMATIC)
    assert treatment.psm == 6
    assert treatment.page.size == page.size
    assert treatment.page != page


def test_small_letters_are_not_softened() -> None:
    page = receipt(14)
    assert treatment_of(page, AUTOMATIC).page == page


@pytest.mark.parametrize("size", [45, 60, 120])
def test_tall_letters_are_read_smaller_but_no_less_than_two_thirds_of_their_size(size: int) -> None:
    page = receipt(size)
    height, read = lettering_of(page).height, treatment_of(page, AUTOMATIC).page
    assert read.width == pytest.approx(page.width * max(2 / 3, 24 / height), abs=1)
    assert read.height / page.height == pytest.approx(read.width / page.width, abs=0.01)


def test_a_page_with_small_letters_too_keeps_its_size() -> None:
    page, small = receipt(60), receipt(15)
    for at in range(0, page.width, small.width):
        page.paste(small, (at, page.height - small.height))
    assert treatment_of(page, AUTOMATIC).page.size == page.size


@pytest.mark.parametrize("psm", [1, 4, 6, 11])
def test_with_a_mode_of_the_user_the_page_stays_as_it_is(psm: int) -> None:
    page = receipt(40)
    treatment = treatment_of(page, JobOptions(psm=psm))
    assert (treatment.page, treatment.psm, treatment.invert_threshold) == (page, psm, 0.7)


def test_a_page_in_black_and_white_stays_as_it_is() -> None:
    page = receipt(40).point([0] * 128 + [255] * 128)
    treatment = treatment_of(page, AUTOMATIC)
    assert (treatment.page, treatment.psm) == (page, 3)
