"""How far two sequences are apart, in the steps that make one of the other."""

from collections.abc import Hashable, Sequence

import numpy as np


def edits(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """Return the least number of elements to be put in, taken out or replaced (Levenshtein)."""
    return _distance(one, other, replacing=1)


def common(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """Return the length of the longest sequence that is in both, with gaps."""
    return (len(one) + len(other) - _distance(one, other, replacing=2)) // 2


def _distance(one: Sequence[Hashable], other: Sequence[Hashable], *, replacing: int) -> int:
    """Return the cheapest way from one to the other, if putting in or taking out an element costs 1.

    Each row of the usual table follows from the one above, at once: along a row a step costs 1, so with the number of
    the column subtracted a running minimum takes all steps.
    """
    numbers: dict[Hashable, int] = {}
    codes = np.array([numbers.setdefault(element, len(numbers)) for element in other], np.int64)
    columns = np.arange(len(other) + 1)
    row = columns.copy()
    for place, element in enumerate(one, 1):
        different = codes != numbers.get(element, -1)
        reached = np.concatenate(([place], np.minimum(row[1:] + 1, row[:-1] + replacing * different)))
        row = np.minimum.accumulate(reached - columns) + columns
    return int(row[-1])
