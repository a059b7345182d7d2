"""A PDF that is written page by page, in constant memory (ISO 32000-1, 7.3 and 7.5).

Objects are written as they come, and their places remembered; what all pages share, the font and the tree of pages,
comes last.
"""

import zlib
from array import array
from collections.abc import Iterator
from hashlib import sha256
from typing import BinaryIO, Final

from adapters.file_source import FileSource
from adapters.pdf.glyphs import ASCENT, DESCENT, WIDTH, Glyphs, font_file
from adapters.pdf.picture import Coding, Colours, EmbeddedPicture
from adapters.pdf.text_layer import FONT, text_layer
from ocrcore.domain.layout import Layout

_HEAD: Final = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
_FORM_NAME: Final = "Glyphless"
#: The numbers of the objects that come last.
_CATALOG, _PAGES, _INFO, _FONT, _CID_FONT, _DESCRIPTOR, _FONT_FILE, _SHAPES, _MAP = range(1, 10)
_PICTURE: Final = "Im0"
_PIECE: Final = 1 << 18
_SPACES: Final = {Colours.GREY: "/DeviceGray", Colours.RGB: "/DeviceRGB", Colours.CMYK: "/DeviceCMYK"}
_SAMPLES: Final = {Colours.GREY: 1, Colours.RGB: 3, Colours.CMYK: 4}
#: The Exif orientation -> the matrix that shows the unit square of a picture so.
_UPRIGHT: Final = {
    1: (1, 0, 0, 1, 0, 0),
    2: (-1, 0, 0, 1, 1, 0),
    3: (-1, 0, 0, -1, 1, 1),
    4: (1, 0, 0, -1, 0, 1),
    5: (0, -1, -1, 0, 1, 1),
    6: (0, -1, 1, 0, 0, 1),
    7: (0, 1, 1, 0, 0, 0),
    8: (0, 1, -1, 0, 1, 0),
}


class PdfFile:
    """A PDF with this title, written to ``out`` from its position; complete after :meth:`close`."""

    def __init__(self, out: BinaryIO, title: str) -> None:
        self._out, self._title = out, title
        self._position = 0
        self._places = array("Q", [0] * (_MAP + 1))
        self._pages = array("L")
        self._glyphs = Glyphs()
        self._digest = sha256(title.encode("utf-8", "replace"))
        self._write(_HEAD)

    def add_page(
        self,
        size: tuple[float, float],
        layout: Layout | None = None,
        picture: tuple[EmbeddedPicture, FileSource] | None = None,
    ) -> None:
        """Add a page of this size in points, with a text and a picture that fill it, if there are any."""
        width, height = size
        operators, objects = [], ""
        if picture is not None:
            number = self._add_picture(*picture)
            objects = f"/XObject << /{_PICTURE} {number} 0 R >>"
            turn = " ".join(map(_real, _scaled(_UPRIGHT[picture[0].orientation], width, height)))
            operators.append(f"q {turn} cm /{_PICTURE} Do Q".encode())
        if layout is not None:
            operators.append(text_layer(layout, (width / layout.width, height / layout.height), self._glyphs))
        content = self._add_stream("", zlib.compress(b"\n".join(filter(None, operators))), "/FlateDecode")
        resources = f"<< {objects} /Font << /{FONT} {_FONT} 0 R >> >>"
        self._pages.append(
            self._add(
                f"<< /Type /Page /Parent {_PAGES} 0 R /MediaBox [0 0 {_real(width)} {_real(height)}]"
                f" /Contents {content} 0 R /Resources {resources} >>"
            )
        )

    def close(self) -> None:
        """Write what the pages share, and the end."""
        kids = " ".join(f"{number} 0 R" for number in self._pages)
        self._put(_CATALOG, f"<< /Type /Catalog /Pages {_PAGES} 0 R >>")
        self._put(_PAGES, f"<< /Type /Pages /Count {len(self._pages)} /Kids [{kids}] >>")
        self._put(_INFO, f"<< /Title {_text(self._title)} /Producer {_text('ocrcore')} >>")
        self._put_font()
        self._put_end()

    def _put_font(self) -> None:
        self._put(
            _FONT,
            f"<< /Type /Font /Subtype /Type0 /BaseFont /{_FORM_NAME} /Encoding /Identity-H"
            f" /DescendantFonts [{_CID_FONT} 0 R] /ToUnicode {_MAP} 0 R >>",
        )
        self._put(
            _CID_FONT,
            f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{_FORM_NAME} /CIDToGIDMap {_SHAPES} 0 R /DW {WIDTH}"
            " /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
            f" /FontDescriptor {_DESCRIPTOR} 0 R >>",
        )
        self._put(
            _DESCRIPTOR,
            f"<< /Type /FontDescriptor /FontName /{_FORM_NAME} /Flags 4 /FontBBox [0 {-DESCENT} {WIDTH} {ASCENT}]"
            f" /ItalicAngle 0 /Ascent {ASCENT} /Descent {-DESCENT} /CapHeight {ASCENT} /StemV 80"
            f" /FontFile2 {_FONT_FILE} 0 R >>",
        )
        font = font_file()
        self._put_stream(_FONT_FILE, f"/Length1 {len(font)}", zlib.compress(font), "/FlateDecode")
        shapes = b"\0\0" + b"\0\1" * self._glyphs.count
        self._put_stream(_SHAPES, "", zlib.compress(shapes), "/FlateDecode")
        self._put_stream(_MAP, "", zlib.compress(self._glyphs.to_unicode()), "/FlateDecode")

    def _put_end(self) -> None:
        start, count = self._position, len(self._places)
        self._write(f"xref\n0 {count}\n0000000000 65535 f \n".encode())
        for place in self._places[1:]:
            self._write(b"%010d 00000 n \n" % place)
        name = self._digest.hexdigest()[:32]
        self._write(
            f"trailer\n<< /Size {count} /Root {_CATALOG} 0 R /Info {_INFO} 0 R /ID [<{name}> <{name}>] >>\n"
            f"startxref\n{start}\n%%EOF\n".encode()
        )

    def _add_picture(self, picture: EmbeddedPicture, data: FileSource) -> int:
        number = self._new()
        self._begin(number)
        entries = " ".join(_entries(picture))
        self._write(f"<< /Type /XObject /Subtype /Image {entries} /Length {data.size} >>\nstream\n".encode())
        for piece in data.pieces(_PIECE):
            self._write(piece)
        self._write(b"\nendstream\nendobj\n")
        return number

    def _add(self, content: str) -> int:
        number = self._new()
        self._put(number, content)
        return number

    def _add_stream(self, entries: str, content: bytes, coding: str) -> int:
        number = self._new()
        self._put_stream(number, entries, content, coding)
        return number

    def _new(self) -> int:
        self._places.append(0)
        return len(self._places) - 1

    def _put(self, number: int, content: str) -> None:
        self._begin(number)
        self._write(f"{content}\nendobj\n".encode())

    def _put_stream(self, number: int, entries: str, content: bytes, coding: str) -> None:
        self._begin(number)
        self._write(f"<< {entries} /Filter {coding} /Length {len(content)} >>\nstream\n".encode())
        self._write(content)
        self._write(b"\nendstream\nendobj\n")

    def _begin(self, number: int) -> None:
        self._places[number] = self._position
        self._write(f"{number} 0 obj\n".encode())

    def _write(self, content: bytes) -> None:
        self._digest.update(content)
        self._out.write(content)
        self._position += len(content)


def _entries(picture: EmbeddedPicture) -> Iterator[str]:
    """Yield the entries of a picture's dictionary."""
    width, height, samples = picture.width, picture.height, _SAMPLES[picture.colours]
    yield f"/Width {width} /Height {height} /BitsPerComponent {picture.bits} /ColorSpace {_SPACES[picture.colours]}"
    match picture.coding:
        case Coding.JPEG:
            yield "/Filter /DCTDecode"
            if picture.colours is Colours.CMYK:
                yield "/Decode [1 0 1 0 1 0 1 0]"  # as Adobe's programs write it, and every decoder takes it
        case Coding.FAX:
            yield f"/Filter /CCITTFaxDecode /DecodeParms << /K -1 /BlackIs1 true /Columns {width} /Rows {height} >>"
        case Coding.PNG:
            yield (
                f"/Filter /FlateDecode /DecodeParms << /Predictor 15 /Colors {samples}"
                f" /BitsPerComponent {picture.bits} /Columns {width} >>"
            )


def _scaled(matrix: tuple[int, ...], width: float, height: float) -> Iterator[float]:
    """Yield a matrix of the unit square, enlarged to this size."""
    for at, value in enumerate(matrix):
        yield value * (height if at % 2 else width)


def _text(text: str) -> str:
    return f"<FEFF{text.encode('utf-16-be', 'replace').hex().upper()}>"


def _real(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")
