"""The normal forms of Unicode, in linear time.

A normal form puts the marks on a letter in order, in quadratic time, and holds the interpreter for so long: a letter
with 500,000 marks takes minutes. No writing has more than a few on a letter, so as many stay as a stream-safe text of
Unicode has (UAX #15, section 13), and the others are dropped.
"""

import re
import unicodedata
from typing import Final

#: Most marks on a letter.
MOST_MARKS: Final = 30
#: A character, and as many behind it that are neither letters, blanks nor ASCII as may be more marks than these: a mark
#: counts as two at most, and a letter may bring three along. All else is quickly seen to be short enough.
_MAYBE_LONG: Final = re.compile(rf"(?s:.)[^\w\s\x00-\x7f]{{{MOST_MARKS // 2 - 1},}}")


def nfc(text: str) -> str:
    """Return a text in NFC. Of the marks on one letter the first thirty stay."""
    return unicodedata.normalize("NFC", _bounded(text))


def nfd(text: str) -> str:
    """Return a text in NFD. Of the marks on one letter the first thirty stay."""
    return unicodedata.normalize("NFD", _bounded(text))


def _bounded(text: str) -> str:
    return text if text.isascii() else _MAYBE_LONG.sub(_shortened, text)


def _shortened(run: re.Match[str]) -> str:
    kept, marks = [], 0
    for character in run[0]:
        size = len(unicodedata.normalize("NFD", character))
        is_mark = unicodedata.category(character).startswith("M")
        marks = marks + size if is_mark else size - 1
        if not is_mark or marks <= MOST_MARKS:
            kept.append(character)
    return "".join(kept)
