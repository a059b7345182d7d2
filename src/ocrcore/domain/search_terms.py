"""Search terms: what the index holds of a page, and which of it a query needs.

The terms of a page are its owner, its units in order, and each two neighbouring units of a script without blanks as a
pair, so that a word of such a script is found by its pairs instead of by its frequent letters. The index finds pages
that have all terms of a query; :func:`has_phrases` then decides by the order of the units.
"""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from hashlib import sha256
from itertools import pairwise
from typing import Final

from ocrcore.domain.folding import stands_alone, units_of
from ocrcore.domain.search_query import Phrase, SearchQuery

#: Marks of terms that are no units. They are characters of no script.
_OWNER: Final = "\ue000"
_PAIR: Final = "\ue001"
_NO_UNIT: Final = re.compile(f"[{_OWNER}{_PAIR}][^ ]* ")


def page_terms(owner: str, text: str) -> str:
    """Return the terms of a page, joined by blanks; the first is its owner's."""
    units = [unit.text for unit in units_of(text)]
    return " ".join([owner_term(owner), *_with_pairs(units)])


def owner_term(owner: str) -> str:
    """Return the term that all pages of an owner have."""
    return _OWNER + sha256(owner.encode()).hexdigest()[:16]


def terms_of(terms: str) -> AbstractSet[str]:
    """Return the different terms in the result of :func:`page_terms`, without the owner's."""
    return frozenset(terms.split(" ")[1:])


def whole_terms(query: SearchQuery) -> AbstractSet[str]:
    """Return the terms that a page must have."""
    return frozenset(term for phrase in query.phrases for term in _needed(_whole_units(phrase)))


def beginnings(query: SearchQuery) -> AbstractSet[str]:
    """Return the beginnings; for each, a page must have a term that begins with it."""
    return frozenset(phrase.units[-1] for phrase in query.phrases if phrase.is_open)


def has_phrases(query: SearchQuery, terms: str) -> bool:
    """Return whether a page with these terms has every phrase of the query."""
    units = _NO_UNIT.sub("", f"{terms} ")
    return all(_pattern(phrase) in f" {units}" for phrase in query.phrases)


def _pattern(phrase: Phrase) -> str:
    return f" {' '.join(phrase.units)}{'' if phrase.is_open else ' '}"


def _whole_units(phrase: Phrase) -> Sequence[str]:
    return phrase.units[:-1] if phrase.is_open else phrase.units


def _with_pairs(units: Sequence[str]) -> Iterator[str]:
    for unit, following in pairwise([*units, ""]):
        yield unit
        if _is_pair(unit, following):
            yield f"{_PAIR}{unit}{following}"


def _needed(units: Sequence[str]) -> Iterator[str]:
    """Yield the terms of a phrase: its pairs, and the units that are in none."""
    before = ""
    for unit, following in pairwise([*units, ""]):
        if _is_pair(unit, following):
            yield f"{_PAIR}{unit}{following}"
        elif not _is_pair(before, unit):
            yield unit
        before = unit


def _is_pair(unit: str, following: str) -> bool:
    return bool(unit and following) and stands_alone(unit) and stands_alone(following)
