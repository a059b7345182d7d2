"""The PDF writer of the files that :mod:`adapters.memory.pictures` describes."""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from adapters.memory.pictures import parse_picture
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import NotPdfA
from ocrcore.ports.documents import DocumentMissing
from ocrcore.ports.engine import EngineFailure
from ocrcore.ports.pdf_writer import PdfPage, PdfWriter

#: The format of pictures that no PDF/A holds.
NOT_FOR_ARCHIVES: Final = "bmp"


class MemoryPdfWriter(PdfWriter):
    """Writes a line for each page, with its text as JSON."""

    def write(
        self,
        pages: Iterator[PdfPage],
        title: str,
        *,
        archival: bool = False,
        owner: str = "",  # noqa: ARG002 - here nothing waits
    ) -> Iterator[bytes]:
        """Yield the lines."""
        lines = [f"%PDF {json.dumps(title)}"]
        for _, of_one_file in groupby(pages, lambda page: page.key):
            lines += _lines(list(of_one_file), archival=archival)
        yield "\n".join(lines).encode()


def _lines(pages: Sequence[PdfPage], *, archival: bool) -> Iterator[str]:
    """Yield a line for each page of one file."""
    content = b""
    try:
        with pages[0].open() as source:
            content = source.read()
    except DocumentMissing:
        if any(page.read_layout for page in pages):
            raise
    for page in pages:
        picture = parse_picture(content, page.number)
        if page.read_layout is None:
            yield json.dumps("")
            continue
        if picture is None:
            raise EngineFailure(ItemErrorCode.UNSUPPORTED_IMAGE)
        if archival and picture.extension == NOT_FOR_ARCHIVES:
            raise NotPdfA
        yield json.dumps(page.read_layout().text)
