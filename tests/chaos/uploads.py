"""What users upload: pictures, documents of several pages, and files that cannot be read."""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pictures
from documents_cases import FILES

_WORDS: Final = ("ALPHA", "BRAVO", "CHARLIE", "DELTA", "ECHO", "FOXTROT", "GOLF", "HOTEL")
#: Texts that no two pages of a job share, as Tesseract reads them without fail.
TEXTS: Final = tuple(" ".join(pair) for pair in itertools.permutations(_WORDS, 2))
#: A page whose end is missing.
BROKEN: Final = "(broken)"
_PICTURES: Final = {text: pictures.png(text) for text in TEXTS}
#: The resolution at which documents are drawn, so that their pages are as large as the pictures.
_DPI: Final = 150
#: Most pages of a document.
_MOST: Final = 4


@dataclass(frozen=True)
class File:
    """An upload, and what is right for it."""

    name: str
    content: bytes
    #: The text of each page.
    texts: Sequence[str]
    #: Why it is refused; it has one page then.
    refusal: str = ""


@dataclass(frozen=True)
class Page:
    """A page of an upload."""

    file: File
    #: From 1, within its file.
    number: int
    text: str


def pages_of(files: Sequence[File]) -> Sequence[Page]:
    """Return the pages of files, in order."""
    return [Page(file, number, text) for file in files for number, text in enumerate(file.texts, 1)]


def draw_files(draw: random.Random, count: int) -> Sequence[File]:
    """Return this many files, most of them pictures; no two pages have the same text."""
    texts = iter(draw.sample(TEXTS, count * _MOST))
    return [_drawn(draw.choice(("png", "png", "png", "pdf", "tif")), draw, texts) for _ in range(count)]


def _drawn(kind: str, draw: random.Random, texts: Iterator[str]) -> File:
    if kind == "png":
        text = next(texts)
        return File("page.png", _PICTURES[text], [text])
    return document(kind, list(itertools.islice(texts, draw.randrange(2, _MOST + 1))))


def document(kind: str, texts: Sequence[str]) -> File:
    """Return a document with these pages, ``pdf`` or ``tif``."""
    first, *others = [pictures.draw(text).convert("L") for text in texts]
    form = {"pdf": "PDF", "tif": "TIFF"}[kind]
    content = pictures.save(first, form, save_all=True, append_images=others, resolution=_DPI)
    return File(f"document.{kind}", content, texts)


def broken() -> File:
    """Return a picture that only its worker finds unreadable."""
    return File("broken.jpg", pictures.save(pictures.draw("BROKEN"), "JPEG")[:-2000], [BROKEN])


def refused(draw: random.Random) -> File:
    """Return a file that is refused at its submission."""
    return draw.choice(
        (
            File("empty.png", b"", [BROKEN], "empty-file"),
            File("letter.txt", b"no picture", [BROKEN], "unsupported-image"),
            File("locked.pdf", (FILES / "pdf-encrypted-user.pdf").read_bytes(), [BROKEN], "pdf-encrypted"),
        )
    )
