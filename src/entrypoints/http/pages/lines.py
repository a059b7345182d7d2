"""The lines of a page, to be corrected: what each says, and where it is on the picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ocrcore import Layout, PageText, Place
from ocrcore.domain.correction import texts_at
from ocrcore.domain.layout import Box, Line, turned_box

#: A word with less confidence is doubtful.
WEAK: Final = 75.0
#: What is seen of the picture above and below a line, in its height; and its least height in pixels.
_MARGIN, _LEAST = 0.4, 8


@dataclass(frozen=True, slots=True)
class EditLine:
    """A line of a page in a form."""

    number: int
    #: What is in its input, and what the page has.
    text: str
    was: str
    #: The part of the page, turned as it was read, where it is: x, y, width and height.
    part: Box
    confidence: float | None

    @property
    def is_weak(self) -> bool:
        """Whether one of its words is doubtful."""
        return self.confidence is not None and self.confidence < WEAK


def lines_of(page: PageText, typed: Mapping[int, str] | None = None) -> Sequence[EditLine]:
    """Return the lines of a page as recognised, with what they say now, or what somebody has typed."""
    lines = page.layout.lines
    texts = texts_at([Place(number, None) for number in range(len(lines))], page.layout, page.corrections)
    return [
        EditLine(
            number,
            (typed or {}).get(number, was),
            was,
            _part(line, page.layout),
            min((word.confidence for word in line.words if word.confidence is not None), default=None),
        )
        for number, (line, was) in enumerate(zip(lines, texts, strict=True))
    ]


def _part(line: Line, layout: Layout) -> Box:
    """Return the part of the page, turned as it was read, with a line and what is near it: x, y, width and height."""
    x0, y0, x1, y1 = layout.clipped(line.bbox)
    margin = int(_MARGIN * max(min(y1 - y0, x1 - x0), _LEAST))
    near = layout.clipped((x0 - margin, y0 - margin, x1 + margin, y1 + margin))
    left, top, right, bottom = turned_box(near, (layout.width, layout.height), layout.rotation)
    return left, top, right - left, bottom - top
