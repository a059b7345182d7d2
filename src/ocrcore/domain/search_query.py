"""The language of searches: ``words``, ``"two words"`` as a phrase, ``word*`` for its beginning.

A page is found if it has every word and phrase of the query. What is written without a blank is a phrase: ``AB-4711``
is found where ``AB`` stands before ``4711``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NoReturn

from ocrcore.domain.errors import InvalidPage
from ocrcore.domain.folding import stands_alone, units_of
from ocrcore.domain.normal_forms import nfc

#: Longest query, in characters.
MAX_QUERY: Final = 500
#: Most units in a query.
_MAX_UNITS: Final = 50

_QUOTES: Final = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02", '"'))
_PARTS: Final = re.compile(r'"([^"]*)"|([^\s"]+)')


@dataclass(frozen=True, slots=True)
class Phrase:
    """Units that follow each other on a page; at least one."""

    units: tuple[str, ...]
    #: Whether the last unit is the beginning of a word.
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What a page must have; at least one phrase."""

    phrases: tuple[Phrase, ...]


def parse_query(text: str) -> SearchQuery:
    """Return the query. Raises ``InvalidPage`` for one that is empty, too long, or has a quote without an end."""
    if len(text) > MAX_QUERY:
        _refuse(f"q may have {MAX_QUERY} characters; it has {len(text)}.")
    plain = nfc(text.translate(_QUOTES))  # as texts are stored
    if plain.count('"') % 2:
        _refuse('q has a quote without an end; a phrase is written "two words".')
    phrases = tuple(dict.fromkeys(_phrases(plain)))
    if not phrases:
        _refuse("q needs a word to search for; it has no letter and no digit.")
    if sum(len(phrase.units) for phrase in phrases) > _MAX_UNITS:
        _refuse(f"q may have {_MAX_UNITS} words.")
    return SearchQuery(phrases)


def _phrases(text: str) -> Iterator[Phrase]:
    for quoted, bare in _PARTS.findall(text):
        part = quoted or bare
        units = tuple(unit.text for unit in units_of(part))
        if units:
            yield Phrase(units, is_open=_is_open(part, units[-1]))


def _is_open(part: str, last: str) -> bool:
    """Return whether the part ends with a star. A letter that is a unit by itself is no beginning of another."""
    return part.rstrip().endswith("*") and last.isalnum() and not stands_alone(last)


def _refuse(sentence: str) -> NoReturn:
    raise InvalidPage(sentence)
