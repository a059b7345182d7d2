"""The text that a page of a PDF has itself, taken as it is if its letters look like what they mean.

A font may say that its letters mean others: then copying gives nonsense, while the page reads well. So the engine reads
some words of each font, in which every letter of that font occurs, from the picture of the page. What it has read once
is remembered: the next pages of the document have hardly a letter that was not looked at.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import chain
from typing import Final

from PIL import Image, ImageOps, ImageStat

from adapters.engines.reader import Reader
from adapters.engines.seen_letters import SeenLetters
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
#: The words that are tried, those first that have further letters, for the search takes their number squared.
_CANDIDATES: Final = 400
#: How often each letter is looked at, and how much words count as longer than they are.
_TIMES, _SHORT = 2, 8
#: The share of all letters that must be read as they are, and of the occurrences of each one; and how many need not be,
#: for a sheet may have few.
_ALIKE, _EACH_ALIKE, _MISSED = 0.9, 0.5, 1
#: Reads the sheet as one block of lines.
_BLOCK: Final = 6
_MIDDLE: Final = 128
#: Letters that no engine tells apart in a word without a sense.
_LOOK_ALIKE: Final = str.maketrans({"o": "0", "l": "1", "i": "1", "|": "1", "!": "1", "j": "1", "9": "g"})

#: The number of a font, and a letter.
Pair = tuple[int, str]


def layout_of_text(
    text: PageText, picture: Callable[[], Image.Image], reader: Reader, options: JobOptions, seen: SeenLetters
) -> Layout | None:
    """Return the layout of a page with this text, or None if its letters do not look like it.

    ``picture`` is asked for only if there are letters that were not seen.
    """
    pairs = set(chain.from_iterable(map(_pairs, text.words)))
    new = {pair for pair in pairs if not text.fonts[pair[0]].is_standard and not seen.has(text.fonts[pair[0]], pair[1])}
    if not pairs or not (not new or _look_alike(text, new, picture(), reader, options)):
        return None
    for font, letter in new:
        seen.add(text.fonts[font], letter)
    layout = layout_of(text.paragraphs, text.size, text.program, options.languages)
    return replace(layout, rotation=text.rotation, dpi=text.dpi)


def _look_alike(
    text: PageText, pairs: Collection[Pair], picture: Image.Image, reader: Reader, options: JobOptions
) -> bool:
    """Return whether the engine reads the letters of these fonts as what they mean."""
    sample = _sample(text.words, pairs)
    letters = [(pair, letter) for word in sample for pair in _letters(word) for letter in _folded(pair[1])]
    expected = "".join(letter for _, letter in letters)
    found = _folded(reader.read(_sheet(sample, picture, text.rotation), replace(options, psm=_BLOCK)).text)
    matcher = SequenceMatcher(None, expected, found, autojunk=False)
    alike = Counter(
        pair for block in matcher.get_matching_blocks() for pair, _ in letters[block.a : block.a + block.size]
    )
    each = Counter(pair for pair, _ in letters if pair in pairs)
    if not each.keys() >= set(pairs):  # so many letters that a sheet would have more words than the page
        return False
    missed = sum(count - alike[pair] for pair, count in each.items())
    enough = missed <= _MISSED + (1 - _ALIKE) * each.total()
    return enough and all(alike[pair] >= _EACH_ALIKE * count for pair, count in each.items())


def _folded(text: str) -> str:
    """Return the letters and digits without accents, capitals as small ones."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(letter for letter in plain if letter.isalnum()).translate(_LOOK_ALIKE)


def _sample(words: Sequence[PrintedWord], pairs: Collection[Pair]) -> Sequence[PrintedWord]:
    """Return words in which each of these letters of fonts occurs, twice if possible; short ones are read badly."""
    having = {word: found for word in set(words) if (found := _pairs(word) & set(pairs))}
    first: list[PrintedWord] = []
    rest: list[PrintedWord] = []
    left = set(pairs)
    for word in sorted(having, key=lambda word: -len(word.text)):
        (rest if having[word].isdisjoint(left) else first).append(word)
        left -= having[word]
    of_word = {word: having[word] for word in [*first, *rest][:_CANDIDATES]}
    sample: list[PrintedWord] = []
    for _ in range(_TIMES):
        left = set(pairs)
        while of_word:
            best = max(of_word, key=lambda word: len(of_word[word] & left) / (_SHORT + len(word.text)))
            if not of_word[best] & left:
                break
            left -= of_word.pop(best)
            sample.append(best)
    return sample


def _letters(word: PrintedWord) -> Sequence[Pair]:
    return [(font, letter) for font, letter in zip(word.fonts, word.text, strict=True) if letter.isalnum()]


def _pairs(word: PrintedWord) -> set[Pair]:
    return set(_letters(word))


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
