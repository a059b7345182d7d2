"""Room in a text layer for the letters of a stamp, which can be searched already. For walled processes only."""

from collections.abc import Sequence
from typing import Final

import pikepdf
from pikepdf import Page, Pdf

from adapters.imaging.pdf.page_boxes import Box
from adapters.pdf.glyphs import WIDTH

Matrix = tuple[float, float, float, float, float, float]

#: How far above its baseline the middle of a word is, in sizes.
_MIDDLE: Final = 0.3
#: How far a letter of a stamp reaches to its sides, in parts of its height: as far as the gap to the next one.
_BESIDE: Final = 0.3


def leave_room(layers: Pdf, text: Page, to_page: Matrix, letters: Sequence[Box]) -> None:
    """Take the words out of a page of the layer whose middle lies on one of these letters of the page below it.

    The layer is one of :mod:`adapters.pdf.text_layer`: each word is shown by itself, and so is a blank behind it.
    """
    kept = []
    size, stretch, matrix = 0.0, 100.0, to_page
    is_word = is_gone = False
    for instruction in pikepdf.parse_content_stream(text):
        match str(instruction.operator):
            case "Tf":
                size = float(instruction.operands[1])
            case "Tz":
                stretch = float(instruction.operands[0])
            case "Tm":
                a, b, c, d, e, f = map(float, instruction.operands)
                matrix = a, b, c, d, e, f
            case "Tj":
                is_word = not is_word
                if is_word:
                    width = len(bytes(instruction.operands[0])) / 2 * WIDTH / 1000 * size * stretch / 100
                    is_gone = _is_on(_after(_after((width / 2, _MIDDLE * size), matrix), to_page), letters)
                if is_gone:
                    continue
        kept.append(instruction)
    shows = any(str(instruction.operator) == "Tj" for instruction in kept)
    text.obj.Contents = layers.make_stream(pikepdf.unparse_content_stream(kept) if shows else b"")


def _after(point: tuple[float, float], matrix: Matrix) -> tuple[float, float]:
    (x, y), (a, b, c, d, e, f) = point, matrix
    return a * x + c * y + e, b * x + d * y + f


def _is_on(point: tuple[float, float], letters: Sequence[Box]) -> bool:
    x, y = point
    for left, bottom, right, top in letters:
        more = _BESIDE * max(right - left, top - bottom)
        if left - more <= x <= right + more and bottom - more <= y <= top + more:
            return True
    return False
