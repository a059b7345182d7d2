"""Joining words to a line: which scripts put a blank between words.

Chinese, Japanese, Thai, Lao, Khmer and Burmese are written without blanks between words. Engines return each word, and
often each letter, by itself in every script. Some marks, such as curly quotes, are of these scripts and of others: the
letters beside them decide.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import Final

from ocrcore.domain.normal_forms import nfc, nfd

#: Letters and punctuation of scripts without blanks between words (Unicode, Scripts.txt and Blocks.txt).
_WITHOUT_BLANKS: Final = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f"  # Myanmar
    "\u1780-\u17ff"  # Khmer
    "\u2e80-\u2fdf"  # radicals
    "\u3001-\u303f"  # punctuation of Chinese and Japanese
    "\u3040-\u30ff"  # Hiragana, Katakana
    "\u3100-\u312f"  # Bopomofo
    "\u31a0-\u31ff"  # more of these
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
    "\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff9f"  # wide punctuation, narrow Katakana
)
_LETTER: Final = re.compile(f"[{_WITHOUT_BLANKS}]")
#: What is written so beside them, and has no letters of these scripts: wide digits, signs in circles and squares, wide
#: signs of money.
_JOINED: Final = re.compile(f"[{_WITHOUT_BLANKS}\u3200-\u33ff\uff10-\uff19\uffe0-\uffe6]")
#: Marks of all scripts: the middle dot, dashes, quotes, dots.
_MARKS: Final = "\u00b7\u2013\u2014\u2015\u2018\u2019\u201c\u201d\u2025\u2026\u2e3a"
_EACH_MARK: Final = frozenset(_MARKS)


def join_words(words: Iterable[str]) -> str:
    """Return the words as a line in NFC: joined by blanks, except between two letters of scripts that have none."""
    each = [*words]
    line = ""
    for word, blank in zip(each, [False, *blanks_between(each)], strict=False):
        line += f" {word}" if line and blank else word
    return nfc(line)


def blanks_between(words: Sequence[str]) -> Sequence[bool]:
    """Return for each word but the first whether a blank stands before it.

    None stands between two letters of scripts that have none, between such a letter and a mark that all scripts have,
    and between two of these marks beside such a letter.
    """
    behind = _nearest(word.rstrip(_MARKS)[-1:] for word in words)
    ahead = _nearest(word.lstrip(_MARKS)[:1] for word in reversed(words))[::-1]
    return [
        not (_may_join(one[-1:]) and _may_join(other[:1]) and any(map(_JOINED.match, beside)))
        for (one, other), beside in zip(pairwise(words), zip(behind, ahead[1:], strict=False), strict=False)
    ]


def _nearest(found: Iterable[str]) -> Sequence[str]:
    """Return each letter, or in place of an empty one that before it."""
    return [*accumulate(found, _later)]


def _later(before: str, letter: str) -> str:
    return letter or before


def _may_join(character: str) -> bool:
    return _JOINED.match(character) is not None or character in _EACH_MARK


def blanks_in(text: str, words: Sequence[str]) -> Sequence[bool]:
    """Return for each word but the first whether a blank stands before it in this text of their line.

    Where the text has other letters than the words, their scripts decide.
    """
    lengths = [len(letters(word)) for word in words]
    if letters(text) != letters("".join(words)):
        return blanks_between(words)
    blanks = set(accumulate(len(letters(part)) for part in text.split()))
    return [end in blanks for end in accumulate(lengths[:-1])]


def is_without_blanks(character: str) -> bool:
    """Return whether the character belongs to a script without blanks between words."""
    return _LETTER.match(character) is not None


def letters(text: str) -> str:
    """Return a text without its blanks and line ends, in NFD, so that two texts can be compared."""
    return nfd("".join(text.split()))
