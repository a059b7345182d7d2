"""Joining words to a line: which scripts put a blank between words.

Chinese, Japanese, Thai, Lao, Khmer and Burmese are written without blanks between words. Engines return each word, and
often each letter, by itself in every script.
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


def join_words(words: Iterable[str]) -> str:
    """Return the words as a line in NFC: joined by blanks, except between two letters of scripts that have none."""
    line = ""
    for word in words:
        line += f" {word}" if line and blank_between(line, word) else word
    return nfc(line)


def blank_between(word: str, following: str) -> bool:
    """Return whether a blank stands between two words: not between two letters of scripts that have none."""
    return not (_LETTER.match(word[-1:]) and _LETTER.match(following))


def blanks_in(text: str, words: Sequence[str]) -> Sequence[bool]:
    """Return for each word but the first whether a blank stands before it in this text of their line.

    Where the text has other letters than the words, their scripts decide.
    """
    lengths = [len(letters(word)) for word in words]
    if letters(text) != letters("".join(words)):
        return [blank_between(one, other) for one, other in pairwise(words)]
    blanks = set(accumulate(len(letters(part)) for part in text.split()))
    return [end in blanks for end in accumulate(lengths[:-1])]


def is_without_blanks(character: str) -> bool:
    """Return whether the character belongs to a script without blanks between words."""
    return _LETTER.match(character) is not None


def letters(text: str) -> str:
    """Return a text without its blanks and line ends, in NFD, so that two texts can be compared."""
    return nfd("".join(text.split()))
