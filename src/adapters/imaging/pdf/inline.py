"""Pictures that PDFium does not show to us, whose data may end early.

There are those within the operators of a page, between BI and EI: PDFium takes the operators behind them for their data
then, leaves out the picture or the rest of the page, and does not tell. Others are masks, or are drawn by patterns and
notes.
"""

import zlib
from io import BytesIO
from typing import Final

import pikepdf
from pikepdf import Name, Pdf
from pypdfium2 import PdfiumError

from adapters.imaging.decoding import is_cut, is_damaged
from adapters.imaging.headers.bounded import HeaderCut
from adapters.imaging.headers.reading import read_header
from adapters.imaging.pdf.fax import FAX, lacks_rows, parameters_of
from adapters.imaging.pdf.jbig2 import ends_early
from adapters.imaging.pdf.pictures import PLAIN, least_bytes

_JPEG: Final = "DCTDecode"
_FLATE: Final = "FlateDecode"
#: Filters that make much of little, and the bytes of which as much is made as may be.
_PACKED, _MOST_PACKED = frozenset({"LZWDecode", "RunLengthDecode"}), 65_536
#: More bytes than this of each pixel, and of a small picture in all, are not needed by a fax or a JPEG.
_MOST_OF_PIXEL, _MOST_OF_SMALL = 4, 65_536


class InlineLook:
    """A look at the hidden pictures of one page."""

    def __init__(self, max_pixels: int) -> None:
        """What is beyond so many pixels, of all pictures together, is not looked at, and counts as whole."""
        self._left = max_pixels

    def is_cut(self, picture: pikepdf.PdfInlineImage) -> bool:
        """Return whether a part of the data of a picture is missing.

        False where it is not known what a picture needs.
        """
        try:
            return self._is_cut(picture)
        except (zlib.error, pikepdf.PdfError):  # what is there is not what was packed
            return True
        except Exception:  # noqa: BLE001 - of a damaged file any entry may be anything
            return False

    def is_cut_stream(self, picture: pikepdf.Stream) -> bool:
        """Return the same of a picture that is an object of its own."""
        try:
            return self._is_cut_stream(picture)
        except (zlib.error, pikepdf.PdfError, HeaderCut, PdfiumError):
            return True
        except Exception:  # noqa: BLE001 - as above
            return False

    def _is_cut_stream(self, picture: pikepdf.Stream) -> bool:
        named = picture.get("/Filter", pikepdf.Array())
        filters = [str(name).removeprefix("/") for name in (named if isinstance(named, pikepdf.Array) else [named])]
        size = int(picture.Width), int(picture.Height)
        self._left -= size[0] * size[1]
        if self._left < 0:
            return False
        if PLAIN.issuperset(filters):
            return len(picture.read_bytes()) < least_bytes(picture)
        coding, data = filters.pop(), picture.read_raw_bytes()
        if not PLAIN.issuperset(filters) or self._is_much(data, filters):
            return False
        coded = _unpacked(data, filters, _MOST_OF_PIXEL * size[0] * size[1] + _MOST_OF_SMALL)
        match coding:
            case "CCITTFaxDecode":
                return lacks_rows(coded, size, parameters_of(picture) or {})
            case "JBIG2Decode":
                return ends_early(coded)
            case "JPXDecode":
                read_header(BytesIO(coded))  # whose boxes lead to the end
                return is_damaged(coded, size[0] * size[1])
            case _:
                return is_cut(coded, size[0] * size[1])

    def _is_cut(self, picture: pikepdf.PdfInlineImage) -> bool:
        about, filters = picture.obj, [name.removeprefix("/") for name in picture.filters]
        size = int(about.Width), int(about.Height)
        self._left -= size[0] * size[1]
        coding = filters.pop() if filters and filters[-1] in {FAX, _JPEG} else ""
        data = picture.read_raw_bytes()
        if self._left < 0 or not PLAIN.issuperset(filters) or self._is_much(data, filters):
            return False
        if not coding:
            least = least_bytes(about)
            return len(_unpacked(data, filters, least)) < least
        most = _MOST_OF_PIXEL * size[0] * size[1] + _MOST_OF_SMALL
        coded = _unpacked(data, filters, most)
        if len(coded) == most:
            return False
        return (
            lacks_rows(coded, size, parameters_of(about) or {}) if coding == FAX else is_cut(coded, size[0] * size[1])
        )

    @staticmethod
    def _is_much(data: bytes, filters: list[str]) -> bool:
        return len(data) > _MOST_PACKED and not _PACKED.isdisjoint(filters)


def _unpacked(data: bytes, filters: list[str], most: int) -> bytes:
    """Return data without these filters. What was deflated may have more than ``most`` bytes, which are left out."""
    document = Pdf.new()
    for name in filters:
        if name == _FLATE:
            data = zlib.decompressobj().decompress(data, most)
        else:
            data = document.make_stream(data, Filter=Name("/" + name)).read_bytes()
    return data
