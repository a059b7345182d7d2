"""The font of a text layer: no visible shape, and a number for each letter that the layer has.

Viewers take the letters of a page from the map of its font (``ToUnicode``) and their places from its shapes. One shape
serves for all letters: a line there and back. It has no area, so it paints nothing, but it has a box, without which
PDFium drops a letter that stands alone. Letters get their numbers in the order in which they come, so that the numbers
of two bytes suffice for all of Unicode. Source: ISO 32000-1, 9.7 and 9.10.
"""

import io
from collections.abc import Iterator
from functools import cache
from typing import Final

#: Thousandths of the font's size: how wide a letter is, how far it reaches below and above the baseline.
WIDTH: Final = 500
DESCENT, ASCENT = 200, 800
_SIZE: Final = 1000
_SHAPE: Final = "any"
#: Most entries of one block of a map.
_BLOCK: Final = 100


class Glyphs:
    """The letters of a document and their numbers."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def encode(self, text: str) -> str:
        """Return the numbers of letters in hexadecimal digits, four for each letter."""
        numbers = self._numbers
        return "".join(f"{numbers.setdefault(letter, len(numbers) + 1):04X}" for letter in text)

    @property
    def count(self) -> int:
        """The number of letters."""
        return len(self._numbers)

    def to_unicode(self) -> bytes:
        """Return the map from numbers to letters."""
        return "\n".join(self._map()).encode()

    def _map(self) -> Iterator[str]:
        yield (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange"
        )
        entries = list(self._numbers.items())
        for start in range(0, len(entries), _BLOCK):
            block = entries[start : start + _BLOCK]
            yield f"{len(block)} beginbfchar"
            yield from (f"<{number:04X}> <{letter.encode('utf-16-be').hex().upper()}>" for letter, number in block)
            yield "endbfchar"
        yield "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"


@cache
def font_file() -> bytes:
    """Return the font as TrueType; its second shape is that of all letters."""
    from fontTools.fontBuilder import FontBuilder  # noqa: PLC0415 - slow, and few processes write a PDF
    from fontTools.pens.ttGlyphPen import TTGlyphPen  # noqa: PLC0415

    pen = TTGlyphPen(None)
    pen.moveTo((0, -DESCENT))
    pen.lineTo((WIDTH, ASCENT))
    pen.closePath()
    builder = FontBuilder(_SIZE, isTTF=True)
    builder.setupGlyphOrder([".notdef", _SHAPE])
    builder.setupCharacterMap({})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), _SHAPE: pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (WIDTH, 0), _SHAPE: (WIDTH, 0)})
    builder.setupHorizontalHeader(ascent=ASCENT, descent=-DESCENT)
    builder.setupNameTable({"familyName": "Glyphless", "styleName": "Regular"})
    builder.setupPost()
    builder.updateHead(created=0, modified=0)
    builder.font.recalcTimestamp = False
    file = io.BytesIO()
    builder.save(file)
    return file.getvalue()
