import pytest

from adapters.pdf.page_size import page_size
from adapters.pdf.picture import Coding, Colours, EmbeddedPicture


def picture(width: int, height: int, dpi: tuple[float, float] | None = None, orientation: int = 1) -> EmbeddedPicture:
    return EmbeddedPicture(width, height, Colours.GREY, 8, Coding.PNG, orientation, dpi)


def test_the_file_says_how_large_a_page_is() -> None:
    assert page_size(picture(600, 300, (300, 150))) == (144, 144)


def test_without_a_resolution_the_longer_side_is_that_of_a4() -> None:
    width, height = page_size(picture(1755, 2340))
    assert (width, height) == pytest.approx((11.7 * 72 * 0.75, 11.7 * 72))


@pytest.mark.parametrize(("side", "inches"), [(150, 1), (6000, 20)])
def test_a_resolution_that_is_assumed_is_held_between_150_and_300(side: int, inches: int) -> None:
    assert page_size(picture(side, side)) == pytest.approx((72 * inches, 72 * inches))


def test_a_picture_that_is_shown_on_its_side_makes_such_a_page() -> None:
    assert page_size(picture(600, 300, (150, 300), orientation=6)) == (144, 144)
    assert page_size(picture(600, 300, (300, 300), orientation=8)) == (72, 144)


def test_no_side_is_longer_than_viewers_accept() -> None:
    width, height = page_size(picture(32_000, 16_000, (50, 50)))
    assert (width, height) == pytest.approx((14_400, 7_200))
