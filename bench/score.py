"""The share of correct words: the F1 score of bags of words, over all pages together.

Words are separated by blanks and converted to upper case; only letters, digits and dots count. This is the usual
measure for scanned receipts.
"""

import re
from collections import Counter
from collections.abc import Iterable


def words(text: str) -> Counter[str]:
    """Return how often each word occurs in a text."""
    stripped = (re.sub(r"[^0-9A-Z.]", "", word) for word in text.upper().split())
    return Counter(word for word in stripped if word)


def f1(pairs: Iterable[tuple[str, str]]) -> float:
    """Return the F1 score of pairs of recognised and true text; 1.0 means that every word is correct."""
    return f1_of((words(text), words(truth)) for text, truth in pairs)


def f1_of(pairs: Iterable[tuple[Counter[str], Counter[str]]]) -> float:
    """Return the F1 score of pairs of bags: what was found, and what is there."""
    right = read = known = 0
    for found, there in pairs:
        right += (found & there).total()
        read += found.total()
        known += there.total()
    return 2 * right / (read + known) if right else 0.0
