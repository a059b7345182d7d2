"""How many words are right: the F1 of bags of words, over all pages together.

A word is what stands between blanks, upper-cased, without anything but letters, digits and dots; the usual measure for
scanned receipts.
"""

import re
from collections import Counter
from collections.abc import Iterable


def words(text: str) -> Counter[str]:
    """Return the words of a text as a bag."""
    stripped = (re.sub(r"[^0-9A-Z.]", "", word) for word in text.upper().split())
    return Counter(word for word in stripped if word)


def f1(pairs: Iterable[tuple[str, str]]) -> float:
    """Return the F1 of pairs of what was read and what stands there: 1.0: every word is right."""
    right = read = known = 0
    for text, truth in pairs:
        found, there = words(text), words(truth)
        right += (found & there).total()
        read += found.total()
        known += there.total()
    return 2 * right / (read + known) if right else 0.0
