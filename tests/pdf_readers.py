"""Programs that take the text out of a PDF, none of them ours."""

import io
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from xml.etree import ElementTree as ET

import pypdf
from pdfminer.high_level import extract_text
from pypdfium2 import PdfDocument

#: Marks of direction that poppler adds.
_MARKS = dict.fromkeys((0x200E, 0x200F, 0x202A, 0x202B, 0x202C))


def pdfium_pages(pdf: bytes) -> Sequence[str]:
    """Return the text of each page."""
    document = PdfDocument(pdf)
    try:
        pages = [document[number] for number in range(len(document))]
        return [page.get_textpage().get_text_range() for page in pages]
    finally:
        document.close()


def pdfium(pdf: bytes) -> str:
    """Return the text as PDFium reads it, and so Chrome."""
    return "\n".join(pdfium_pages(pdf))


def poppler(pdf: bytes) -> str:
    """Return the text as poppler reads it, and so the viewers of GNOME and KDE."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.pdf")
        path.write_bytes(pdf)
        done = subprocess.run(["pdftotext", "-enc", "UTF-8", path, "-"], capture_output=True, check=True)
    return done.stdout.decode().translate(_MARKS)


def poppler_words(pdf: bytes) -> Sequence[tuple[str, tuple[float, ...]]]:
    """Return the words of the first page with their boxes, in points from the upper left."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.pdf")
        path.write_bytes(pdf)
        done = subprocess.run(
            ["pdftotext", "-bbox", "-l", "1", "-enc", "UTF-8", path, "-"], capture_output=True, check=True
        )
    found = ET.fromstring(done.stdout.decode().translate(_MARKS))  # noqa: S314 - of a program that we started
    words = found.iter("{http://www.w3.org/1999/xhtml}word")
    return [
        (word.text or "", tuple(float(word.attrib[side]) for side in ("xMin", "yMin", "xMax", "yMax")))
        for word in words
    ]


def python_pdf(pdf: bytes) -> str:
    """Return the text as pypdf reads it."""
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def pdfminer(pdf: bytes) -> str:
    """Return the text as pdfminer reads it."""
    return extract_text(io.BytesIO(pdf))


READERS: Mapping[str, Callable[[bytes], str]] = {
    "pdfium": pdfium,
    "pypdf": python_pdf,
    "pdfminer": pdfminer,
    **({"poppler": poppler} if shutil.which("pdftotext") else {}),
}
#: Those that turn scripts from right to left into the order of reading.
BIDIRECTIONAL = [name for name in READERS if name in {"pdfium", "poppler"}]


def f1(expected: Sequence[str], found: Sequence[str]) -> float:
    """Return how well the words agree, in any order, from 0 to 1."""
    common = (Counter(expected) & Counter(found)).total()
    return 2 * common / (len(expected) + len(found))


def order(expected: Sequence[str], found: Sequence[str]) -> float:
    """Return the share of the expected words that are found in their order."""
    blocks = SequenceMatcher(None, expected, found, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / len(expected)
