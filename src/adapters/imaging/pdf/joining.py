"""PDFs that become one, and PDFs that become a PDF/A. For walled processes only."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from itertools import chain
from typing import BinaryIO, Final

import pikepdf
from pikepdf import Array, Dictionary, Name, Page, Pdf

from adapters.imaging.pdf.page_labels import PageLabel, labels_of, plain_labels, set_labels

#: Most letters of a reason.
_LONGEST: Final = 300


def join(parts: Iterable[BinaryIO], title: str, out: BinaryIO) -> None:
    """Write all pages of some PDFs as one. If one of them labels its pages, all keep the labels that they have."""
    labels: list[PageLabel] = []
    are_labelled = False
    with ExitStack() as files, Pdf.new() as joined:
        for part in parts:
            pdf = files.enter_context(pikepdf.open(part, suppress_warnings=True))
            found = labels_of(pdf)
            are_labelled |= found is not None
            labels += plain_labels(len(pdf.pages)) if found is None else found
            add_pages(joined, pdf, whole=True)
        if are_labelled:
            set_labels(joined, labels)
        joined.docinfo["/Title"] = title
        joined.save(out, deterministic_id=True)


def add_pages(joined: Pdf, pdf: Pdf, *, whole: bool = False) -> None:
    """Add the pages of a PDF to another one, with their layers, and what of links and outline leads to these pages.

    The form of a ``whole`` document goes with it; its fields get other names where another one has the same. Of any
    other document fields are drawn on their pages: they are linked to one another, so one of them may lead to all
    pages. Where a link, a field or an entry of the outline is damaged, the pages come without any, with the fields
    drawn on them, which is found out by a trial.
    """
    if "/AcroForm" in pdf.Root:
        pdf.generate_appearance_streams()
        if whole and _can_be_added(pdf):
            joined.add_pages_from(pdf)
            return
        pdf.flatten_annotations("screen")
    noted = [page for page in pdf.pages if "/Annots" in page.obj]
    if not noted and {"/OCProperties", "/Outlines"}.isdisjoint(pdf.Root.keys()):
        for page in pdf.pages:  # in a tenth of the time
            joined.pages.append(page)
        return
    for page in noted:
        page.obj.Annots = Array([note for note in _notes(page) if note.get("/Subtype") != Name.Widget])
    if _can_be_added(pdf):
        joined.add_pages_from(pdf)
    else:
        for note in chain.from_iterable(map(_notes, noted)):
            for key in {"/A", "/AA", "/Dest"} & note.keys():
                del note[key]
        joined.add_pages_from(pdf, outlines="ignore")


def _can_be_added(pdf: Pdf) -> bool:
    """Return whether the pages of a PDF can be added to another one with all that leads to them."""
    try:
        with Pdf.new() as trial:
            trial.add_pages_from(pdf)
    except Exception:  # noqa: BLE001 - odd destinations and fields cause all kinds of errors
        return False
    return True


def _notes(page: Page) -> Sequence[Dictionary]:
    """Return the notes, links and fields on a page, without what is damaged."""
    found = page.obj.get("/Annots")
    return [note for note in found if isinstance(note, Dictionary)] if isinstance(found, Array) else []


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
