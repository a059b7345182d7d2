"""The text layer over the pages of a PDF. For walled processes only.

The pages stay as they are: their content streams are kept byte for byte, and the layer is a form before them. Only an
old layer of invisible text is taken out first, or a search would find the words of both. A page with text that is seen
gets no layer: its own words can be searched already.
"""

from collections.abc import Iterable, Sequence
from typing import BinaryIO, Final

import pikepdf
from pikepdf import Dictionary, Name, Object, Page, Pdf
from pypdfium2 import raw

from adapters.imaging.pdf.document import opened
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.engine import EngineFailure

Instructions = Sequence[pikepdf.ContentStreamInstruction | pikepdf.ContentStreamInlineImage]
Box = tuple[float, float, float, float]

#: The mode of rendering text in which nothing is painted (ISO 32000-1, table 106).
_INVISIBLE: Final = 3
#: How deep forms are searched in forms.
_DEPTH: Final = 8
_LETTER: Final = (0.0, 0.0, 612.0, 792.0)
_SHOWS: Final = frozenset({"Tj", "TJ", "'", '"'})


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
                if number in visible or not pikepdf.parse_content_stream(text):
                    continue
                if number in invisible:
                    _take_out_invisible_text(pdf, page)
                _lay_over(pdf, page, text, f"/OcrText{number}")
            others = set(range(1, len(pdf.pages) + 1)).difference(numbers)
            for number in sorted(others, reverse=True):
                del pdf.pages[number - 1]
            if others:
                pdf.remove_unreferenced_resources()
            pdf.save(out, deterministic_id=True)
    except pikepdf.PdfError as error:
        raise EngineFailure(ItemErrorCode.PDF_DAMAGED) from error


def _with_text(document: BinaryIO, numbers: Sequence[int]) -> tuple[set[int], set[int]]:
    """Return the pages with text that is seen, and those with text that is not."""
    visible: set[int] = set()
    invisible: set[int] = set()
    with opened(document) as found:
        for number in numbers:
            if number > len(found):
                raise EngineFailure(ItemErrorCode.PDF_DAMAGED)
            page = found[number - 1]
            for text in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT], max_depth=_DEPTH):
                is_invisible = raw.FPDFTextObj_GetTextRenderMode(text) == _INVISIBLE
                (invisible if is_invisible else visible).add(number)
            page.close()
    return visible, invisible


def _lay_over(pdf: Pdf, page: Page, text: Page, name: str) -> None:
    """Show a page of the layer on a page; each has a name of its own, as pages may share their resources.

    It stands before the page's own content, which may leave its matrix changed. Invisible text needs not be on top.
    """
    form = pdf.copy_foreign(text.as_form_xobject())
    page.add_resource(form, Name.XObject, Name(name))
    width, height = (float(side) for side in text.mediabox[2:])
    matrix = _matrix(_shown_box(page), _turn(page), width, height)
    numbers = " ".join(f"{number:.6f}" for number in matrix)
    page.contents_add(f"q {numbers} cm {name} Do Q\n".encode(), prepend=True)


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


def _take_out_invisible_text(pdf: Pdf, page: Page) -> None:
    """Take the invisible text out of a page and its forms, which become this page's own."""
    resources = _copy(page.obj.get("/Resources"))
    kept = _visible(pdf, pikepdf.parse_content_stream(page), resources, 0, _DEPTH)
    page.obj.Resources = resources
    page.obj.Contents = pdf.make_stream(pikepdf.unparse_content_stream(kept))


def _visible(pdf: Pdf, content: Instructions, resources: Dictionary, mode: int, depth: int) -> Instructions:
    """Return what remains of a content stream that begins in this mode; replaces its forms in its resources."""
    forms = _copy(resources.get("/XObject"))
    kept = []
    saved: list[int] = []
    for instruction in content:
        match str(instruction.operator):
            case "q":
                saved.append(mode)
            case "Q" if saved:
                mode = saved.pop()
            case "Tr":
                mode = _mode(instruction.operands, mode)
            case "Do" if depth and (form := _form(forms, instruction.operands)) is not None:
                forms[str(instruction.operands[0])] = _visible_form(pdf, form, resources, mode, depth - 1)
            case show if show in _SHOWS and mode == _INVISIBLE:
                continue
        kept.append(instruction)
    if len(forms):
        resources.XObject = forms
    return kept


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


def _visible_form(pdf: Pdf, form: pikepdf.Stream, resources: Dictionary, mode: int, depth: int) -> pikepdf.Stream:
    """Return a copy of a form without its invisible text. Without resources of its own it has those of its page."""
    own = _copy(form.get("/Resources")) if "/Resources" in form else _copy(resources)
    kept = _visible(pdf, pikepdf.parse_content_stream(form), own, mode, depth)
    entries = {key: value for key, value in form.items() if key not in {"/Length", "/Filter", "/DecodeParms"}}
    copy = pdf.make_stream(pikepdf.unparse_content_stream(kept), entries)
    copy.Resources = own
    return copy
