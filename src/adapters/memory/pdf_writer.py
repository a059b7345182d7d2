"""The PDF writer of the files that :mod:`adapters.memory.pictures` describes."""

import json
from collections.abc import Iterator
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

    def write(self, pages: Iterator[PdfPage], title: str, *, archival: bool = False) -> Iterator[bytes]:
        """Yield the lines."""
        lines = [f"%PDF {json.dumps(title)}", *(self._line(page, archival=archival) for page in pages)]
        yield "\n".join(lines).encode()

    def _line(self, page: PdfPage, *, archival: bool) -> str:
        try:
            with page.open() as source:
                picture = parse_picture(source.read(), page.number)
        except DocumentMissing:
            if page.read_layout is not None:
                raise
            return json.dumps("")
        if page.read_layout is None:
            return json.dumps("")
        if picture is None:
            raise EngineFailure(ItemErrorCode.UNSUPPORTED_IMAGE)
        if archival and picture.extension == NOT_FOR_ARCHIVES:
            raise NotPdfA
        return json.dumps(page.read_layout().text)
