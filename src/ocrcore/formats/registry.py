"""The output formats: one table. To add a format, write its renderers and add a row."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from types import MappingProxyType
from typing import Final, Literal

from ocrcore.domain.errors import InvalidOption
from ocrcore.formats.alto import job_alto, page_alto
from ocrcore.formats.hocr import job_hocr, page_hocr
from ocrcore.formats.json_document import job_json, page_json
from ocrcore.formats.pdf import job_pdf, job_pdfa, page_pdf, page_pdfa
from ocrcore.formats.results import JobResult, PageResult
from ocrcore.formats.tsv import job_tsv, page_tsv
from ocrcore.formats.txt import job_text, page_text


@dataclass(frozen=True, slots=True)
class Format:
    """One row of the table: how results are written in a format."""

    #: The value of ``?format=`` and ``--format``.
    name: str
    media_type: str
    #: The ending of file names, with the dot.
    suffix: str
    #: Description of the result, as part of a sentence.
    help: str
    #: Writes the result of a page, in pieces.
    page: Callable[[PageResult], Iterator[bytes]]
    #: Writes the result of a job, in pieces, in constant memory.
    job: Callable[[JobResult], Iterator[bytes]]
    #: Separates page results that are written one after the other.
    separator: str = "\n"
    #: Whether the result is text, in UTF-8.
    is_text: bool = True


_PDF: Final = "application/pdf"
_ROWS: Final = (
    Format("txt", "text/plain", ".txt", "the text", page_text, job_text, separator="\f"),
    Format("json", "application/json", ".json", "its lines and words with their places", page_json, job_json),
    Format("hocr", "application/xhtml+xml", ".hocr", "the same as hOCR 1.2", page_hocr, job_hocr),
    Format("alto", "application/xml", ".alto.xml", "the same as ALTO 4.4", page_alto, job_alto),
    Format("tsv", "text/tab-separated-values", ".tsv", "the same as Tesseract's table", page_tsv, job_tsv),
    Format("pdf", _PDF, ".pdf", "a PDF of the pages to search and copy from", page_pdf, job_pdf, is_text=False),
    Format("pdfa", _PDF, ".pdf", "the same as PDF/A-2b", page_pdfa, job_pdfa, is_text=False),
)

#: The names of the formats that are text, and of the others, for signatures.
TextFormatName = Literal["txt", "json", "hocr", "alto", "tsv"]
PdfFormatName = Literal["pdf", "pdfa"]

FORMATS: Final[Mapping[str, Format]] = MappingProxyType({row.name: row for row in _ROWS})
#: The format of requests that name none.
DEFAULT: Final = _ROWS[0].name
#: The endings of file names, once each.
_SUFFIXES: Final = tuple(dict.fromkeys(row.suffix for row in _ROWS))
#: The names as the end of a sentence: ``txt or json``.
NAMES: Final = f"{', '.join([*FORMATS][:-1])} or {[*FORMATS][-1]}"


def has_format(path: PurePath) -> bool:
    """Return whether the name of a file says its format."""
    return path.name.lower().endswith(_SUFFIXES)


def format_of(path: PurePath) -> Format:
    """Return the format that a file of this name has. Raises ``InvalidOption``."""
    for row in _ROWS:
        if path.name.lower().endswith(row.suffix):
            return row
    raise InvalidOption(says_no_format(path))


def says_no_format(path: PurePath) -> str:
    """Return the sentence about a name of a file that does not say its format."""
    return f"The name {path.name} does not say the format; end it in {', '.join(_SUFFIXES[:-1])} or {_SUFFIXES[-1]}."


def format_named(name: str) -> Format:
    """Return the format of this name. Raises ``InvalidOption``."""
    try:
        return FORMATS[name]
    except KeyError as error:
        msg = f"format must be {NAMES}."
        raise InvalidOption(msg) from error
