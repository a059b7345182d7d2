"""From letters in the order of a document to words, lines and paragraphs in the order of reading."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

FloatBox = tuple[float, float, float, float]


class Letter(NamedTuple):
    """A letter with its place on the page as it is read, in pixels."""

    text: str
    box: FloatBox
    #: Of its font, in pixels.
    size: float
    #: The number of its font.
    font: int
    #: By how many degrees clockwise the page is turned to read it.
    rotation: int
    #: Whether PDFium found a blank or the end of a line before it.
    after_blank: bool


Run = Sequence[Letter]
Lines = Sequence[Sequence[Run]]

#: How far a letter may be above or below the one before, and to its left, if both are of one line, in sizes.
_OFF, _BACK = 0.5, 0.5
#: The space between columns, in sizes.
_GUTTER: Final = 2.5
#: The distance of two lines of a paragraph, in sizes.
_APART: Final = 1.7
#: Lines under one another whose gaps are one above the other, if they are of two columns; and words on each side.
_COLUMN_LINES, _COLUMN_WORDS = 3, 3
#: Most paragraphs that are put in order.
_MOST: Final = 120


def paragraphs_of(letters: Sequence[Letter]) -> Sequence[Lines] | None:
    """Return the words of the lines of the paragraphs, or None if their order is uncertain.

    Lines across two columns are uncertain, for they may be those of a table.
    """
    lines = [_words(line) for line in _lines(letters)]
    if _across_columns(lines):
        return None
    blocks: list[list[Sequence[Run]]] = []
    for line in lines:
        if blocks and _follows(blocks[-1][-1], line):
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return _in_order(blocks) if len(blocks) <= _MOST else None


def _lines(letters: Sequence[Letter]) -> Sequence[Run]:
    lines: list[list[Letter]] = []
    for letter in letters:
        if lines and _continues(lines[-1][-1], letter):
            lines[-1].append(letter)
        else:
            lines.append([letter])
    return lines


def _continues(last: Letter, letter: Letter) -> bool:
    """Return whether a letter stands behind another one on the same line."""
    size = max(last.size, letter.size)
    level = _shared(last, letter) > 0 or abs(_middle(last) - _middle(letter)) < _OFF * size
    return level and letter.box[0] > last.box[2] - _BACK * size


def _shared(one: Letter, other: Letter) -> float:
    return min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])


def _middle(letter: Letter) -> float:
    return (letter.box[1] + letter.box[3]) / 2


def _words(line: Run) -> Sequence[Run]:
    words = [[line[0]]]
    for letter in line[1:]:
        if letter.after_blank:
            words.append([letter])
        else:
            words[-1].append(letter)
    return words


def _across_columns(lines: Sequence[Sequence[Run]]) -> bool:
    """Return whether some lines under one another have a wide gap at one place, with several words on each side."""
    following, common = 0, (0.0, 0.0)
    for line in lines:
        gap = _widest_gap(line)
        if gap is None:
            following = 0
            continue
        left, right = max(gap[0], common[0]), min(gap[1], common[1])
        following, common = (following + 1, (left, right)) if following and left < right else (1, gap)
        if following >= _COLUMN_LINES:
            return True
    return False


def _widest_gap(line: Sequence[Run]) -> tuple[float, float] | None:
    gaps = [
        (one[-1].box[2], other[0].box[0])
        for at, (one, other) in enumerate(pairwise(line), 1)
        if other[0].box[0] - one[-1].box[2] > _GUTTER * one[-1].size and min(at, len(line) - at) >= _COLUMN_WORDS
    ]
    return max(gaps, key=lambda gap: gap[1] - gap[0], default=None)


def _follows(last: Sequence[Run], line: Sequence[Run]) -> bool:
    """Return whether a line is the next one of a paragraph."""
    one, other = _box([last]), _box([line])
    down = other[3] - one[3]
    size = max(last[0][0].size, line[0][0].size)
    return 0 < down <= _APART * size and min(one[2], other[2]) > max(one[0], other[0])


def _box(lines: Lines) -> FloatBox:
    boxes = [letter.box for line in lines for run in line for letter in run]
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


def _in_order(blocks: Sequence[Lines]) -> Sequence[Lines] | None:
    """Return the blocks in the order of reading, or None if there is none.

    A block comes before one that is below it and shares a part of its width; and before one to its right, unless
    another one lies between them in height and reaches across both. Otherwise the order of the document counts.
    """
    boxes = [_box(block) for block in blocks]
    before = [
        {other for other in range(len(blocks)) if other != at and _comes_before(boxes[other], boxes[at], boxes)}
        for at in range(len(blocks))
    ]
    left, order = list(range(len(blocks))), []
    while left:
        free = next((at for at in left if before[at].isdisjoint(left)), None)
        if free is None:
            return None
        left.remove(free)
        order.append(blocks[free])
    return order


def _comes_before(one: FloatBox, other: FloatBox, boxes: Sequence[FloatBox]) -> bool:
    if _overlap(one, other):
        return _center(one) < _center(other)
    if one[0] >= other[0]:
        return False
    low, high = sorted((_center(one), _center(other)))
    return not any(
        low < _center(between) < high and _overlap(between, one) and _overlap(between, other) for between in boxes
    )


def _overlap(one: FloatBox, other: FloatBox) -> bool:
    return min(one[2], other[2]) > max(one[0], other[0])


def _center(box: FloatBox) -> float:
    return (box[1] + box[3]) / 2
