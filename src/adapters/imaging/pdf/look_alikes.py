"""Letters that no engine tells apart by their shape, told apart by their height and their place on the line.

A small ``o`` is as tall as ``x``, and a ``0`` as tall as ``1`` and ``2``; a ``g`` reaches below the line, and a ``9``
does if ``3``, ``4``, ``5`` and ``7`` do. So a font whose ``0`` means ``o`` is found out.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Final

from adapters.imaging.pdf.paragraphs import Letter

#: Letters as tall as ``x``, digits as tall as ``0``, and digits as deep as ``9``.
_LOW: Final = frozenset("acemnrsuvwxz")
_DIGITS: Final = frozenset("12")
_DEEP: Final = frozenset("3457")
#: Letters that stand on the line.
_ON_THE_LINE: Final = _LOW | frozenset("ABDEFHKLMNPRTUXYZ")
#: How much two letters may differ in height, as a factor, and in depth, in heights of the letter.
_TALLER, _DEEPER = 1.2, 0.12

_Key = tuple[int, int]


def may_be_mistaken(letters: Sequence[Letter]) -> bool:
    """Return whether a letter has not the height or the depth of one of its meaning."""
    low, digits = _usual(letters, _LOW, _heights(letters)), _usual(letters, _DIGITS, _heights(letters))
    depths = _depths(letters)
    deep = _usual(letters, _DEEP, depths)
    for letter, height, depth in zip(letters, _heights(letters), depths, strict=True):
        key = _key(letter)
        match letter.text:
            case "o" if height > _TALLER * low.get(key, height):
                return True
            case "0" if not 1 / _TALLER <= height / digits.get(key, height) <= _TALLER:
                return True
            case "g" if depth is not None and depth < _DEEPER * height:
                return True
            case "9" if depth is not None and depth - deep.get(key, depth) > _DEEPER * height:
                return True
    return False


def _key(letter: Letter) -> _Key:
    return letter.font, round(letter.size)


def _heights(letters: Sequence[Letter]) -> Sequence[float]:
    return [letter.box[3] - letter.box[1] for letter in letters]


def _depths(letters: Sequence[Letter]) -> Sequence[float | None]:
    """Return how far each letter reaches below the last one that stands on the line, or None if there is not one."""
    depths: list[float | None] = []
    line: Letter | None = None
    for letter in letters:
        if letter.text in _ON_THE_LINE:
            line = letter
        beside = (
            line is not None and _key(line) == _key(letter) and line.box[1] < letter.box[3] < line.box[3] + letter.size
        )
        depths.append(letter.box[3] - line.box[3] if line is not None and beside else None)
    return depths


def _usual(letters: Sequence[Letter], of: frozenset[str], values: Sequence[float | None]) -> Mapping[_Key, float]:
    """Return the median of the values of some letters, for each font and size."""
    found = defaultdict(list)
    for letter, value in zip(letters, values, strict=True):
        if letter.text in of and value is not None:
            found[_key(letter)].append(value)
    return {key: median(values) for key, values in found.items()}
