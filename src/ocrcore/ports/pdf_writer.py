"""The PDF writer: pages with their pictures, and their text laid over them."""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from ocrcore.domain.layout import Layout
from ocrcore.ports.documents import Source


@dataclass(frozen=True, slots=True)
class PdfPage:
    """A page to be written."""

    #: The key of the uploaded file. Pages of one file follow one another.
    key: str
    #: Counted from 1, in the file.
    number: int
    #: Opens the uploaded file. Raises ``DocumentMissing``.
    open: Callable[[], Source]
    #: Reads the text and its places; None for a page without text.
    read_layout: Callable[[], Layout] | None


class PdfWriter(Protocol):
    """Writes PDFs. Uploaded files are opened outside this process, under limits of time and memory."""

    @abstractmethod
    def write(
        self, pages: Iterator[PdfPage], title: str, *, archival: bool = False, owner: str = ""
    ) -> Iterator[bytes]:
        """Yield a PDF with these pages, in order, in pieces; at least one page. Takes the memory of one page.

        Pages of a PDF stay as they are. Their text is laid over them, invisible, unless they have visible text; an
        text of old that is not seen is removed first. Pages of a PDF that is too damaged for that become pictures with
        their text under them. A picture becomes a page of its size: byte for byte if it is a JPEG,
        else without loss. A page without text whose file is missing or cannot be decoded becomes an empty page.
        ``archival`` makes it a PDF/A-2b. Where PDFs have to wait, the owners take turns.

        The first piece with any bytes comes when the whole PDF is written, so every error precedes it. Empty pieces
        come meanwhile; whoever closes the iterator at one of them ends the writing. Raises ``EngineFailure`` for a
        page with text that cannot be decoded, ``DocumentMissing`` if its file is missing, ``NotPdfA`` with the reason,
        ``DocumentsBusy``, and the errors of ``PdfPage.read_layout``. The same pages give the same bytes.
        """
