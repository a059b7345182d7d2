"""The lightest and the darkest level near each pixel, against the filters that sort the levels."""

import random

import pytest
from PIL import Image, ImageFilter

from adapters.imaging.ranks import darkest_near, lightest_near


def noise(width: int, height: int) -> Image.Image:
    levels = random.Random(width * height)  # noqa: S311 - no secret
    return Image.frombytes("L", (width, height), levels.randbytes(width * height))


@pytest.mark.parametrize("reach", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("size", [(1, 1), (2, 9), (9, 2), (31, 17), (64, 64)])
def test_both_are_those_of_a_filter_that_sorts(size: tuple[int, int], reach: int) -> None:
    page = noise(*size)
    assert lightest_near(page, reach).tobytes() == page.filter(ImageFilter.MaxFilter(2 * reach + 1)).tobytes()
    assert darkest_near(page, reach).tobytes() == page.filter(ImageFilter.MinFilter(2 * reach + 1)).tobytes()


def test_a_reach_of_nothing_changes_nothing() -> None:
    page = noise(5, 4)
    assert lightest_near(page, 0).tobytes() == darkest_near(page, 0).tobytes() == page.tobytes()
