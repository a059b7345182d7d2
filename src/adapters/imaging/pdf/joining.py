"""PDFs that become one, and PDFs that become a PDF/A. For walled processes only."""

from collections.abc import Iterable
from contextlib import ExitStack
from typing import BinaryIO, Final

import pikepdf
from pikepdf import Pdf

#: Most letters of a reason.
_LONGEST: Final = 300


def join(parts: Iterable[BinaryIO], title: str, out: BinaryIO) -> None:
    """Write all pages of some PDFs as one. Forms are drawn on their pages, as one form cannot hold those of several."""
    with ExitStack() as files, Pdf.new() as joined:
        for part in parts:
            pdf = files.enter_context(pikepdf.open(part, suppress_warnings=True))
            if "/AcroForm" in pdf.Root:
                pdf.generate_appearance_streams()
                pdf.flatten_annotations("screen")
            joined.pages.extend(pdf.pages)
        joined.docinfo["/Title"] = title
        joined.save(out, deterministic_id=True)


def archive(file: BinaryIO, title: str, out: BinaryIO) -> str | None:
    """Write a PDF as PDF/A-2b, and return None, or the reason why it cannot be one, which may repeat names in it."""
    from pikepdf import pdfa  # noqa: PLC0415 - slow, and few ask for it

    with pikepdf.open(file, suppress_warnings=True) as pdf:
        if "/Title" not in pdf.docinfo:
            pdf.docinfo["/Title"] = title
        try:
            pdfa.save(pdf, out, "2b", deterministic_id=True)
        except pdfa.PdfaError as error:
            return error.report.findings[0].message[:_LONGEST] if error.report.findings else ""
    return None
