"""The text layer over the pages of a PDF. For walled processes only.

The pages stay as they are: their content streams are kept byte for byte, and the layer is a form before them. Only an
old layer of invisible text is taken out first, or a search would find the words of both. A page with text that is seen
gets no layer: its own words can be searched already.

A document whose pages are all wanted keeps its outline, attachments and forms. Of any other the wanted pages are copied
into a new one, because much of a document leads to all of its pages: outline, tags, links, fields, names. The entries
of the outline that lead to them are kept, and their labels; attachments are not, as one may be the source of the whole
document.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from ctypes import addressof
from itertools import count
from typing import BinaryIO, Final

import pikepdf
from pikepdf import Dictionary, Name, Object, Page, Pdf, String
from pypdfium2 import PdfiumError, PdfPage, raw

from adapters.imaging.pdf.char_boxes import CharBoxes
from adapters.imaging.pdf.document import opened
from adapters.imaging.pdf.joining import add_pages
from adapters.imaging.pdf.marks import INVISIBLE, WINDOW, is_painted
from adapters.imaging.pdf.page_labels import labels_of, set_labels
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.engine import EngineFailure

Instructions = Sequence[pikepdf.ContentStreamInstruction | pikepdf.ContentStreamInlineImage]
Box = tuple[float, float, float, float]

#: Categories of characters that show nothing, beside blanks.
_SHOW_NOTHING: Final = frozenset({"Cc", "Cf"})
#: How deep forms are searched in forms.
_DEPTH: Final = 8
_LETTER: Final = (0.0, 0.0, 612.0, 792.0)
_SHOWS: Final = frozenset({"Tj", "TJ", "'", '"'})
#: Entries of a document, with their types.
_SAID_OF_ALL: Final = {"/Lang": String, "/PageLayout": Name}
#: Instructions that paint something else than text.
_PAINTS: Final = frozenset({"f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh", "Do", "INLINE IMAGE"})


def lay_over(document: BinaryIO, layer: BinaryIO, numbers: Sequence[int], out: BinaryIO) -> None:
    """Write these pages of a document, in ascending order and counted from 1, with the pages of the layer over them.

    Raises ``EngineFailure``.
    """
    visible, invisible = _with_text(document, numbers)
    document.seek(0)
    try:
        with pikepdf.open(document, suppress_warnings=True) as pdf, pikepdf.open(layer) as texts:
            if max(numbers) > len(pdf.pages):
                raise EngineFailure(ItemErrorCode.PDF_DAMAGED)
            for number, text in zip(numbers, texts.pages, strict=True):
                page = pdf.pages[number - 1]
                if number in visible or (number in invisible and not _take_out_invisible_text(pdf, page)):
                    continue
                if pikepdf.parse_content_stream(text):
                    _lay_over(pdf, page, text)
            with _only(pdf, numbers) as wanted:
                wanted.save(out, deterministic_id=True)
    except pikepdf.PdfError as error:
        raise EngineFailure(ItemErrorCode.PDF_DAMAGED) from error


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


def _with_text(document: BinaryIO, numbers: Sequence[int]) -> tuple[set[int], set[int]]:
    """Return the pages with text that is seen, and those with text that is not painted."""
    visible: set[int] = set()
    invisible: set[int] = set()
    with opened(document) as found:
        for number in numbers:
            if number > len(found):
                raise EngineFailure(ItemErrorCode.PDF_DAMAGED)
            try:
                page = found[number - 1]
            except PdfiumError:  # a page that is not shown, so it could not be read either
                continue
            texts = page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT], max_depth=_DEPTH)
            painted = {is_painted(text.raw) for text in texts}
            if False in painted:
                invisible.add(number)
            if True in painted and _is_seen(page):
                visible.add(number)
            page.close()
    return visible, invisible


def _is_seen(page: PdfPage) -> bool:
    """Return whether a letter of a page is painted within the part that is shown."""
    found = page.get_textpage()
    left, bottom, right, top = page.get_bbox()
    try:
        boxes = CharBoxes(found)
        painted: dict[int, bool] = {}
        for at in range(found.count_chars()):
            letter, text = chr(raw.FPDFText_GetUnicode(found, at)), raw.FPDFText_GetTextObject(found, at)
            if not text or letter.isspace() or unicodedata.category(letter) in _SHOW_NOTHING:
                continue
            x0, y0, x1, y1 = boxes.tight(at)
            address = addressof(text.contents)
            if address not in painted:
                painted[address] = is_painted(text)
            if painted[address] and x0 <= right and x1 >= left and y0 <= top and y1 >= bottom:
                return True
    finally:
        found.close()
    return False


def _lay_over(pdf: Pdf, page: Page, text: Page) -> None:
    """Show a page of the layer on a page.

    It stands before the page's own content, which may leave its matrix changed. Invisible text needs not be on top.
    """
    form = pdf.copy_foreign(text.as_form_xobject())
    name = page.add_resource(form, Name.XObject, _unused_name(page))
    width, height = (float(side) for side in text.mediabox[2:])
    matrix = _matrix(_shown_box(page), _turn(page), width, height)
    numbers = " ".join(f"{number:.6f}" for number in matrix)
    page.contents_add(f"q {numbers} cm {name} Do Q\n".encode(), prepend=True)


def _unused_name(page: Page) -> Name:
    """Return a name that no form has yet: pages may share their resources, and may have an older layer of ours."""
    used = page.obj.get("/Resources", Dictionary()).get("/XObject", Dictionary())
    return next(name for number in count(1) if (name := Name(f"/OcrText{number}")) not in used)


def _turn(page: Page) -> int:
    """Return by how many degrees a page is shown turned; 0 for what is no number, as viewers do."""
    try:
        return int(page.obj.get("/Rotate", 0)) % 360
    except (TypeError, ValueError):
        return 0


def _shown_box(page: Page) -> Box:
    """Return the part of a page that viewers show, its lower left corner first."""
    media = _box(page.obj.get("/MediaBox")) or _LETTER
    crop = _box(page.obj.get("/CropBox"))
    if crop is None:
        return media
    both = max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3])
    return both if both[0] < both[2] and both[1] < both[3] else media


def _box(box: Object | None) -> Box | None:
    """Return a box of a page, or None if there is none, or it is empty."""
    try:
        left, bottom, right, top = (float(side) for side in box or ())
    except (TypeError, ValueError):
        return None
    if left == right or bottom == top:
        return None
    return min(left, right), min(bottom, top), max(left, right), max(bottom, top)


def _matrix(box: Box, turn: int, width: float, height: float) -> tuple[float, ...]:
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


def _take_out_invisible_text(pdf: Pdf, page: Page) -> bool:
    """Take the invisible text out of a page and its forms, which become this page's own.

    Return False, and leave the page, if letters are seen as a window: they are text that is seen after all.
    """
    resources = _copy(page.obj.get("/Resources"))
    stripping = _Stripping(pdf)
    kept = stripping.visible(pikepdf.parse_content_stream(page), resources, 0, _DEPTH)
    if stripping.has_windows:
        return False
    page.obj.Resources = resources
    page.obj.Contents = pdf.make_stream(pikepdf.unparse_content_stream(kept))
    return True


class _Stripping:
    """Takes invisible text out of content streams."""

    def __init__(self, pdf: Pdf) -> None:
        self._pdf = pdf
        #: Whether something was painted within the outlines of letters.
        self.has_windows = False

    def visible(self, content: Instructions, resources: Dictionary, mode: int, depth: int) -> Instructions:
        """Return what remains of a content stream that begins in this mode; replaces its forms in its resources."""
        forms = _copy(resources.get("/XObject"))
        kept = []
        saved: list[int] = []
        for instruction, is_painted_on in zip(content, _painted_on(content), strict=True):
            match str(instruction.operator):
                case "q":
                    saved.append(mode)
                case "Q" if saved:
                    mode = saved.pop()
                case "Tr":
                    mode = _mode(instruction.operands, mode)
                case "Do" if depth and (form := _form(forms, instruction.operands)) is not None:
                    forms[str(instruction.operands[0])] = self._form(form, resources, mode, depth - 1)
                case show if show in _SHOWS and mode in {INVISIBLE, WINDOW}:
                    if mode == INVISIBLE or not is_painted_on:
                        continue
                    self.has_windows = True
            kept.append(instruction)
        if len(forms):
            resources.XObject = forms
        return kept

    def _form(self, form: pikepdf.Stream, resources: Dictionary, mode: int, depth: int) -> pikepdf.Stream:
        """Return a copy of a form without its invisible text. Without resources of its own it has those of its page."""
        own = _copy(form.get("/Resources")) if "/Resources" in form else _copy(resources)
        kept = self.visible(pikepdf.parse_content_stream(form), own, mode, depth)
        entries = {key: value for key, value in form.items() if key not in {"/Length", "/Filter", "/DecodeParms"}}
        copy = self._pdf.make_stream(pikepdf.unparse_content_stream(kept), entries)
        copy.Resources = own
        return copy


def _painted_on(content: Instructions) -> Sequence[bool]:
    """Return for each instruction whether another one paints after it, before what it clips to is forgotten."""
    answers: list[bool] = []
    levels = [False]
    for instruction in reversed(content):
        answers.append(levels[-1])
        match str(instruction.operator):
            case "Q":
                levels.append(False)
            case "q" if len(levels) > 1:
                painted = levels.pop()
                levels[-1] |= painted
            case operator if operator in _PAINTS:
                levels[-1] = True
    return answers[::-1]


def _copy(entries: Object | None) -> Dictionary:
    """Return a dictionary with the same entries."""
    return Dictionary({} if entries is None else dict(entries.items()))


def _mode(operands: Iterable[Object], before: int) -> int:
    """Return the mode of rendering text that an instruction sets; one without a number sets none."""
    try:
        return int(next(iter(operands)))
    except (StopIteration, TypeError, ValueError):
        return before


def _form(forms: Dictionary, operands: Iterable[Object]) -> pikepdf.Stream | None:
    """Return the form that an instruction draws, or None if it draws none."""
    names = [*operands]
    if len(names) != 1 or not isinstance(names[0], Name):
        return None
    found = forms.get(str(names[0]))
    return found if isinstance(found, pikepdf.Stream) and found.get("/Subtype") == "/Form" else None
