"""The baselines in Tesseract's hOCR output, which its TSV output lacks."""

import re
from collections.abc import Mapping
from typing import Final

from ocrcore.domain.layout import Baseline, Box

_NUMBER: Final = r"-?\d+(?:\.\d+)?"
#: A line that reads across: others have a text angle instead of a baseline.
_LINE: Final = re.compile(
    rf" id='line_\d+_\d+'[^>]* title=\"bbox (\d+) (\d+) (\d+) (\d+); baseline ({_NUMBER}) ({_NUMBER})[;\"]", re.ASCII
)
_END: Final = "</html>"


def baselines_in(hocr: str) -> Mapping[Box, Baseline]:
    """Return the baselines of lines, by the boxes of the lines. Raises ``ValueError`` for an output that is cut."""
    if not hocr.rstrip().endswith(_END):
        msg = "an hOCR output that is cut"
        raise ValueError(msg)
    found = (line.groups() for line in _LINE.finditer(hocr))
    return {
        (int(x0), int(y0), int(x1), int(y1)): (float(slope), float(offset)) for x0, y0, x1, y1, slope, offset in found
    }
