"""The text layer over the pages of a PDF. For walled processes only.

The pages stay as they are: their content streams are kept byte for byte, and the layer is a form before them. Only an
old layer of text that is not seen is taken out first, or a search would find the words of both. A page with text that
is seen gets no layer: its own words can be searched already. Only where that is a stamp on a scan, such as a number,
the page gets the words beside it.

A document whose pages are all wanted keeps its outline, attachments and forms. Of any other the wanted pages are copied
into a new one, because much of a document leads to all of its pages: outline, tags, links, fields, names. The entries
of the outline that lead to them are kept, and their labels; attachments are not, as one may be the source of the whole
document.

What qpdf writes of a damaged document may show less than was read, or it has other pages. Then the pages are those that
PDFium writes, and nothing else of the document is kept (:mod:`adapters.imaging.pdf.counted`).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from typing import BinaryIO, Final

import pikepdf
from pikepdf import Dictionary, Name, Page, Pdf, String

from adapters.imaging.pdf.counted import alone, are_alike
from adapters.imaging.pdf.document import opened
from adapters.imaging.pdf.joining import add_pages
from adapters.imaging.pdf.old_text import take_out_text
from adapters.imaging.pdf.page_boxes import Box, shown_box, turn_of
from adapters.imaging.pdf.page_labels import labels_of, set_labels
from adapters.imaging.pdf.room import Matrix, leave_room
from adapters.imaging.pdf.same_look import show_the_same
from adapters.imaging.pdf.seen_text import Looks, OldText, Seen
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.engine import EngineFailure

#: What PDFium and qpdf, and what reads their objects, raise for damaged and odd ones.
_OF_DAMAGE: Final = (
    pikepdf.PikepdfError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
#: Entries of a document, with their types.
_SAID_OF_ALL: Final = {"/Lang": String, "/PageLayout": Name}


def lay_over(document: BinaryIO, layer: BinaryIO, numbers: Sequence[int], out: BinaryIO) -> None:
    """Write these pages of a document, in ascending order and counted from 1, with the pages of the layer over them.

    A page that was counted and is missing becomes a blank one. Raises ``EngineFailure``, also where the pages would not
    look as they do in the document.
    """
    with opened(document) as found:
        if max(numbers) > len(found):
            raise EngineFailure(ItemErrorCode.PDF_DAMAGED)
        looks = Looks(found)
        try:
            texts = [looks.at(number) for number in numbers]
            with suppress(*_OF_DAMAGE), pikepdf.open(document, suppress_warnings=True) as pdf:
                if are_alike(found, pdf, numbers):
                    _write(pdf, layer, numbers, texts, out)
                    if not pdf.get_warnings() or show_the_same(found, numbers, out):
                        return
            out.seek(0)
            out.truncate()
            with pikepdf.open(alone(found, numbers), suppress_warnings=True) as pdf:
                _write(pdf, layer, range(1, len(numbers) + 1), texts, out)
            if not show_the_same(found, numbers, out):
                raise EngineFailure(ItemErrorCode.PDF_DAMAGED)
        except _OF_DAMAGE as error:
            raise EngineFailure(ItemErrorCode.PDF_DAMAGED) from error


def _write(pdf: Pdf, layer: BinaryIO, numbers: Sequence[int], texts: Sequence[OldText], out: BinaryIO) -> None:
    with pikepdf.open(layer) as layers:
        for number, text, old in zip(numbers, layers.pages, texts, strict=True):
            page = pdf.pages[number - 1]
            if old.seen is Seen.LETTERS or (_has_to_go(old) and not take_out_text(pdf, page, old.seen)):
                continue
            if old.stamp:
                leave_room(layers, text, _matrix_of(page, text), old.stamp)
            if pikepdf.parse_content_stream(text):
                _lay_over(pdf, page, text)
        with _only(pdf, numbers) as wanted:
            wanted.save(out, deterministic_id=True)


def _has_to_go(old: OldText) -> bool:
    """Return whether a page has text that is not seen."""
    return old.has_invisible or old.seen in {Seen.NO_PAINT, Seen.NO_LETTER}


@contextmanager
def _only(pdf: Pdf, numbers: Sequence[int]) -> Iterator[Pdf]:
    """Yield a document of these pages alone, which is the same one if they are all."""
    others = set(range(1, len(pdf.pages) + 1)).difference(numbers)
    if not others:
        yield pdf
        return
    labels = labels_of(pdf)
    for number in sorted(others, reverse=True):
        del pdf.pages[number - 1]
    pdf.remove_unreferenced_resources()  # pages may share them
    with Pdf.new() as wanted:
        add_pages(wanted, pdf)
        if labels is not None:
            set_labels(wanted, [labels[number - 1] for number in numbers])
        _show_alike(pdf, wanted)
        if "/Info" in pdf.trailer:
            wanted.trailer.Info = wanted.copy_foreign(pdf.docinfo)
        yield wanted


def _show_alike(pdf: Pdf, wanted: Pdf) -> None:
    """Say of some pages of a document what it says of all: their language, and from which side they are leafed."""
    for key, kind in _SAID_OF_ALL.items():
        if isinstance(value := pdf.Root.get(key), kind):
            wanted.Root[key] = kind(str(value))
    wishes = pdf.Root.get("/ViewerPreferences")
    if isinstance(wishes, Dictionary) and wishes.get("/Direction") == Name.R2L:
        wanted.Root.ViewerPreferences = Dictionary(Direction=Name.R2L)


def _lay_over(pdf: Pdf, page: Page, text: Page) -> None:
    """Show a page of the layer on a page.

    It stands before the page's own content, which may leave its matrix changed. Invisible text needs not be on top.
    """
    form = pdf.copy_foreign(text.as_form_xobject())
    _mend_resources(page)
    name = page.add_resource(form, Name.XObject, _unused_name(page))
    numbers = " ".join(f"{number:.6f}" for number in _matrix_of(page, text))
    page.contents_add(f"q {numbers} cm {name} Do Q\n".encode(), prepend=True)


def _mend_resources(page: Page) -> None:
    """Let the resources of a page be a dictionary, as those of its forms; viewers take anything else for none."""
    if not isinstance(page.obj.get("/Resources"), Dictionary):
        page.obj.Resources = Dictionary()
    if not isinstance(page.obj.Resources.get("/XObject", Dictionary()), Dictionary):
        del page.obj.Resources.XObject


def _unused_name(page: Page) -> Name:
    """Return a name that no form has yet: pages may share their resources, and may have an older layer of ours."""
    used = page.obj.get("/Resources", Dictionary()).get("/XObject", Dictionary())
    return next(name for number in count(1) if (name := Name(f"/OcrText{number}")) not in used)


def _matrix_of(page: Page, text: Page) -> Matrix:
    """Return the matrix from a page of the layer to a page."""
    width, height = (float(side) for side in text.mediabox[2:])
    return _matrix(shown_box(page), turn_of(page), width, height)


def _matrix(box: Box, turn: int, width: float, height: float) -> Matrix:
    """Return the matrix from a layer of this size to the box of a page that is shown turned clockwise."""
    left, bottom, right, top = box
    across, up = right - left, top - bottom
    match turn:
        case 90:
            return 0, up / width, -across / height, 0, right, bottom
        case 180:
            return -across / width, 0, 0, -up / height, right, top
        case 270:
            return 0, -up / width, across / height, 0, left, top
        case _:
            return across / width, 0, 0, up / height, left, bottom
