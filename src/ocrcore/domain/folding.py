"""Folding: a text as the units that searches compare, in every script.

A unit is a word, without case and accents. Scripts without blanks between words (Chinese, Japanese, Thai and others)
have a unit for each letter instead, and so has every emoji or other symbol. Everything else separates units.

Folding is NFKC, casefold, and NFC without accents: marks above and below letters of alphabets, points of Hebrew and
Arabic. Marks that are part of the writing, such as vowel signs of Devanagari, tones of Thai and the voicing marks of
Kana, stay. Characters that show nothing, such as soft hyphens and joiners, count as absent.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import islice
from typing import Final

from ocrcore.domain.joining import is_without_blanks

#: Of a longer word, the first so many characters count.
MAX_UNIT: Final = 64
#: Of a longer text, the first so many units count: twice as many as a page of a newspaper has.
MAX_UNITS: Final = 20_000

#: Everything between characters of ASCII that are neither letters nor digits.
_CHUNK: Final = re.compile(r"[^\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+")
#: Longer chunks are of scripts without blanks and seldom come twice.
_SHORT: Final = 40
#: More marks on one letter belong to no writing; to order them takes quadratic time.
_LONGEST_CLUSTER: Final = 16
_HEBREW_AND_ARABIC_POINTS: Final = range(10, 37)
_ABOVE_AND_BELOW: Final = 200
_VARIATION_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_TATWEEL: Final = "\u0640"
#: The voicing marks of narrow Katakana, which are letters of their own until they are normalised.
_NARROW_MARKS: Final = frozenset("\uff9e\uff9f")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit, and where it stands in the text: ``text[start:end]``."""

    text: str
    start: int
    end: int


def units_of(text: str) -> Sequence[Unit]:
    """Return the units of a text in NFC, in order and at most ``MAX_UNITS``."""
    return list(islice(_units(text), MAX_UNITS))


def stands_alone(unit: str) -> bool:
    """Return whether the unit is a letter of a script without blanks between words."""
    return is_without_blanks(unit[0])


def _units(text: str) -> Iterator[Unit]:
    for chunk in _CHUNK.finditer(text):
        letters, at = chunk[0], chunk.start()
        if letters.isascii():
            yield Unit(letters.lower()[:MAX_UNIT], at, chunk.end())
            continue
        for unit in _units_of_short(letters) if len(letters) <= _SHORT else _units_of_chunk(letters):
            yield Unit(unit.text, at + unit.start, at + unit.end)


@lru_cache(maxsize=4096)
def _units_of_short(chunk: str) -> Sequence[Unit]:
    return list(_units_of_chunk(chunk))


def _units_of_chunk(chunk: str) -> Iterator[Unit]:
    word, start, end = "", 0, 0
    for at, after in _clusters(chunk):
        for part in _fold(chunk[at:after]):
            kind = _kind(part)
            if kind is _Kind.LETTER or (kind is _Kind.MARK and word):
                start = start if word else at
                word, end = word + part, after
                continue
            if word:
                yield Unit(word[:MAX_UNIT], start, end)
                word = ""
            if kind is _Kind.UNIT:
                yield Unit(part, at, after)
    if word:
        yield Unit(word[:MAX_UNIT], start, end)


def _clusters(chunk: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each character with the marks after it."""
    start = 0
    for at in range(1, len(chunk)):
        is_mark = unicodedata.combining(chunk[at]) or chunk[at] in _NARROW_MARKS
        if not is_mark or at - start == _LONGEST_CLUSTER:
            yield start, at
            start = at
    yield start, len(chunk)


@lru_cache(maxsize=16_384)
def _fold(cluster: str) -> str:
    plain = unicodedata.normalize("NFKC", _VARIATION_SELECTORS.sub("", cluster)).casefold()
    letters = (letter for letter in unicodedata.normalize("NFKD", plain) if not _is_dropped(letter))
    return unicodedata.normalize("NFC", "".join(letters)).casefold()


def _is_dropped(letter: str) -> bool:
    mark = unicodedata.combining(letter)
    return (
        mark in _HEBREW_AND_ARABIC_POINTS
        or mark >= _ABOVE_AND_BELOW
        or letter == _TATWEEL
        or unicodedata.category(letter) == "Cf"
    )


class _Kind(Enum):
    """What a folded character is to its unit."""

    #: A part of a word.
    LETTER = "letter"
    #: A part of a word, but not its first.
    MARK = "mark"
    #: A unit by itself.
    UNIT = "unit"
    #: Between units.
    GAP = "gap"


@lru_cache(maxsize=16_384)
def _kind(character: str) -> _Kind:
    category = unicodedata.category(character)
    if category == "So" or (category[0] in "LNM" and is_without_blanks(character)):
        return _Kind.UNIT
    if category[0] == "M":
        return _Kind.MARK
    return _Kind.LETTER if category[0] in "LN" else _Kind.GAP
