"""The letters that are looked for. The models know 18,708, most of them Chinese."""

from enum import StrEnum
from typing import Final

#: Blocks of Unicode: Latin with digits, signs and accents; Latin Extended Additional; punctuation, currencies, arrows.
_LATIN: Final = (range(0x250), range(0x1E00, 0x1F00), range(0x2000, 0x2300))


class Letters(StrEnum):
    """The letters that a model may answer with."""

    #: Of Latin script, with digits and signs: a 30th of all, in less time and memory, with the same texts.
    LATIN = "latin"
    #: All that the model knows, Chinese and Japanese among them.
    ALL = "all"

    def include(self, letter: str) -> bool:
        """Return whether a letter, or a sign or blank, is among them."""
        return self is Letters.ALL or all(any(ord(part) in block for block in _LATIN) for part in letter)
