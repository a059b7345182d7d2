"""What is on a page of a PDF beside text, and whether it may be writing. For walled processes only."""

from collections.abc import Callable, Iterator
from ctypes import byref, c_float, c_int, c_uint, create_string_buffer
from io import BytesIO
from typing import Any, Final

from PIL import Image
from pypdfium2 import PdfPage, raw

from adapters.imaging.colour_ink import is_colourless

#: The modes of rendering text in which it is not painted (ISO 32000-1, table 106). In the second it becomes a window
#: through which one sees what is painted next.
INVISIBLE, WINDOW = 3, 7
#: How deep forms are searched in forms, and how many objects.
_DEPTH, _MOST_OBJECTS = 8, 50_000
#: The share of a page that all of its pictures may cover, and how many they may be: scans and figures may hold text.
_COVERED, _MOST_PICTURES = 0.03, 20
#: Segments of shapes that may be letters; a frame with round corners has four.
_MOST_SEGMENTS: Final = 40
#: Segments of a path that is too long to be looked at.
_LONG: Final = 2_000
#: Segments of a filled shape that is a rule, a box or an arrow.
_PLAIN: Final = 5
#: Lengths in the shape's own units below which a line runs straight across or down.
_STRAIGHT: Final = 0.01
#: Spaces of few bits that have colours all the same, and the most bits of a pixel that is grey otherwise.
_COLOURS: Final = frozenset({raw.FPDF_COLORSPACE_INDEXED, raw.FPDF_COLORSPACE_SEPARATION, raw.FPDF_COLORSPACE_PATTERN})
_GREY_BITS: Final = 8
#: Spaces in which three equal values are a grey, and the bits of a pixel then.
_PLAIN_COLOURS: Final = frozenset(
    {raw.FPDF_COLORSPACE_DEVICERGB, raw.FPDF_COLORSPACE_CALRGB, raw.FPDF_COLORSPACE_ICCBASED}
)
_RGB_BITS: Final = 24
#: Notes that show no writing: links, and the windows of other notes.
_SILENT: Final = frozenset({raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP})
_UNIT: Final = (1.0, 0.0, 0.0, 1.0)

Matrix = tuple[float, float, float, float]


def may_be_writing(page: PdfPage) -> bool:
    """Return whether something beside the text of a page may be writing."""
    if has_notes(page):
        return True
    width, height = page.get_size()
    covered = pictures = segments = 0.0
    for number, (found, matrix) in enumerate(_objects(page)):
        match raw.FPDFPageObj_GetType(found):
            case raw.FPDF_PAGEOBJ_IMAGE:
                covered += abs(_area(_after(_matrix_of(found), matrix)))
                pictures += 1
            case raw.FPDF_PAGEOBJ_PATH:
                segments += _like_letters(found)
        if covered > _COVERED * width * height or pictures > _MOST_PICTURES or segments > _MOST_SEGMENTS:
            return True
        if number >= _MOST_OBJECTS:
            return True
    return False


def has_colours(page: PdfPage) -> bool:
    """Return whether anything on a page may have a colour that is no grey."""
    if has_notes(page):
        return True
    return any(number >= _MOST_OBJECTS or _is_coloured(page, found) for number, (found, _) in enumerate(_objects(page)))


def has_notes(page: PdfPage) -> bool:
    """Return whether a page has notes or fields of a form, which may show writing."""
    notes = (raw.FPDFPage_GetAnnot(page, number) for number in range(raw.FPDFPage_GetAnnotCount(page)))
    return any(_is_note(note) for note in notes)


def is_painted(text: Any) -> bool:  # noqa: ANN401 - a pointer of PDFium
    """Return whether an object that is text is painted. One that is not may be a window."""
    return raw.FPDFTextObj_GetTextRenderMode(text) not in {INVISIBLE, WINDOW}


def text_objects(page: PdfPage) -> Iterator[Any]:
    """Yield the objects of a page that are text, also those in forms."""
    return (found for found, _ in _objects(page) if raw.FPDFPageObj_GetType(found) == raw.FPDF_PAGEOBJ_TEXT)


def _is_coloured(page: PdfPage, found: Any) -> bool:  # noqa: ANN401 - a pointer of PDFium
    match raw.FPDFPageObj_GetType(found):
        case raw.FPDF_PAGEOBJ_IMAGE:
            about = raw.FPDF_IMAGEOBJ_METADATA()
            known = raw.FPDFImageObj_GetImageMetadata(found, page, byref(about))
            if known and about.colorspace in _PLAIN_COLOURS and about.bits_per_pixel == _RGB_BITS:
                return not _is_grey_jpeg(found)
            return not known or about.colorspace in _COLOURS or about.bits_per_pixel > _GREY_BITS
        case raw.FPDF_PAGEOBJ_TEXT | raw.FPDF_PAGEOBJ_PATH:
            return any(
                _is_no_grey(found, level) for level in (raw.FPDFPageObj_GetFillColor, raw.FPDFPageObj_GetStrokeColor)
            )
    return True


def _is_grey_jpeg(found: Any) -> bool:  # noqa: ANN401 - a pointer of PDFium
    length = raw.FPDFImageObj_GetImageDataRaw(found, None, 0)
    content = create_string_buffer(length)
    raw.FPDFImageObj_GetImageDataRaw(found, content, length)
    try:
        with Image.open(BytesIO(content.raw), formats=("JPEG",)) as picture:
            return is_colourless(picture)
    except (OSError, SyntaxError):  # it has another form, or is damaged
        return False


def _is_no_grey(found: Any, colour: Callable[..., int]) -> bool:  # noqa: ANN401 - a pointer of PDFium
    red, green, blue, alpha = c_uint(), c_uint(), c_uint(), c_uint()
    colour(found, byref(red), byref(green), byref(blue), byref(alpha))  # all are 0 if it has none
    return not red.value == green.value == blue.value


def _is_note(note: Any) -> bool:  # noqa: ANN401 - a pointer of PDFium
    try:
        return raw.FPDFAnnot_GetSubtype(note) not in _SILENT
    finally:
        raw.FPDFPage_CloseAnnot(note)


def _objects(page: PdfPage) -> Iterator[tuple[Any, Matrix]]:
    """Yield all objects but forms, each with the matrix of the forms around it."""
    for at in range(raw.FPDFPage_CountObjects(page)):
        yield from _within(raw.FPDFPage_GetObject(page, at), _UNIT, _DEPTH)


def _within(found: Any, matrix: Matrix, depth: int) -> Iterator[tuple[Any, Matrix]]:  # noqa: ANN401
    if raw.FPDFPageObj_GetType(found) != raw.FPDF_PAGEOBJ_FORM:
        yield found, matrix
    elif depth:
        inside = _after(_matrix_of(found), matrix)
        for at in range(raw.FPDFFormObj_CountObjects(found)):
            yield from _within(raw.FPDFFormObj_GetObject(found, at), inside, depth - 1)


def _matrix_of(found: Any) -> Matrix:  # noqa: ANN401
    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(found, byref(matrix))
    return matrix.a, matrix.b, matrix.c, matrix.d


def _after(first: Matrix, then: Matrix) -> Matrix:
    a, b, c, d = first
    e, f, g, h = then
    return a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h


def _area(matrix: Matrix) -> float:
    return matrix[0] * matrix[3] - matrix[1] * matrix[2]


def _like_letters(path: Any) -> float:  # noqa: ANN401
    """Return how many segments of a path are such as letters have: inclined, round, or of a shape with many corners."""
    segments: int = raw.FPDFPath_CountSegments(path)
    if segments > _LONG:
        return segments
    filled = _is_filled(path)
    counted = corners = 0.0
    last = (0.0, 0.0)
    for at in range(segments):
        segment = raw.FPDFPath_GetPathSegment(path, at)
        x, y = c_float(), c_float()
        raw.FPDFPathSegment_GetPoint(segment, byref(x), byref(y))
        point = x.value, y.value
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            counted, corners = counted + (corners if corners > _PLAIN else 0), 0
        elif kind == raw.FPDF_SEGMENT_BEZIERTO:
            counted += 1 / 3  # each of its three points is one
        elif min(abs(point[0] - last[0]), abs(point[1] - last[1])) > _STRAIGHT:
            counted += 1
        elif filled:
            corners += 1
        last = point
    return counted + (corners if corners > _PLAIN else 0)


def _is_filled(path: Any) -> bool:  # noqa: ANN401
    mode, stroked = c_int(), c_int()
    raw.FPDFPath_GetDrawMode(path, byref(mode), byref(stroked))
    return bool(mode.value)
