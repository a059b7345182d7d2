"""How much of a page's text is right: three figures, each over all pages together.

* F1: the words as a bag, in whatever order. The usual measure for scanned receipts.
* F1 in order: the words that are right in the order of the text, so that columns read across are wrong.
* CER, the character error rate: the letters, marks and blanks to be put in, taken out or replaced, for each there is.

Words are separated by blanks; in the first two only letters, digits and dots count. Everything is compared in upper
case.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from alignment import common, edits

#: A recognised and a true text.
Pair = tuple[str, str]
#: Makes the words of a text that count.
Split = Callable[[str], Sequence[str]]


def word_list(text: str) -> Sequence[str]:
    """Return the words of a text in their order; only A to Z, digits and dots count."""
    stripped = (re.sub(r"[^0-9A-Z.]", "", word) for word in text.upper().split())
    return [word for word in stripped if word]


def letters_of_all_scripts(text: str) -> Sequence[str]:
    """Return the words of a text in any language in their order: letters with their accents, and digits."""
    stripped = ("".join(letter for letter in word if letter.isalnum()) for word in text.upper().split())
    return [word for word in stripped if word]


def words(text: str) -> Counter[str]:
    """Return how often each word occurs in a text."""
    return Counter(word_list(text))


def f1(pairs: Iterable[Pair], split: Split = word_list) -> float:
    """Return the F1 score of pairs of recognised and true text; 1.0 means that every word is right."""
    return f1_of((Counter(split(text)), Counter(split(truth))) for text, truth in pairs)


def f1_of(pairs: Iterable[tuple[Counter[str], Counter[str]]]) -> float:
    """Return the F1 score of pairs of bags: what was found, and what is there."""
    right = read = known = 0
    for found, there in pairs:
        right += (found & there).total()
        read += found.total()
        known += there.total()
    return 2 * right / (read + known) if right else 0.0


def f1_in_order(pairs: Iterable[Pair], split: Split = word_list) -> float:
    """Return the F1 score in which only those words are right that stand in the same order in both texts."""
    right = read = known = 0
    for found, there in ((split(text), split(truth)) for text, truth in pairs):
        right += common(found, there)
        read += len(found)
        known += len(there)
    return 2 * right / (read + known) if right else 0.0


def error_rate(pairs: Iterable[Pair]) -> float:
    """Return the character error rate; 0.0 means that every letter is right. Runs of blanks and line ends are one."""
    wrong = known = 0
    for found, there in ((_plain(text), _plain(truth)) for text, truth in pairs):
        wrong += edits(found, there)
        known += len(there)
    return wrong / known if known else 0.0


def _plain(text: str) -> str:
    return " ".join(text.upper().split())
