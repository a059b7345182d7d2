"""Which pages of a document are read: ranges of their numbers, counted from 1."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

#: The list that has all pages.
ALL: Final = "all"
#: ``3``, ``3-7`` or ``3-``.
_RANGE: Final = re.compile(r"([1-9][0-9]{0,5})(-([1-9][0-9]{0,5})?)?", re.ASCII)
#: Most ranges of one list.
_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class PageRanges:
    """A list of ranges; without any, all pages."""

    #: First and last page of each; None: to the end.
    ranges: tuple[tuple[int, int | None], ...] = ()

    def __str__(self) -> str:
        """Return the list, ``1,3-7,9-``, or ``all``."""
        return ",".join(_text(first, last) for first, last in self.ranges) or ALL

    def within(self, pages: int) -> Sequence[int]:
        """Return the numbers that a document of so many pages has, ascending."""
        if not self.ranges:
            return range(1, pages + 1)
        wanted = (range(first, min(pages if last is None else last, pages) + 1) for first, last in self.ranges)
        return sorted({number for numbers in wanted for number in numbers})


EVERY_PAGE: Final = PageRanges()


def parse_pages(text: str) -> PageRanges:
    """Return the ranges of ``1,3-7,9-`` or ``all``. Raises ``ValueError``."""
    parts = [] if text == ALL else text.replace(" ", "").split(",")
    if len(parts) > _MOST:
        raise ValueError
    return PageRanges(tuple(map(_range, parts)))


def _range(text: str) -> tuple[int, int | None]:
    match = _RANGE.fullmatch(text)
    if match is None:
        raise ValueError
    first = int(match[1])
    if match[2] is None:
        return first, first
    last = int(match[3]) if match[3] else None
    if last is not None and last < first:
        raise ValueError
    return first, last


def _text(first: int, last: int | None) -> str:
    if last is None:
        return f"{first}-"
    return str(first) if first == last else f"{first}-{last}"
