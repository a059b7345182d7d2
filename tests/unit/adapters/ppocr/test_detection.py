"""Lines of text from what the detection model says of a page."""

import numpy as np

from adapters.ppocr.detection import Detector
from adapters.ppocr.runtime import Floats


def test_every_line_of_a_dense_page_is_found() -> None:
    """Also where specks, which come first as they are further down, outnumber the lines."""
    size = 1280
    rows, columns = range(4, 640, 16), range(4, size - 16, 16)

    def answer(_: Floats) -> Floats:
        probable = np.zeros((1, 1, size, size), np.float32)
        for y in rows:
            for x in columns:
                probable[0, 0, y : y + 6, x : x + 10] = 0.9
        probable[0, 0, 660::4, 4::4] = 0.9
        return probable

    found = Detector(answer).find(np.zeros((2560, 2560), np.uint8))
    assert len(found) == len(rows) * len(columns) > 2000
