"""The words of a page as markup: over its picture, and as a text beside it.

A page has thousands of words, so their markup is not left to a template, and has nothing that the script can find for
itself: a word on the picture is one element, whose box follows from where its letters stand; ``w12`` and ``t12`` are
the same word on the picture and in the text. A word is corrected at its place in its line, unless ``data-word`` names
another, and with its whole line where the line has ``data-whole``.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from markupsafe import Markup, escape

from entrypoints.http.pages.lines import WEAK
from entrypoints.http.pages.speech import Speech
from ocrcore import Correction, PageText, Place
from ocrcore.domain.correction import corrected_layout, differing, text_at, word_places
from ocrcore.domain.errors import InvalidPage
from ocrcore.domain.layout import Box, Layout, Line, Word
from ocrcore.domain.search_query import parse_query
from ocrcore.domain.snippet import boxes

#: How much higher than wide the box of a word is that runs downwards, and how many letters it has.
_UPRIGHT, _LETTERS = 1.5, 2
#: The share of a line's height that letters such as p have below the baseline.
_BELOW: Final = 0.2


@dataclass(frozen=True, slots=True)
class ShownPage:
    """The words of a page, turned as it was read."""

    width: int
    height: int
    #: Degrees clockwise by which the picture is turned, and its own size.
    rotation: int
    picture: tuple[int, int]
    #: The words as SVG, in reading order; and as paragraphs of HTML, empty for a page without words.
    drawn: Markup
    reading: Markup
    #: How many words are doubtful, found by the search, and corrected.
    weak: int
    found: int
    corrected: int


def shown_page(text: PageText, q: str, say: Speech) -> ShownPage:
    """Return the words of a page with the corrections that stand; those that the query finds are marked."""
    layout = corrected_layout(text.layout, text.corrections)
    read = layout.turned(layout.rotation)
    writer = _Writer(text, _found(read, q), say)
    places = iter(word_places(text.layout, text.corrections))
    reading = [f'<p dir="auto">{writer.lines(paragraph, places)}</p>\n' for paragraph in read.paragraphs]
    return ShownPage(
        read.width,
        read.height,
        layout.rotation,
        (layout.width, layout.height),
        Markup("\n").join(map(Markup, writer.drawn)),
        Markup("").join(map(Markup, reading)),
        writer.weak,
        writer.found,
        writer.corrected,
    )


class _Writer:
    """Writes the words of one page, and counts them."""

    def __init__(self, text: PageText, found: frozenset[Box], say: Speech) -> None:
        self._text, self._found, self._say = text, found, say
        self._corrections: Mapping[Place, Correction] = differing(text.layout, text.corrections)
        self._numbers = count()
        self.drawn: list[str] = []
        self.weak = self.found = self.corrected = 0

    def lines(self, paragraph: Sequence[Line], places: Iterator[Sequence[Place]]) -> str:
        """Return the text of a paragraph, and draw its words; the places are those of the words of each line."""
        return "<br>".join(self._line(line, next(places)) for line in paragraph)

    def _line(self, line: Line, places: Sequence[Place]) -> str:
        whole, at, parts = line.text, 0, []
        for index, (word, place) in enumerate(zip(line.words, places, strict=True)):
            start = max(whole.find(word.text, at), at)
            parts += [whole[at:start], self._word(word, place, index)]
            at = start + len(word.text)
        first = places[0]
        kept = " data-whole" if first.word is None else ""
        return f'<span class="line" data-line="{first.line}"{kept}>{"".join(parts)}\n</span>'

    def _word(self, word: Word, place: Place, index: int) -> str:
        """Draw a word, and return it as a part of its line."""
        number, text, correction = next(self._numbers), str(escape(word.text)), self._corrections.get(place)
        marks = ""
        if word.confidence is not None and word.confidence < WEAK:
            marks, self.weak = " weak", self.weak + 1
        if word.bbox in self._found:
            marks, self.found = f"{marks} found", self.found + 1
        self.drawn.append(_drawn(word, number, text, marks))
        told = ""
        if correction is not None:
            told, self.corrected = f' title="{escape(self._correction(correction))}"', self.corrected + 1
            marks += " corrected"
        elif word.confidence is not None:
            told = f' data-sure="{word.confidence:.0f}"'
        elsewhere = f' data-word="{place.word}"' if place.word not in {None, index} else ""
        return f'<span id="t{number}" class="word{marks}"{elsewhere}{told}>{text}</span>'

    def _correction(self, correction: Correction) -> str:
        was = text_at(correction.place, self._text.layout, ())
        when = self._say.exact(correction.at)
        return self._say("item.corrected.by", was=was, who=correction.actor, when=when)


def _drawn(word: Word, number: int, text: str, marks: str) -> str:
    x0, y0, x1, y1 = word.bbox
    width, height = x1 - x0, y1 - y0
    signs = f'<rect class="box-found" x="{x0}" y="{y0}" width="{width}" height="{height}"/>' if "found" in marks else ""
    signs += f'<path class="wave" d="M{x0} {y1 + 2}h{width}"/>' if "weak" in marks else ""
    if len(word.text) > _LETTERS and height > _UPRIGHT * width:
        size, length = width, height
        place = f'x="{x0}" y="{y0}" transform="rotate(90 {x0} {y0}) translate(0 {-_BELOW * width:.1f})"'
    else:
        is_rtl, size, length = _is_rtl(word.text), height, width
        place = f'x="{x1 if is_rtl else x0}" y="{y1 - _BELOW * height:.1f}"'
        place += ' direction="rtl"' if is_rtl else ""
        marks += " rtl" if is_rtl else ""
    return (
        f'{signs}<text class="w{marks}" id="w{number}" {place} font-size="{size}" textLength="{length}"'
        f' lengthAdjust="spacingAndGlyphs">{text}</text>'
    )


def _is_rtl(text: str) -> bool:
    """Return whether a text is read from right to left."""
    return not text.isascii() and any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text)


def _found(layout: Layout, q: str) -> frozenset[Box]:
    """Return the boxes of the words that a search finds; none for a query that is none."""
    if not q.strip():
        return frozenset()
    try:
        return frozenset(boxes(layout, parse_query(q)))
    except InvalidPage:
        return frozenset()
