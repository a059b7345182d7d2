"""Measure which languages each engine reads well: pages are drawn, degraded, and read by ppocr and by Tesseract.

Usage: languages.py FONTS..., each a TrueType or OpenType file; a language is drawn in the first three that have all of
its letters. Tesseract's data is that of the installed program, or of ``TESSDATA_PREFIX``. Prints the table of
``docs/engines.md``.
"""

import argparse
import io
import random
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import product
from pathlib import Path
from threading import Event
from typing import Final

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from adapters.engines.engine import ChildEngine
from ocrcore.domain.options import ENGINES, JobOptions
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.engine import EngineFailure, Page
from score import f1_of

_PARAGRAPHS: Final = Path(__file__).parent / "languages" / "paragraphs.txt"
#: Heights of the letters in pixels: those of 10 points at 150 and at 230 dots per inch.
SIZES: Final = (21, 32)
#: The number of fonts.
_FONTS: Final = 3
#: The width of a page, in sizes.
_WIDTH: Final = 42
#: Scripts without blanks between words, of which every letter counts as a word.
_NO_BLANKS: Final = frozenset({"chi_sim", "chi_tra", "jpn"})
#: By how much ppocr may be worse and still be chosen.
AS_GOOD: Final = 0.02
_PATIENCE: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class Sample:
    """A drawn page and its text."""

    picture: bytes
    text: str


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fonts", type=Path, nargs="+")
    parser.add_argument("--only", help="languages joined by +")
    options = parser.parse_args()
    wanted = None if options.only is None else set(options.only.split("+"))
    print("| language | fonts | `ppocr` | Tesseract | `auto` |\n|---|---|---|---|---|")
    with ChildEngine("tesserocr", also=ENGINES, slots=2) as engine, ThreadPoolExecutor(2) as threads:
        for language, paragraph in paragraphs().items():
            if wanted is not None and language not in wanted:
                continue
            fonts = [font for font in options.fonts if has_letters(font, paragraph)][:_FONTS]
            samples = [draw(paragraph, language, font, size) for font, size in product(fonts, SIZES)]
            figures = {}
            for name in ("ppocr", "tesserocr"):
                texts = threads.map(partial(read, engine, name, language), samples)
                figures[name] = f1_in(language, texts, samples)
            chosen = "ppocr" if figures["ppocr"] >= figures["tesserocr"] - AS_GOOD else "Tesseract"
            ours, theirs = figures["ppocr"], figures["tesserocr"]
            print(f"| `{language}` | {len(fonts)} | {ours:.3f} | {theirs:.3f} | {chosen} |", flush=True)
    return 0


def paragraphs() -> Mapping[str, str]:
    """Return a paragraph with all letters of each language, by Tesseract's code."""
    lines = _PARAGRAPHS.read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines)


def words(text: str, language: str) -> Counter[str]:
    """Return how often each word occurs, accents and capitals included, without punctuation."""
    plain = unicodedata.normalize("NFC", text)
    kept = "".join(letter if letter.isalnum() else " " for letter in plain)
    return Counter(kept.replace(" ", "") if language in _NO_BLANKS else kept.split())


def draw(paragraph: str, language: str, path: Path, size: int) -> Sample:
    """Return a page as a scanner and a JPEG encoder leave it."""
    font = ImageFont.truetype(str(path), size)
    lines = list(_lines(paragraph, "" if language in _NO_BLANKS else " ", font, size * (_WIDTH - 4)))
    page = Image.new("L", (size * _WIDTH, round(size * (1.5 * len(lines) + 4))), 255)
    for number, line in enumerate(lines):
        ImageDraw.Draw(page).text((2 * size, round(size * (2 + 1.5 * number))), line, 20, font)
    noise = Image.frombytes("L", page.size, _noise(page.width * page.height))
    scanned = Image.blend(page.filter(ImageFilter.GaussianBlur(size / 36)), noise, 0.12)
    file = io.BytesIO()
    scanned.save(file, "JPEG", quality=70)
    return Sample(file.getvalue(), " ".join(lines))


def _noise(length: int) -> bytes:
    """Return grey noise, the same every time."""
    return random.Random(1).randbytes(length)  # noqa: S311 - not for secrets


def _lines(paragraph: str, blank: str, font: ImageFont.FreeTypeFont, width: int) -> Iterator[str]:
    line = ""
    for word in paragraph.split() if blank else paragraph:
        longer = f"{line}{blank}{word}" if line else word
        if font.getlength(longer) > width:
            yield line
            line = word
        else:
            line = longer
    yield line


def has_letters(path: Path, text: str) -> bool:
    """Return whether a font has every letter of a text: none is drawn as the box that stands for what is missing."""
    font = ImageFont.truetype(str(path), 40)
    missing = bytes(font.getmask("\U0010fffe"))
    return all(bytes(font.getmask(letter)) != missing for letter in set(text) if not letter.isspace())


def f1_in(language: str, texts: Iterable[str], samples: Sequence[Sample]) -> float:
    """Return the F1 of words, accents and capitals included, of what was read of each page."""
    pairs = zip(texts, samples, strict=True)
    return f1_of((words(text, language), words(sample.text, language)) for text, sample in pairs)


def read(engine: ChildEngine, name: str, language: str, sample: Sample) -> str:
    """Return what an engine reads on a page in a language; nothing if it does not read that."""
    options = JobOptions(languages=(language,), engine=name)
    try:
        return engine.recognise(Page(BytesSource(sample.picture), 1, options), timeout=_PATIENCE, stop=Event()).text
    except EngineFailure:  # it does not read this language
        return ""


if __name__ == "__main__":
    sys.exit(main())
