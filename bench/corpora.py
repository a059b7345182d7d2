"""Kinds of pages that engines are compared on, each with its text."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Final

import pytesseract
from PIL import Image, ImageDraw, ImageFilter, ImageFont

import languages
from adapters.engines.reader import create_reader
from pages import Picture
from score import Split, letters_of_all_scripts, word_list
from texts import prose, wrapped

_FONT: Final = Path(str(files("font_roboto"))) / "files" / "Roboto-Regular.ttf"
#: A4 at 150 dots per inch, and its margin, in pixels.
_PAGE, _MARGIN = (1240, 1754), 110
#: The size of letters, and how many of them are as long as a line over the whole page, roughly.
_SIZE, _LETTERS = 24, 88
_LINES: Final = 44
_PAGES: Final = 6
#: Most languages: each is read in a run of its own.
_LANGUAGES: Final = 6


@dataclass(frozen=True)
class Corpus:
    """Pages of one kind, in groups of one language."""

    name: str
    groups: Sequence[tuple[str, Sequence[Picture]]]
    split: Split = word_list

    @property
    def number(self) -> int:
        """How many pages there are."""
        return sum(len(pictures) for _, pictures in self.groups)

    @property
    def texts(self) -> Sequence[str]:
        """The texts, in the order of the groups."""
        return [picture.text or "" for picture in chain.from_iterable(pictures for _, pictures in self.groups)]


def clean_scans(folder: Path) -> Sequence[Picture]:
    """Draw pages of one column into a new folder; they are the same every time."""
    return _pictures(folder / "clean", lambda _: 1)


def drawn_corpora(folder: Path) -> Sequence[Corpus]:
    """Draw the pages into new folders; they are the same every time."""
    return [
        Corpus("clean scans", [("eng", clean_scans(folder))]),
        Corpus("columns", [("eng", _pictures(folder / "columns", lambda number: 2 + number % 2))]),
        Corpus("languages", list(_in_languages(folder / "languages")), letters_of_all_scripts),
    ]


def _pictures(folder: Path, columns: Callable[[int], int]) -> Sequence[Picture]:
    folder.mkdir()
    return [
        _page(folder / f"page-{number}.png", columns(number), random.Random(number))  # noqa: S311 - not for secrets
        for number in range(_PAGES)
    ]


def _page(path: Path, columns: int, rng: random.Random) -> Picture:
    """Draw a page of prose in so many columns, as a good scanner leaves it."""
    page, font = Image.new("L", _PAGE, 255), ImageFont.truetype(str(_FONT), _SIZE)
    pen, across, text = ImageDraw.Draw(page), (_PAGE[0] - 2 * _MARGIN) / columns, list[str]()
    for column in range(columns):
        lines = list(wrapped(prose(rng, 900), round(_LETTERS / columns * 0.88)))[:_LINES]
        text += lines
        for number, line in enumerate(lines):
            pen.text((_MARGIN + column * across, _MARGIN + number * _SIZE * 1.4), line, 25, font)
    noise = Image.frombytes("L", _PAGE, rng.randbytes(_PAGE[0] * _PAGE[1]))
    tilted = page.rotate(rng.uniform(-0.3, 0.3), Image.Resampling.BICUBIC, fillcolor=255)
    Image.blend(tilted.filter(ImageFilter.GaussianBlur(0.5)), noise, 0.05).save(path)
    return Picture(path, "\n".join(text))


def _in_languages(folder: Path) -> Iterator[tuple[str, Sequence[Picture]]]:
    """Yield each language that Tesseract and ppocr have here, with its pages."""
    folder.mkdir()
    here = set(pytesseract.get_languages()) & set(create_reader("ppocr").languages)
    known = [(language, text) for language, text in languages.paragraphs().items() if language in here]
    for language, paragraph in [each for each in known if languages.has_letters(_FONT, each[1])][:_LANGUAGES]:
        pictures = []
        for size in languages.SIZES:
            sample = languages.draw(paragraph, language, _FONT, size)
            path = folder / f"{language}-{size}.jpg"
            path.write_bytes(sample.picture)
            pictures.append(Picture(path, sample.text))
        yield language, pictures
