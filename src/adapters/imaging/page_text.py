"""The text that a page of a PDF has itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from ocrcore.domain.layout import Box, Line


@dataclass(frozen=True, slots=True)
class PrintedWord:
    """A word, with what is needed to compare it with the picture of the page."""

    text: str
    #: On the page as it lies, as all boxes here.
    bbox: Box
    #: The size of its font, in pixels.
    size: float
    #: Letters -> the number of the font that draws them, in their order.
    fonts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PageFont:
    """A font of a page."""

    #: Of the program that draws its letters and of all that says what they mean; None if that is not known.
    digest: bytes | None = None
    #: Whether its letters cannot mean others, because PDFium draws them by their meaning.
    is_standard: bool = False


@dataclass(frozen=True, slots=True)
class PageText:
    """The text of a page, in the order of reading."""

    paragraphs: Sequence[Sequence[Line]]
    words: Sequence[PrintedWord]
    #: By the numbers that words name.
    fonts: Sequence[PageFont]
    #: By how many degrees clockwise the page is turned to be read.
    rotation: int
    #: The name and version of the program that found it.
    program: str
    #: Width and height of the page in pixels, to which the boxes belong, and its dots per inch.
    size: tuple[int, int]
    dpi: float
