"""The text layer: the words of a page as invisible text, so that they can be searched and copied.

Each word is shown at its place and stretched to its width. Viewers rebuild lines and columns from places and sizes
alone, and each in its own way, so the sizes of the text must be those of a printed page:

- Lines of about the same height have one size. It is large enough for the distance of these lines: programs take lines
  that are further apart than 1.5 sizes for columns of their own.
- Lines of a page that was turned to be read run along the direction in which they were read.
- The words of a line share a baseline, which may be inclined. It is the engine's, or else one that is under their
  letters, not under their descenders.
- Behind every word stands a blank, which reaches to the next word. Without one behind the last, lines are glued.
- Words that touch are pushed apart, or they are glued.
- Letters of scripts that are written from right to left are placed as they are seen. The words keep their order.

Source: ISO 32000-1, 9.4; the sizes were found by trying, on poppler, PDFium, pdfminer and pypdf.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, zip_longest
from statistics import linear_regression, median
from typing import Final

from adapters.pdf.glyphs import DESCENT, WIDTH, Glyphs
from ocrcore.domain.joining import blanks_in
from ocrcore.domain.layout import Box, Layout, Line, Word, around, turned_box
from ocrcore.formats.xml_text import plain

#: The name of the font in the resources of a page.
FONT: Final = "F0"
_INVISIBLE: Final = 3
#: How far letters reach above the baseline and below it, in sizes: those like x, those like b or B, and Ä.
_X_HEIGHT, _ASCENT, _ACCENTED, _DESCENT = 0.54, 0.74, 0.95, 0.22
_LOW: Final = frozenset(  # letters like x of three alphabets
    "acegmnopqrsuvwxyzıαγεηικμνοπρστυχωагдежзиклмнопрстухцчшщъыьэюя.,:;-_~+=<>·"  # noqa: RUF001 - that some look alike is no accident
)
#: The last letter of the Greek and Cyrillic alphabets; letters of later ones fill the size.
_LAST_OF_EUROPE: Final = "\u052f"
#: The largest distance of two lines in sizes, and how much the size is enlarged for it at most.
_LINES, _LARGEST = 1.42, 1.5
#: How much larger than its group a line may be.
_ALIKE: Final = 1.25
#: The share of the narrower line that lies under the other, if both are in one column.
_COLUMN: Final = 0.5
#: The least space between two words, and that behind the last of a line, in sizes.
_LEAST, _LAST = 0.12, 0.25
#: The part of a size under the baseline, where a word of a line has descenders only.
_UNDER: Final = DESCENT / 1000
#: Inclinations outside of these are noise, or no line.
_LEVEL, _STEEP = 0.002, 0.2
#: How much further apart the words of a line on its side are down than across.
_UPRIGHT: Final = 2
_DESCENDERS: Final = re.compile(r"[gjpqy,;()\[\]{}|/\\_QÇç$@§µβγζηξρςφχψщцруфдђќ]")
_NUMBER: Final = re.compile(r"\d(?:[\d.,:/]*\d)?")
#: The widths of letters that may stand above one another: Chinese, Japanese and Korean.
_DOWNWARDS: Final = frozenset({"W", "F"})
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})


@dataclass(frozen=True, slots=True)
class _Baseline:
    slope: float
    offset: float

    def at(self, x: float) -> float:
        return self.slope * x + self.offset


def text_layer(layout: Layout, scale: tuple[float, float], glyphs: Glyphs) -> bytes:
    """Return the operators that show the words of a page; ``scale`` is the size of a pixel in points.

    The page's origin is bottom left, as in every PDF.
    """
    read = layout.turned(layout.rotation)
    shown = zip(map(_shown, read.lines), read.line_texts, strict=True)
    read_lines = [(line, plain(text)) for line, text in shown if line.words]
    if not read_lines:
        return b""
    turns = _turns([line for line, _ in read_lines])
    size = read.width, read.height
    turned = [_merged(_turned(line, turn, size), text) for (line, text), turn in zip(read_lines, turns, strict=True)]
    places = [_Place((turn - layout.rotation) % 360, (layout.width, layout.height), scale) for turn in turns]
    shows = [
        show
        for line, place, size in zip(turned, places, _sizes(turned), strict=True)
        for show in _line(line, size, place, glyphs)
    ]
    return "\n".join(["BT", f"{_INVISIBLE} Tr", *shows, "ET"]).encode()


def _shown(line: Line) -> Line:
    """Return the line without what no text may have, such as control characters."""
    words = [replace(word, text=plain(word.text)) for word in line.words]
    return replace(line, words=tuple(word for word in words if word.text))


def _merged(line: Line, text: str) -> Line:
    """Return the line with letters without blanks between them as one word, or some programs put blanks there."""
    words: list[Word] = []
    blanks = [True, *blanks_in(text, [word.text for word in line.words])]
    for word, has_blank in zip(line.words, blanks, strict=True):
        if not has_blank:
            last = words.pop()
            words.append(Word(last.text + word.text, around([last.bbox, word.bbox]), word.confidence))
        else:
            words.append(word)
    return replace(line, words=tuple(words))


def _turns(lines: Sequence[Line]) -> Sequence[int]:
    """Return by how many degrees clockwise each line is turned: 0, 90 or 270.

    The words of a line on its side are above one another, as are the letters of Chinese that is written downwards. A
    single word is too if it is tall, and it runs as the others do, or downwards in a script that may.
    """
    turns = [_turn(line) for line in lines]
    known = [turn for turn in turns if turn]
    usual = max(set(known), key=known.count) if known else None
    return [_alone(line, usual) if turn is None else turn for line, turn in zip(lines, turns, strict=True)]


def _alone(line: Line, usual: int | None) -> int:
    """Return the turn of a line that is one tall word, where the others have this one, if any."""
    if usual is not None:
        return usual
    return 90 if all(unicodedata.east_asian_width(letter) in _DOWNWARDS for letter in line.words[0].text) else 0


def _turn(line: Line) -> int | None:
    first, last = line.words[0].bbox, line.words[-1].bbox
    across, down = (first[at] + first[at + 2] - last[at] - last[at + 2] for at in (0, 1))
    if abs(down) > _UPRIGHT * abs(across):
        return 270 if down > 0 else 90
    left, top, right, bottom = line.words[0].bbox
    is_tall = len(line.words) == 1 and len(line.words[0].text) > 1 and bottom - top > right - left
    return None if is_tall else 0


def _turned(line: Line, turn: int, page: tuple[int, int]) -> Line:
    """Return a line as it is on the page turned back. A line on its side has no baseline that is known."""
    if turn == 0:
        return line

    def moved(box: Box) -> Box:
        return turned_box(box, page, -turn)

    return Line(moved(line.bbox), tuple(replace(word, bbox=moved(word.bbox)) for word in line.words))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where text goes whose lines were turned back."""

    #: Of the line on the page, in degrees clockwise.
    turn: int
    page: tuple[int, int]
    scale: tuple[float, float]

    @property
    def along(self) -> float:
        """The size of a pixel along the line, in points."""
        return self.scale[1 if self.turn % 180 else 0]

    @property
    def up(self) -> float:
        """The size of a pixel from line to line, in points."""
        return self.scale[0 if self.turn % 180 else 1]

    def matrix(self, x: float, y: float) -> str:
        """Return the text matrix for the point at which a word begins."""
        (width, height), (across, down) = self.page, self.scale
        match self.turn:
            case 90:
                turned, left, top = "0 -1 1 0", width - y, x
            case 180:
                turned, left, top = "-1 0 0 -1", width - x, height - y
            case 270:
                turned, left, top = "0 1 -1 0", y, height - x
            case _:
                turned, left, top = "1 0 0 1", x, y
        return f"{turned} {_number(left * across)} {_number((height - top) * down)}"


def _sizes(lines: Sequence[Line]) -> Sequence[float]:
    """Return the size of the text of each line, in pixels."""
    inks = [median(_size(word) for word in line.words) for line in lines]
    distances = [_distance(line, following) for line, following in pairwise(lines)]
    sizes = [0.0] * len(lines)
    for group in _groups(inks):
        size = median(inks[at] for at in group)
        apart = [distance for at in group if at < len(distances) and (distance := distances[at]) is not None]
        wanted = min(median(apart) / _LINES, _LARGEST * size) if apart else 0.0
        for at in group:
            sizes[at] = max(size, wanted)
    return sizes


def _size(word: Word) -> float:
    """Return the size of a font in which the letters of a word are as tall as they are here."""
    above, below = _X_HEIGHT, 0.0
    for letter in word.text:
        if letter > _LAST_OF_EUROPE:
            above, below = _ASCENT, max(below, _DESCENT)
        elif letter.isupper() and unicodedata.decomposition(letter):
            above = max(above, _ACCENTED)
        elif letter not in _LOW:
            above = max(above, _ASCENT)
    if _DESCENDERS.search(word.text):
        below = _DESCENT
    return max(1, word.bbox[3] - word.bbox[1]) / (above + below)


def _groups(sizes: Sequence[float]) -> Iterator[Sequence[int]]:
    """Yield the lines, by number, whose sizes are alike."""
    group: list[int] = []
    for at in sorted(range(len(sizes)), key=sizes.__getitem__):
        if group and sizes[at] > _ALIKE * sizes[group[len(group) // 2]]:
            yield group
            group = []
        group.append(at)
    yield group


def _distance(line: Line, following: Line) -> int | None:
    """Return how far a line is below the one before, or None if it is not."""
    (left, _, right, bottom), (next_left, _, next_right, next_bottom) = line.bbox, following.bbox
    shared = min(right, next_right) - max(left, next_left)
    in_column = shared > _COLUMN * min(right - left, next_right - next_left)
    return next_bottom - bottom if in_column and next_bottom > bottom else None


def _line(line: Line, size: float, place: _Place, glyphs: Glyphs) -> Iterator[str]:
    """Yield the operators of a line: the words, and a blank behind each that has one."""
    baseline = _baseline(line, size)
    points = size * place.up
    yield f"/{FONT} {_number(points)} Tf"

    def show(text: str, left: float, right: float) -> str:
        natural = len(text) * WIDTH / 1000 * points
        stretched = max((right - left) * place.along, 0.01) / natural * 100
        matrix = place.matrix(left, baseline.at((left + right) / 2))
        return f"{_number(stretched)} Tz {matrix} Tm <{glyphs.encode(text)}> Tj"

    for word, following in zip_longest(line.words, line.words[1:]):
        left, right = _room(word, following, _LEAST * size)
        yield show(_as_seen(word.text), left, right)
        if following is None:
            gap = _LAST * size
            yield show(" ", left - gap, left) if _is_right_to_left(word.text) else show(" ", right, right + gap)
        else:
            yield show(" ", *_between((left, right), following.bbox, _LEAST * size))


def _room(word: Word, following: Word | None, least: float) -> tuple[float, float]:
    """Return the left and right end of a word, cut if the next one of its line begins before it."""
    left, _, right, _ = word.bbox
    if following is None:
        return left, right
    next_left, _, next_right, _ = following.bbox
    if left <= next_left <= right + least:
        return left, max(min(right, next_left - least), left + (right - left) / 4)
    if left - least <= next_right <= right:
        return min(max(left, next_right + least), right - (right - left) / 4), right
    return left, right


def _between(word: tuple[float, float], following: Box, least: float) -> tuple[float, float]:
    """Return the ends of the blank between two words, in either direction of writing."""
    left, right = word
    if following[0] >= right:
        return right, max(following[0], right + least / 2)
    if following[2] <= left:
        return min(following[2], left - least / 2), left
    return right, right + least


def _baseline(line: Line, size: float) -> _Baseline:
    """Return the line under the letters, in pixels from the top."""
    if line.baseline is not None:
        (left, _, _, bottom), (slope, offset) = line.bbox, line.baseline
        return _Baseline(slope, bottom + offset - slope * left)
    without = [word for word in line.words if not _DESCENDERS.search(word.text)]
    under = 0.0 if without else _UNDER * size
    points = [((word.bbox[0] + word.bbox[2]) / 2, word.bbox[3] - under) for word in without or line.words]
    slope = _slope(points, size)
    return _Baseline(slope, median(y - slope * x for x, y in points))


def _slope(points: Sequence[tuple[float, float]], size: float) -> float:
    columns = [x for x, _ in points]
    if max(columns) - min(columns) < 3 * size:
        return 0.0
    slope = linear_regression(columns, [y for _, y in points]).slope
    return slope if _LEVEL < abs(slope) < _STEEP else 0.0


def _as_seen(text: str) -> str:
    """Return the letters from left to right. Numbers run so in every script."""
    if not _is_right_to_left(text):
        return text
    return _NUMBER.sub(lambda number: number[0][::-1], text[::-1])


def _is_right_to_left(text: str) -> bool:
    directions = {unicodedata.bidirectional(letter) for letter in text}
    return bool(directions & _RIGHT_TO_LEFT) and "L" not in directions


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"
