"""Pictures on a page that are cut or damaged. PDFium draws what there is of them, or nothing, and does not tell."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import pikepdf
from pypdfium2 import PdfImage, PdfiumError, PdfPage, raw

from adapters.imaging.decoding import is_cut
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.engine import EngineFailure

#: Width and height of a picture in pixels -> the bytes that its samples need.
Sizes = Mapping[tuple[int, int], int]

#: How deep the objects of a page are searched: some programs put the scan into a form.
DEPTH: Final = 3
#: The share of a page below which a picture is not looked at, and that of lost pictures from which a page is refused.
_LEAST, _MUCH = 0.02, 0.25
#: Filters whose output has a known length. A picture without any filter has no other.
_PLAIN: Final = frozenset({"FlateDecode", "LZWDecode", "RunLengthDecode", "ASCIIHexDecode", "ASCII85Decode"})
#: Colour space -> samples of a pixel.
_SAMPLES: Final = {"/DeviceGray": 1, "/CalGray": 1, "/Indexed": 1, "/DeviceRGB": 3, "/CalRGB": 3, "/DeviceCMYK": 4}


def refuse_lost(page: PdfPage, sizes: Sizes, max_pixels: int) -> None:
    """Raise ``EngineFailure`` if pictures on a good part of a page cannot be decoded, or only in part."""
    width, height = page.get_size()
    area, lost = width * height, 0.0
    for picture in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=DEPTH):
        left, bottom, right, top = picture.get_bounds()
        share = min(1.0, (right - left) * (top - bottom) / area) if area > 0 else 0.0
        if share >= _LEAST and _is_lost(picture, sizes, max_pixels):
            lost += share
        if lost >= _MUCH:
            raise EngineFailure(ItemErrorCode.PDF_DAMAGED)


def sizes_of(page: pikepdf.Page) -> Sizes:
    """Return the least bytes that the samples of the pictures of each size need, as far as that is known."""
    sizes: dict[tuple[int, int], int] = {}
    for picture in page.get_images(recursive=False).values():  # the depth of forms in forms has no limit
        with suppress(Exception):  # of a damaged file any entry may be anything
            width, height = int(picture.Width), int(picture.Height)
            bits = 1 if picture.get("/ImageMask", False) else int(picture.BitsPerComponent) * _samples(picture)
            size = height * ((width * bits + 7) // 8)
            sizes[width, height] = min(size, sizes.get((width, height), size))
    return sizes


def _samples(picture: pikepdf.Object) -> int:
    """Return the samples of a pixel. Raises any error for an unknown colour space."""
    space = picture.ColorSpace
    if isinstance(space, pikepdf.Array):
        return int(space[1].N) if space[0] == "/ICCBased" else _SAMPLES[str(space[0])]
    return _SAMPLES[str(space)]


def _is_lost(picture: PdfImage, sizes: Sizes, max_pixels: int) -> bool:
    """Return whether a picture cannot be decoded, or lacks pixels. One that is too large for a look counts as whole."""
    filters = picture.get_filters()
    try:
        width, height = picture.get_px_size()
        if width * height > max_pixels:
            return False
        if filters[-1:] == ["DCTDecode"] and is_cut(bytes(picture.get_data(decode_simple=True)), max_pixels):
            return True
        if set(filters) <= _PLAIN:
            return len(picture.get_data(decode_simple=True)) < sizes.get((width, height), 0)
        picture.get_bitmap()
    except PdfiumError:
        return True
    return False
