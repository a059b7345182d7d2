"""Lines and readings for the tests."""

import numpy as np

from adapters.ppocr.crops import HEIGHT
from adapters.ppocr.readings import COLUMN, Reading
from adapters.ppocr.text_line import TextLine


def reading(text: str, confidence: float = 1.0, *, start: int = 0, unsure: str = "") -> Reading:
    """Return a text with a letter in every second column; letters of ``unsure`` have a confidence of 0.5."""
    columns = tuple(range(start, start + 2 * len(text), 2))
    return Reading(tuple(text), columns, tuple(0.5 if letter in unsure else confidence for letter in text))


def line(*inked: range, columns: int = 40) -> TextLine:
    """Return a line that is black in these columns of the model and white elsewhere."""
    pixels = np.full((HEIGHT, columns * COLUMN), 255, np.uint8)
    for run in inked:
        pixels[:, run.start * COLUMN : run.stop * COLUMN] = 0
    return TextLine(pixels)
