import pytest
from PIL import Image, ImageDraw, ImageFont

from adapters.engines.treatment import treatment_of
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
    page = receipt(40)
    treatment = treatment_of(page, AUTOMATIC)
    assert treatment.psm == 6
    assert treatment.page.size == page.size
    assert treatment.page != page


def test_small_letters_are_not_softened() -> None:
    page = receipt(14)
    assert treatment_of(page, AUTOMATIC).page == page


@pytest.mark.parametrize("psm", [1, 4, 6, 11])
def test_with_a_mode_of_the_user_the_page_stays_as_it_is(psm: int) -> None:
    page = receipt(40)
    treatment = treatment_of(page, JobOptions(psm=psm))
    assert (treatment.page, treatment.psm, treatment.invert_threshold) == (page, psm, 0.7)


def test_a_page_in_black_and_white_stays_as_it_is() -> None:
    page = receipt(40).point([0] * 128 + [255] * 128)
    treatment = treatment_of(page, AUTOMATIC)
    assert (treatment.page, treatment.psm) == (page, 3)
