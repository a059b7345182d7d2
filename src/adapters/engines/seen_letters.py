"""Letters of fonts that an engine has read as what they mean, remembered for the life of a child."""

from collections import OrderedDict
from typing import Final

from adapters.imaging.page_text import PageFont

#: Most letters of all fonts, a few megabytes.
_MOST: Final = 50_000


class SeenLetters:
    """The letters of fonts that are known by their digest, the most lately used ones.

    A digest is of all that says how a letter of a font looks and what it means, so it does not matter whose document
    the letter was seen in, and nothing but digests and letters is kept of it.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._seen: OrderedDict[tuple[bytes, str], None] = OrderedDict()

    def has(self, font: PageFont, letter: str) -> bool:
        """Return whether a letter was seen; never of a font without a digest."""
        if font.digest is None or (font.digest, letter) not in self._seen:
            return False
        self._seen.move_to_end((font.digest, letter))
        return True

    def add(self, font: PageFont, letter: str) -> None:
        """Remember a letter; nothing is remembered of a font without a digest."""
        if font.digest is not None:
            self._seen[font.digest, letter] = None
            if len(self._seen) > self._most:
                self._seen.popitem(last=False)
