"""From a line at any place and angle of a page to words with upright boxes."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import linear_regression
from typing import Final

from ocrcore.domain.layout import Baseline, Box, Line, Word, around, baseline_through
from ocrcore.domain.normalisation import normalise_text

Point = tuple[float, float]
#: Four corners in the order top left, top right, bottom right, bottom left, on the page as it is.
Quad = tuple[Point, Point, Point, Point]

#: Least ratio of height to width of a line that is read from top to bottom.
_DOWN: Final = 1.5
#: Most letters of a line that are too few to tell its direction.
_FEW: Final = 2
_FULL_CONFIDENCE: Final = 100.0
#: The steepest baseline of a line that reads across, and how far under its box one may be, in heights of the box.
_STEEPEST, _UNDER = 0.25, 0.5
#: How far parts of one line may stand off its baseline, or rise over it from end to end, in heights of the lowest.
_IN_LINE: Final = 0.15


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter, or the blank between two words, with its place in the line."""

    text: str
    #: Its centre, as a fraction of the line's length from 0 to 1.
    place: float
    #: From 0 to 1.
    confidence: float
    #: Where the ink that it is a part of begins and ends, as fractions of the line's length, if that is known.
    ink: tuple[float, float] | None = None


def words_along(quad: Quad, letters: Sequence[Letter], size: tuple[int, int]) -> tuple[Word, ...]:
    """Return the words of a line at ``quad``, on a page of this size."""
    pitch, run = _pitch(letters), _as_read(quad)
    return tuple(_word(run, word, pitch, size) for word in _split(letters))


def line_of(words: Sequence[Word]) -> Line:
    """Return a line of these words."""
    return Line(around(word.bbox for word in words), tuple(words))


def with_baseline(line: Line, baseline: Baseline | None) -> Line:
    """Return the line with its baseline, or without one that no line of letters has."""
    if baseline is None:
        return line
    (x0, y0, x1, y1), (slope, offset) = line.bbox, baseline
    height = y1 - y0
    ends = (offset, offset + slope * (x1 - x0))
    sound = abs(slope) <= _STEEPEST and all(-height < end <= _UNDER * height for end in ends)
    return replace(line, baseline=baseline if sound else None)


def rows(lines: Sequence[Line]) -> list[Line]:
    """Return the lines in reading order, with lines side by side, as a name and its price, joined into one.

    Lines that run down the page come last, from right to left, as on a page that lies on its side.
    """
    found: list[list[Line]] = []
    for line in sorted((line for line in lines if not _runs_down(line)), key=lambda line: line.bbox[1] + line.bbox[3]):
        if found and all(_beside(line.bbox, other.bbox) for other in found[-1]):
            found[-1].append(line)
        else:
            found.append([line])
    across = [sorted(row, key=lambda line: line.bbox[0]) for row in found]
    down = sorted((line for line in lines if _runs_down(line)), key=lambda line: -line.bbox[2])
    return [_joined(row) for row in across] + down


def _joined(parts: Sequence[Line]) -> Line:
    """Return the line of some that stand side by side. It has a baseline if all of theirs are in one line."""
    if len(parts) == 1:
        return parts[0]
    line = line_of([word for part in parts for word in part.words])
    ends = [end for part in parts for end in _ends(part)]
    if len(ends) < 2 * len(parts):
        return line
    slope, start = linear_regression(*zip(*ends, strict=True))
    off = [y - slope * x - start for x, y in ends]
    rise = (after - before for before, after in zip(off[::2], off[1::2], strict=True))
    if max(map(abs, (*off, *rise))) > _IN_LINE * min(part.bbox[3] - part.bbox[1] for part in parts):
        return line
    return with_baseline(line, baseline_through((0.0, start), slope, line.bbox))


def _ends(line: Line) -> Iterator[Point]:
    """Yield where a line's baseline begins and ends on the page, if it is known."""
    if line.baseline is not None:
        (left, _, right, bottom), (slope, offset) = line.bbox, line.baseline
        yield left, bottom + offset
        yield right, bottom + offset + slope * (right - left)


def _as_read(quad: Quad) -> Quad:
    """Return the corners, starting above the first letter."""
    top_left, top_right, bottom_right, bottom_left = quad
    return (top_right, bottom_right, bottom_left, top_left) if reads_down(quad) else quad


def reads_down(quad: Quad) -> bool:
    """Return whether a line is read from top to bottom, because it is higher than wide."""
    top_left, top_right, bottom_right, bottom_left = quad
    width = max(math.dist(top_left, top_right), math.dist(bottom_left, bottom_right))
    height = max(math.dist(top_left, bottom_left), math.dist(top_right, bottom_right))
    return int(height) >= _DOWN * int(width)


def _runs_down(line: Line) -> bool:
    """Return whether the line is read from top to bottom. A line of one or two letters is merely narrow."""
    x0, y0, x1, y1 = line.bbox
    return y1 - y0 >= _DOWN * (x1 - x0) and len(line.text) > _FEW


def _split(letters: Sequence[Letter]) -> Iterator[list[Letter]]:
    word: list[Letter] = []
    for letter in letters:
        if normalise_text(letter.text):
            word.append(letter)
        elif word:
            yield word
            word = []
    if word:
        yield word


def _pitch(letters: Sequence[Letter]) -> float:
    """Return the width of a letter as a fraction of the line's length."""
    places = [letter.place for letter in letters if normalise_text(letter.text)]
    return (places[-1] - places[0]) / (len(letters) - 1) if len(places) > 1 else 1.0


def _word(quad: Quad, letters: Sequence[Letter], pitch: float, size: tuple[int, int]) -> Word:
    first, last = letters[0], letters[-1]
    ends = first.ink[0] if first.ink else first.place - pitch / 2, last.ink[1] if last.ink else last.place + pitch / 2
    start, end = (min(max(at, 0.0), 1.0) for at in ends)
    corners = [_between(quad[begin], quad[end_], at) for begin, end_ in ((0, 1), (3, 2)) for at in (start, end)]
    confidence = sum(letter.confidence for letter in letters) / len(letters)
    text = normalise_text("".join(letter.text for letter in letters))
    return Word(text, _box(corners, size), round(confidence * _FULL_CONFIDENCE, 2))


def _between(one: Point, other: Point, at: float) -> Point:
    return one[0] + (other[0] - one[0]) * at, one[1] + (other[1] - one[1]) * at


def _box(points: Sequence[Point], size: tuple[int, int]) -> Box:
    """Return the bounding box of the points, at least one pixel and within the page."""
    x0, x1 = _span([x for x, _ in points], size[0])
    y0, y1 = _span([y for _, y in points], size[1])
    return x0, y0, x1, y1


def _span(places: Sequence[float], most: int) -> tuple[int, int]:
    first = min(max(math.floor(min(places)), 0), most - 1)
    return first, min(max(math.ceil(max(places)), first + 1), most)


def _beside(one: Box, other: Box) -> bool:
    """Return whether the centre of each box is within the other's height and outside its width."""
    level = all(_holds(a, b, 1) for a, b in ((one, other), (other, one)))
    return level and not any(_holds(a, b, 0) for a, b in ((one, other), (other, one)))


def _holds(one: Box, other: Box, axis: int) -> bool:
    """Return whether a box contains the centre of another, along x (0) or y (1)."""
    return one[axis] <= (other[axis] + other[axis + 2]) / 2 < one[axis + 2]
