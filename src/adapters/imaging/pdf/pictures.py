"""Pictures on a page that are cut or damaged. PDFium draws what there is of them, or nothing, and does not tell."""

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

import pikepdf
from pypdfium2 import PdfImage, PdfiumError, PdfPage, raw

from adapters.imaging.decoding import is_cut
from adapters.imaging.pdf.fax import FAX, Parameters, lacks_rows, parameters_of
from adapters.imaging.pdf.jbig2 import JBIG2, ends_early
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.engine import EngineFailure

#: The width and height of a picture in pixels.
Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Said:
    """What a document says about the pictures of a page, by their sizes, as far as it is known."""

    #: The least bytes that the samples need.
    least: dict[Size, int] = field(default_factory=dict)
    #: The parameters of those that are coded as a fax.
    faxes: dict[Size, list[Parameters]] = field(default_factory=dict)
    #: The finest of the masks of those that are seen through one.
    masks: dict[Size, Size] = field(default_factory=dict)


#: How deep the objects of a page are searched: some programs put the scan into a form; and how many are.
DEPTH: Final = 8
_MOST: Final = 10_000
#: The share of a page that its picture covers if it is a scan.
WHOLE: Final = 0.9
#: The share of a page below which a picture is small, that of lost small ones from which they are told, and that of
#: lost pictures from which a page is refused.
_LEAST, _TOLD, _MUCH = 0.02, 0.005, 0.25
#: Most small pictures that are looked at: scans may be cut into strips or tiles.
_MOST_SMALL: Final = 1_000
#: How many times as many pixels as are read at once a fax may have whose rows are counted.
_FAX: Final = 2
#: Filters whose output has a known length. A picture without any filter has no other.
PLAIN: Final = frozenset({"FlateDecode", "LZWDecode", "RunLengthDecode", "ASCIIHexDecode", "ASCII85Decode"})
#: Colour space -> samples of a pixel.
_SAMPLES: Final = {"/DeviceGray": 1, "/CalGray": 1, "/Indexed": 1, "/DeviceRGB": 3, "/CalRGB": 3, "/DeviceCMYK": 4}


def loses_pictures(page: PdfPage, said: Said, max_pixels: int) -> bool:
    """Return whether a picture on a page cannot be decoded, or only in part.

    Raises ``EngineFailure`` if they cover a good part of the page. Small ones are added up.
    """
    width, height = page.get_size()
    area, lost, lost_small, small = width * height, 0.0, 0.0, 0
    for picture in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=DEPTH):
        left, bottom, right, top = bounds_of(picture)
        share = min(1.0, (right - left) * (top - bottom) / area) if area > 0 else 0.0
        is_small = share < _LEAST
        small += is_small
        if (is_small and small > _MOST_SMALL) or not _is_lost(picture, said, max_pixels):
            continue
        if is_small:
            lost_small += share
        else:
            lost += share
        if lost + lost_small >= _MUCH:
            raise EngineFailure(ItemErrorCode.PDF_DAMAGED)
    return lost > 0 or lost_small >= _TOLD


def is_scan(page: PdfPage) -> bool:
    """Return whether a picture covers a page."""
    width, height = page.get_size()
    return any(
        area_of(picture) >= WHOLE * width * height
        for picture in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=DEPTH)
    )


def area_of(picture: PdfImage) -> float:
    """Return the room of a picture on its page, in square points."""
    left, bottom, right, top = bounds_of(picture)
    return (right - left) * (top - bottom)


def bounds_of(picture: PdfImage) -> tuple[float, float, float, float]:
    """Return the left, bottom, right and top of a picture on its page, also of one in a form, in points."""
    bounds, form = picture.get_bounds(), picture.container
    while form is not None:
        bounds, form = form.get_matrix().on_rect(*bounds), form.container
    left, bottom, right, top = bounds
    return left, bottom, right, top


def said_of(page: pikepdf.Page) -> Said:
    """Return what is said about the pictures of a page."""
    said = Said()
    for picture in _pictures(page):
        with suppress(Exception):  # of a damaged file any entry may be anything
            size = int(picture.Width), int(picture.Height)
            for mask in masks_of(picture):
                said.masks[size] = max(said.masks.get(size, size), (int(mask.Width), int(mask.Height)), key=math.prod)
            if (parameters := parameters_of(picture)) is not None:
                said.faxes.setdefault(size, []).append(parameters)
                continue
            least = least_bytes(picture)
            said.least[size] = min(least, said.least.get(size, least))
    return said


def masks_of(picture: pikepdf.Object) -> list[pikepdf.Stream]:
    """Return the pictures through which a picture is seen."""
    return [mask for key in ("/SMask", "/Mask") if isinstance(mask := picture.get(key), pikepdf.Stream)]


def _pictures(page: pikepdf.Page) -> Iterator[pikepdf.Object]:
    """Yield the pictures of a page, and of its forms as deep as PDFium is asked; each form once."""
    level, seen = [page.obj.get("/Resources")], 0
    for _ in range(DEPTH):
        forms = {}
        for found in chain.from_iterable(map(_objects, level)):
            seen += 1
            if seen > _MOST:
                return
            with suppress(Exception):
                if found.Subtype == "/Form":
                    forms[found.objgen] = found.get("/Resources")
            yield found
        level = list(forms.values())


def _objects(resources: pikepdf.Object | None) -> list[pikepdf.Object]:
    """Return the pictures and forms of a page or a form."""
    try:
        return list(resources.XObject.values()) if resources is not None else []
    except Exception:  # noqa: BLE001 - as above
        return []


def least_bytes(picture: pikepdf.Object) -> int:
    """Return how many bytes the samples of a picture need. Raises any error for one of which it is not known."""
    bits = 1 if picture.get("/ImageMask", False) else int(picture.BitsPerComponent) * _samples(picture)
    return int(picture.Height) * ((int(picture.Width) * bits + 7) // 8)


def _samples(picture: pikepdf.Object) -> int:
    """Return the samples of a pixel. Raises any error for an unknown colour space."""
    space = picture.ColorSpace
    if isinstance(space, pikepdf.Array):
        return int(space[1].N) if space[0] == "/ICCBased" else _SAMPLES[str(space[0])]
    return _SAMPLES[str(space)]


def _is_lost(picture: PdfImage, said: Said, max_pixels: int) -> bool:
    """Return whether a picture cannot be decoded, or lacks pixels.

    One of more pixels than are read at once is decoded in small, or not at all, which is enough to see its end.
    """
    try:
        filters = picture.get_filters()
        width, height = picture.get_px_size()
        is_large = width * height > max_pixels
        if filters[-1:] == ["DCTDecode"] and is_cut(bytes(picture.get_data(decode_simple=True)), max_pixels):
            return True
        if set(filters) <= PLAIN:
            least = said.least.get((width, height), 0)
            return int(raw.FPDFImageObj_GetImageDataDecoded(picture, None, 0)) < least
        if not is_large:
            picture.get_bitmap()
        if filters[-1:] == [JBIG2]:
            return ends_early(bytes(picture.get_data(decode_simple=True)))
        if filters[-1:] == [FAX] and width * height <= _FAX * max_pixels:
            data, faxes = bytes(picture.get_data(decode_simple=True)), said.faxes.get((width, height), [])
            return bool(faxes) and all(lacks_rows(data, (width, height), parameters) for parameters in faxes)
    except (PdfiumError, UnicodeDecodeError):  # the latter for a filter whose name is damaged
        return True
    return False
