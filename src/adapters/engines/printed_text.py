"""The text that a page of a PDF has itself, taken as it is if its letters look like what they mean.

A font may say that its letters mean others: then copying gives nonsense, while the page reads well. So the engine reads
some words of each font, in which every letter of that font occurs, from the picture of the page.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Final

from PIL import Image, ImageOps, ImageStat

from adapters.engines.reader import Reader
from adapters.imaging.page_text import PageText, PrintedWord
from adapters.imaging.turning import turned
from ocrcore.domain.layout import Layout, layout_of
from ocrcore.domain.options import JobOptions

#: The height of a font in which engines read best, in pixels; the sides of the sheet of words.
_SIZE: Final = 40
_WIDTH: Final = 1600
_PITCH: Final = 2 * _SIZE
#: The space between two words of the sheet, and how much around a word is taken with it, in sizes.
_SPACE, _AROUND = 0.6, 0.12
#: The words with the most letters that are tried, for the search takes their number squared.
_CANDIDATES: Final = 400
#: How often each letter is looked at, and how much words count as longer than they are.
_TIMES, _SHORT = 2, 8
#: The share of all letters that must be read as they are, and of the occurrences of each one.
_ALIKE, _EACH_ALIKE = 0.9, 0.5
#: Reads the sheet as one block of lines.
_BLOCK: Final = 6
_MIDDLE: Final = 128
#: Letters that no engine tells apart in a word without a sense.
_LOOK_ALIKE: Final = str.maketrans({"o": "0", "l": "1", "i": "1", "|": "1", "!": "1", "j": "1", "9": "g"})


def layout_of_text(text: PageText | None, picture: Image.Image, reader: Reader, options: JobOptions) -> Layout | None:
    """Return the layout of a page with this text, or None if there is none, or its letters do not look like it."""
    if text is None:
        return None
    sample = _sample(text.words)
    expected = "".join(_folded(word.text) for word in sample)
    if not expected or not _is_read(expected, _sheet(sample, picture, text.rotation), reader, options):
        return None
    layout = layout_of(text.paragraphs, picture.size, text.program, options.languages)
    return replace(layout, rotation=text.rotation)


def _is_read(expected: str, sheet: Image.Image, reader: Reader, options: JobOptions) -> bool:
    found = _folded(reader.read(sheet, replace(options, psm=_BLOCK)).text)
    matcher = SequenceMatcher(None, expected, found, autojunk=False)
    alike = Counter(
        letter for block in matcher.get_matching_blocks() for letter in expected[block.a : block.a + block.size]
    )
    each = Counter(expected)
    enough = alike.total() >= _ALIKE * each.total()
    return enough and all(alike[letter] >= _EACH_ALIKE * count for letter, count in each.items())


def _folded(text: str) -> str:
    """Return the letters and digits without accents, capitals as small ones."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(letter for letter in plain if letter.isalnum()).translate(_LOOK_ALIKE)


def _sample(words: Sequence[PrintedWord]) -> Sequence[PrintedWord]:
    """Return words in which each letter of each font occurs, twice if possible; short ones are read badly."""
    pairs = {word: _pairs(word) for word in sorted(set(words), key=lambda word: -len(word.text))[:_CANDIDATES]}
    sample: list[PrintedWord] = []
    for _ in range(_TIMES):
        left = {pair for word in words for pair in _pairs(word)}
        while pairs:
            best = max(pairs, key=lambda word: len(pairs[word] & left) / (_SHORT + len(word.text)))
            if not pairs[best] & left:
                break
            left -= pairs.pop(best)
            sample.append(best)
    return sample


def _pairs(word: PrintedWord) -> set[tuple[int, str]]:
    return {(font, letter) for font, letter in zip(word.fonts, word.text, strict=True) if letter.isalnum()}


def _sheet(words: Sequence[PrintedWord], picture: Image.Image, rotation: int) -> Image.Image:
    """Return a white sheet with the pictures of these words, in rows."""
    rows: list[list[Image.Image]] = [[]]
    free = _WIDTH
    for word in words:
        cut = _cut(word, picture, rotation)
        if cut.width + round(_SPACE * _SIZE) > free and rows[-1]:
            rows.append([])
            free = _WIDTH
        rows[-1].append(cut)
        free -= cut.width + round(_SPACE * _SIZE)
    sheet = Image.new("L", (_WIDTH + _PITCH, (len(rows) + 1) * _PITCH), 255)
    for number, row in enumerate(rows):
        x = _SIZE
        for cut in row:
            sheet.paste(cut, (x, number * _PITCH + _PITCH - cut.height // 2))
            x += cut.width + round(_SPACE * _SIZE)
    return sheet


def _cut(word: PrintedWord, picture: Image.Image, rotation: int) -> Image.Image:
    """Return the picture of a word, dark on white, in the size in which engines read best."""
    more = max(1, round(_AROUND * word.size))
    left, top, right, bottom = word.bbox
    box = max(0, left - more), max(0, top - more), min(picture.width, right + more), min(picture.height, bottom + more)
    cut = turned(picture.crop(box), rotation)
    if ImageStat.Stat(cut).median[0] < _MIDDLE:
        cut = ImageOps.invert(cut)
    cut = ImageOps.autocontrast(cut)
    scale = min(_SIZE / word.size, _WIDTH / cut.width)
    return cut.resize((max(1, round(cut.width * scale)), max(1, round(cut.height * scale))), Image.Resampling.BICUBIC)
