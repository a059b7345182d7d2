"""Cutting lines out of a page: upright, and of the height that the recognition model reads."""

import math
from typing import Final

import cv2
import numpy as np

from adapters.engines.geometry import Quad
from adapters.ppocr.runtime import Pixels

#: Height of a line for the model, in pixels.
HEIGHT: Final = 48
#: Lines are squeezed to this share of their width: a tenth less work, for 0.003 of F1.
_SQUEEZE: Final = 0.9
#: Greatest width of a line for the model; what is longer is squeezed more.
_MOST_WIDTH: Final = 3200
#: Least ratio of height to width of a line that is read from top to bottom.
_DOWN: Final = 1.5


def cut_line(page: Pixels, quad: Quad) -> Pixels:
    """Return the line at ``quad``, of height :data:`HEIGHT`; a line that runs down is turned to the left first."""
    top_left, top_right, bottom_right, bottom_left = quad
    width = max(1, int(max(math.dist(top_left, top_right), math.dist(bottom_left, bottom_right))))
    height = max(1, int(max(math.dist(top_left, bottom_left), math.dist(top_right, bottom_right))))
    target = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(np.array(quad, np.float32), target)
    cut = cv2.warpPerspective(page, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    if height >= _DOWN * width:
        cut = cv2.rotate(cut, cv2.ROTATE_90_COUNTERCLOCKWISE)
    length = min(_MOST_WIDTH, max(1, round(_SQUEEZE * HEIGHT * cut.shape[1] / cut.shape[0])))
    return np.asarray(cv2.resize(cut, (length, HEIGHT), interpolation=cv2.INTER_LINEAR), np.uint8)
