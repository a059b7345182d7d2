"""What a hit shows: a piece of the page's text around the words that were found, and their boxes."""

from collections.abc import Iterator, Sequence
from itertools import islice, takewhile
from typing import Final

from ocrcore.domain.folding import units_of
from ocrcore.domain.layout import Box, Layout
from ocrcore.domain.search_query import Phrase, SearchQuery

#: Most characters of a snippet, and how many of them stand before its first find.
_LENGTH: Final = 200
_BEFORE: Final = 60
#: A cut moves by at most this many characters, to the next blank.
_WORD: Final = 20
_MORE: Final = "\u2026"


def snippet(text: str, query: SearchQuery) -> str:
    """Return one line of the text, at most about 200 characters, with as many phrases of the query as fit."""
    units = units_of(text)
    texts = [unit.text for unit in units]
    finds = [
        (units[first].start, units[last].end, place)
        for place, phrase in enumerate(query.phrases)
        for first, last in _finds(phrase, texts)
    ]
    start = max(0, _best_start(sorted(finds)) - _BEFORE)
    if start:
        start = _after_blank(text, start)
    end = min(len(text), start + _LENGTH)
    if end < len(text):
        end = _before_blank(text, end)
    line = " ".join(text[start:end].split())
    return f"{_MORE if start else ''}{line}{_MORE if end < len(text) else ''}"


def boxes(layout: Layout, query: SearchQuery) -> Sequence[Box]:
    """Return the boxes of the words that were found, in reading order and each once."""
    places = [(unit.text, word.bbox) for line in layout.lines for word in line.words for unit in units_of(word.text)]
    units = [text for text, _ in places]
    found = {
        place for phrase in query.phrases for first, last in _finds(phrase, units) for place in range(first, last + 1)
    }
    return list(dict.fromkeys(places[place][1] for place in sorted(found)))


def _finds(phrase: Phrase, units: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last unit of each place where the phrase stands."""
    *whole, last = phrase.units
    length = len(phrase.units)
    for first in range(len(units) - length + 1):
        end = units[first + length - 1]
        if (end.startswith(last) if phrase.is_open else end == last) and units[first : first + length - 1] == whole:
            yield first, first + length - 1


def _best_start(finds: Sequence[tuple[int, int, int]]) -> int:
    """Return where the first snippet begins that holds the most phrases, 0 if there is none."""
    best, most = 0, 0
    for number, (start, _, _) in enumerate(finds):
        limit = start + _LENGTH - _BEFORE
        near = takewhile(lambda find, limit=limit: find[0] < limit, islice(finds, number, None))  # type: ignore[misc]
        inside = {place for _, end, place in near if end <= limit}
        if len(inside) > most:
            best, most = start, len(inside)
    return best


def _after_blank(text: str, at: int) -> int:
    return next((place + 1 for place in range(at, min(at + _WORD, len(text))) if text[place].isspace()), at)


def _before_blank(text: str, at: int) -> int:
    return next((place for place in range(at, max(at - _WORD, 0), -1) if text[place].isspace()), at)
