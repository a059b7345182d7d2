"""Files of every kind, whole and damaged, through the reader of headers and the processes that decode."""

import io
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

import pictures
from adapters.engines.engine import ChildEngine
from adapters.engines.page_images import ChildPageImages
from adapters.imaging.headers.bounded import HeaderCut, HeaderDamaged, NotRead
from adapters.imaging.headers.reading import read_header
from adapters.imaging.signatures import HEAD, is_pdf
from fuzzing.case import Case
from fuzzing.mutations import mutated
from inspected import header_imaging
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import Refusal
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.engine import EngineFailure, Page
from ocrcore.testing.patience import FOREVER

#: What a damaged file may cost its page; anything else would be an accident of ours.
_ALLOWED: Final = {
    ItemErrorCode.UNSUPPORTED_IMAGE,
    ItemErrorCode.IMAGE_TRUNCATED,
    ItemErrorCode.IMAGE_CORRUPT,
    ItemErrorCode.IMAGE_TOO_LARGE,
}
_ALLOWED_OF_PDFS: Final = {ItemErrorCode.PDF_DAMAGED, ItemErrorCode.PDF_ENCRYPTED, ItemErrorCode.NO_PAGES}
#: What stands on each whole page.
WORD: Final = "FUZZ"
#: The form of PDFs of a picture, and how many shares of the files they are.
_PDF, _PDFS = "pdf", 4
_SLOTS: Final = 2
#: Enough for any page that this fuzzer draws, and small enough for a mutated header to ask for too many.
_MAX_PIXELS: Final = 4_000_000
#: One page in so many is rendered for people, too.
_RENDERED: Final = 4


@cache
def _whole(form: str) -> bytes:
    several, _, name = form.rpartition(" ")
    if name == _PDF:
        return pictures.save(pictures.draw(WORD), "PDF", resolution=200)
    return pictures.SEVERAL[name]() if several else pictures.FORMS[name](WORD)


_FORMS: Final = (*pictures.FORMS, *(f"several {name}" for name in pictures.SEVERAL), *[_PDF] * _PDFS)


def file(seed: int) -> bytes:
    """Return a file: usually damaged, sometimes of two files, now and then whole."""
    random = Random(seed)  # noqa: S311 - no secret
    content = _whole(random.choice(_FORMS))
    match random.randrange(20):
        case 0:
            return content
        case 1:
            other = _whole(random.choice(_FORMS))
            return content[: random.randrange(len(content))] + other[random.randrange(len(other)) :]
        case 2:
            return content[: random.randrange(len(content))]
        case _:
            return mutated(random, content)


def fuzz_files(seeds: range, folder: Path) -> Iterator[Case]:
    """Yield what came of each file."""
    with ChildEngine("tesserocr", slots=_SLOTS, max_pixels=_MAX_PIXELS, root=folder) as engine:
        images = ChildPageImages(engine, waiting=_SLOTS)
        with ThreadPoolExecutor(_SLOTS) as threads:
            yield from threads.map(lambda seed: _case(engine, images, seed), seeds)
    left = list(folder.iterdir())
    if left:
        yield Case(seeds.start, "left over", f"files were left: {left}")


def _case(engine: ChildEngine, images: ChildPageImages, seed: int) -> Case:
    content = file(seed)
    accepted = _accepted(content)
    read, text = _read(engine, content)
    if seed % _RENDERED == 0:
        rendered = _rendered(images, content)
        # people are shown what there is of a damaged page of a PDF
        if (read == "read") != (rendered == "read") and not is_pdf(content[:HEAD]):
            return Case(seed, read, f"recognised as {read}, but rendered as {rendered}")
    if read == "read" and accepted and not _may_have_other_pages(content):
        return Case(seed, read, f"read, although its upload is refused: {accepted}")
    word = _whole_word(content)
    if read == "read" and word is not None and text != word:
        return Case(seed, read, f"read as {text!r} instead of {word!r}")
    if read not in {"read", *_ALLOWED, *(_ALLOWED_OF_PDFS if is_pdf(content[:HEAD]) else ())}:
        return Case(seed, read, f"answered with {read}")
    return Case(seed, read if not accepted else f"refused: {accepted}")


def _whole_word(content: bytes) -> str | None:
    """Return what a whole file of one page says; None for any other file."""
    return WORD if content in {_whole(form) for form in (*pictures.FORMS, _PDF)} else None


def _may_have_other_pages(content: bytes) -> bool:
    """Return whether something behind the first page, or around it, may be damaged."""
    if is_pdf(content[:HEAD]):
        return True
    try:
        header = read_header(io.BytesIO(content))
    except (HeaderCut, HeaderDamaged, NotRead):
        return False
    return header is not None and header.several


def _accepted(content: bytes) -> str:
    """Return the code with which an upload is refused, or nothing."""
    try:
        header_imaging(_MAX_PIXELS).inspect(io.BytesIO(content))
    except Refusal as refusal:
        return refusal.code
    return ""


def _read(engine: ChildEngine, content: bytes) -> tuple[str, str]:
    """Return what became of a file, and its text."""
    try:
        layout = engine.recognise(
            Page(BytesSource(content)), timeout=timedelta(seconds=FOREVER), stop=threading.Event()
        )
    except EngineFailure as failure:
        return failure.code, ""
    header = read_header(io.BytesIO(content))
    if header is None:
        return "read" if is_pdf(content[:HEAD]) else "read as no kind of picture", layout.text
    sizes = [{header.width, header.height}]
    if header.extension == "gif" and header.several:  # the frames of an animation are shown on its screen
        sizes.append(set(struct.unpack_from("<HH", content, 6)))
    if {layout.width, layout.height} not in sizes:
        return f"{layout.width} x {layout.height} instead of {header.width} x {header.height}", ""
    return "read", layout.text


def _rendered(images: ChildPageImages, content: bytes) -> str:
    try:
        images.render(BytesSource(content), 1, timeout=timedelta(seconds=FOREVER))
    except EngineFailure as failure:
        return failure.code
    return "read"
