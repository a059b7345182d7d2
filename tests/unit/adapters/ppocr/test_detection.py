"""Lines of text from what the detection model says of a page."""

from itertools import pairwise, product

import numpy as np
import pytest

from adapters.ppocr.detection import Detector, parts_of
from adapters.ppocr.runtime import Floats


def test_every_line_of_a_dense_page_is_found() -> None:
    """Also where specks, which come first as they are further down, outnumber the lines."""
    size = 1280
    rows, columns = range(4, 640, 16), range(4, size - 16, 16)
    page = np.full((2 * size, 2 * size), 255, np.uint8)
    for y in rows:
        for x in columns:
            page[2 * y : 2 * y + 12, 2 * x : 2 * x + 20] = 0
    for across, down in product((0, 1), repeat=2):
        page[1320 + down :: 8, 8 + across :: 8] = 0

    def answer(values: Floats) -> Floats:
        return np.where(values < 0, np.float32(0.9), np.float32(0))

    found = Detector(answer).find(page)
    assert len(found) == len(rows) * len(columns) > 2000


@pytest.mark.parametrize("size", [(2560, 3620), (3620, 2560), (1700, 5300), (640, 9000), (9000, 640)])
def test_a_large_page_is_seen_in_parts_and_each_of_its_lines_is_found_once(size: tuple[int, int]) -> None:
    seen = []

    def answer(values: Floats) -> Floats:
        seen.append(values.shape[2:])
        return (values < 0).astype(np.float32)

    width, height = size
    page = np.full((height, width), 255, np.uint8)
    corners = [(x, y) for y in range(40, height - 80, 160) for x in range(40, width - 200, 400)]
    for x, y in corners:
        page[y : y + 40, x : x + 160] = 0
    found = sorted((round(quad[0][1]), round(quad[0][0])) for quad in Detector(answer).find(page))
    assert len(found) == len(corners)
    for (row, column), (x, y) in zip(found, sorted(corners, key=lambda corner: corner[::-1]), strict=True):
        assert y - 60 < row < y
        assert x - 60 < column < x
    assert len(seen) > 1
    assert len(set(seen)) == 1  # a runtime prepares itself for each size
    assert max(rows * columns for rows, columns in seen) <= 1_400_000


@pytest.mark.parametrize("height", range(64, 9000, 64))
def test_parts_cover_a_page_and_overlap(height: int) -> None:
    for width in (64, 640, 1280):
        parts = parts_of(height, width)
        assert (parts[0].start, parts[-1].stop) == (0, height)
        assert len({len(part) for part in parts}) == 1
        assert all(part.stop - after.start >= 128 for part, after in pairwise(parts))


def test_a_page_of_a_receipt_is_seen_as_a_whole() -> None:
    seen = []

    def answer(values: Floats) -> Floats:
        seen.append(values.shape)
        return np.zeros_like(values)

    assert Detector(answer).find(np.full((2100, 1000), 255, np.uint8)) == []
    assert seen == [(1, 1, 1344, 640)]
