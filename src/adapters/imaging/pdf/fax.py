"""Fax pictures in a PDF (CCITT G3 and G4), whose data may end before their last row.

PDFium leaves the rows white then, and does not tell. Where no row is missing, it does not matter what stands behind the
data, so they are decoded a second time with other bytes behind them.
"""

import io
from collections.abc import Mapping
from typing import Final

import pikepdf
from pikepdf import Dictionary, Name, Pdf
from PIL import Image, ImageChops
from pypdfium2 import PdfDocument, raw

#: The filter.
FAX: Final = "CCITTFaxDecode"
#: The entries of its parameters that a decoder needs.
_ENTRIES: Final = ("K", "Columns", "Rows", "EncodedByteAlign", "EndOfLine", "EndOfBlock", "BlackIs1")
#: Bits that no fax goes on with.
_NOISE: Final = bytes((37 * number + 11) % 251 for number in range(4096))
#: The share of the rows that may be missing: some programs announce a few more than they write.
_FEW: Final = 0.005

#: The parameters of a decoder, by name.
Parameters = Mapping[str, int]


def parameters_of(picture: pikepdf.Object) -> Parameters | None:
    """Return the parameters of a picture that is coded as a fax, or None. Raises any error for a damaged one."""
    filters, given = picture.get("/Filter", pikepdf.Array()), picture.get("/DecodeParms", Dictionary())
    last = filters[-1] if isinstance(filters, pikepdf.Array) and len(filters) else filters
    if last != f"/{FAX}":
        return None
    found = given[-1] if isinstance(given, pikepdf.Array) else given
    return {name: int(found[f"/{name}"]) for name in _ENTRIES if f"/{name}" in found}


def lacks_rows(data: bytes, size: tuple[int, int], parameters: Parameters) -> bool:
    """Return whether rows of a picture of this width and height are missing at the end of its data.

    Raises ``PdfiumError`` for a picture that cannot be decoded at all.
    """
    plain, longer = _decoded(data, size, parameters), _decoded(data + _NOISE, size, parameters)
    difference = ImageChops.difference(plain, longer).getbbox()
    return difference is not None and size[1] - difference[1] > _FEW * size[1]


def _decoded(data: bytes, size: tuple[int, int], parameters: Parameters) -> Image.Image:
    """Return the picture as PDFium decodes it."""
    pdf = Pdf.new()
    width, height = size
    about = {"Width": width, "Height": height, "ColorSpace": Name.DeviceGray, "BitsPerComponent": 1}
    picture = pdf.make_stream(data, Type=Name.XObject, Subtype=Name.Image, **about)
    decoding = Dictionary({f"/{name}": _typed(name, value) for name, value in parameters.items()})
    picture.write(data, filter=Name.CCITTFaxDecode, decode_parms=decoding)
    page = pdf.add_blank_page()
    page.obj.Resources = Dictionary(XObject=Dictionary(Im=picture))
    page.obj.Contents = pdf.make_stream(b"/Im Do")
    file = io.BytesIO()
    pdf.save(file, compress_streams=False)
    with PdfDocument(file.getvalue()) as document:
        (found,) = document[0].get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE])
        decoded: Image.Image = found.get_bitmap().to_pil().convert("L")
    return decoded


def _typed(name: str, value: int) -> int | bool:
    return value if name in {"K", "Columns", "Rows"} else bool(value)
