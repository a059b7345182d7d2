"""Pages of a PDF that show a picture: it is whole, or the page is refused; and its words may differ in colour alone."""

import io
import zlib

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from PIL import Image, ImageDraw, ImageFont
from PIL.TiffImagePlugin import TiffImageFile

import pictures
from adapters.imaging.contrast import ENOUGH, spread
from adapters.imaging.pdf.rendering import draw_page
from documents_cases import FILES
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.engine import EngineFailure

SIZE = (640, 800)
#: Every row shows something, so that a row without data is missed.
PAGE = pictures.draw("\n".join(["ALPHA BRAVO"] * 14), SIZE).convert("L")
GREY, RGB = Name.DeviceGray, Name.DeviceRGB
MOST = 50_000_000


def a_page(data: bytes, coding: str, share: float = 1.0, *, forms: int = 0, **entries: object) -> bytes:
    """Return a PDF of a page that shows a picture, in so many forms, on this share of its height."""
    pdf = Pdf.new()
    page = pdf.add_blank_page(page_size=SIZE)
    about = {"Width": SIZE[0], "Height": SIZE[1], "ColorSpace": GREY, "BitsPerComponent": 8}
    about = about | OTHERS.get(coding, {}) | entries
    picture = pdf.make_stream(data, Type=Name.XObject, Subtype=Name.Image, **about)
    parameters = Dictionary({f"/{name}": value for name, value in FAXES[coding].items()}) if coding in FAXES else None
    picture.write(data, filter=Name("/" + coding.partition(" ")[0]), decode_parms=parameters)
    for _ in range(forms):
        box = Array([0, 0, 1, 1])
        resources = Dictionary(XObject=Dictionary(Im=picture))
        picture = pdf.make_stream(b"/Im Do", Type=Name.XObject, Subtype=Name.Form, BBox=box, Resources=resources)
    page.obj.Resources = Dictionary(XObject=Dictionary(Im=picture))
    page.obj.Contents = pdf.make_stream(f"q {SIZE[0]} 0 0 {SIZE[1] * share} 0 0 cm /Im Do Q".encode())
    file = io.BytesIO()
    pdf.save(file, recompress_flate=False)
    return file.getvalue()


def drawn(content: bytes) -> Image.Image:
    return draw_page(io.BytesIO(content), 1, MOST).picture


def samples(bits: int, samples_of_pixel: int = 1) -> bytes:
    """Return samples of the right number, all of them zero."""
    return bytes(SIZE[1] * ((SIZE[0] * bits * samples_of_pixel + 7) // 8))


def fax(coding: str, rows: int = SIZE[1], page: Image.Image = PAGE) -> bytes:
    """Return the upper rows of a page in a coding of TIFF."""
    file = io.BytesIO(
        pictures.save(page.crop((0, 0, SIZE[0], rows)).convert("1"), "TIFF", compression=coding, tiffinfo={278: rows})
    )
    with Image.open(file) as tiff:
        assert isinstance(tiff, TiffImageFile)
        (start,), (size,) = tiff.tag_v2[273], tiff.tag_v2[279]
    return file.getvalue()[start : start + size]


FAXES = {
    "CCITTFaxDecode G4": {"K": -1, "Columns": SIZE[0], "Rows": SIZE[1], "BlackIs1": True},
    "CCITTFaxDecode G3": {"K": 0, "Columns": SIZE[0], "BlackIs1": True},
}
#: Coding -> the entries that differ from those of 8 bits in the usual size.
OTHERS = {
    **{key: {"BitsPerComponent": 1} for key in FAXES},
    "JBIG2Decode": {"Width": 1728, "Height": 1200, "BitsPerComponent": 1},
}
G4, G3 = fax("group4"), fax("group3")


def jbig2() -> bytes:
    """Return a picture in this coding."""
    with Pdf.open(FILES / "pdf-ccitt-jbig2.pdf") as pdf:
        pictures_of = (picture for page in pdf.pages for picture in page.get_images().values())
        return next(picture.read_raw_bytes() for picture in pictures_of if picture.Filter == "/JBIG2Decode")


JBIG2 = jbig2()
JPEG = pictures.save(PAGE, "JPEG", quality=85)
PROGRESSIVE = pictures.save(PAGE, "JPEG", progressive=True)
JPEG_2000 = pictures.save(PAGE, "JPEG2000")
DEFLATED = zlib.compress(PAGE.tobytes())
CUT = {
    "a JPEG": (JPEG[: len(JPEG) // 2], "DCTDecode"),
    "a JPEG with an end mark": (JPEG[: len(JPEG) // 2] + b"\xff\xd9", "DCTDecode"),
    "a progressive JPEG": (PROGRESSIVE[: len(PROGRESSIVE) // 2], "DCTDecode"),
    "no JPEG": (b"junk" * 100, "DCTDecode"),
    "a JPEG 2000": (JPEG_2000[: len(JPEG_2000) // 2], "JPXDecode"),
    "no JPEG 2000": (b"junk" * 100, "JPXDecode"),
    "a JBIG2": (JBIG2[: len(JBIG2) // 2], "JBIG2Decode"),
    "a JBIG2, at its end": (JBIG2[:-1], "JBIG2Decode"),
    "no JBIG2": (b"junk" * 100, "JBIG2Decode"),
    "deflated samples": (DEFLATED[: len(DEFLATED) // 2], "FlateDecode"),
    "too few samples": (zlib.compress(PAGE.tobytes()[: SIZE[0] * 400]), "FlateDecode"),
    "no samples": (b"junk" * 100, "FlateDecode"),
    "a fax of group 4": (G4[: len(G4) // 2], "CCITTFaxDecode G4"),
    "a fax of group 4, near its end": (G4[: len(G4) * 19 // 20], "CCITTFaxDecode G4"),
    "a fax of group 4 with an end mark": (fax("group4", SIZE[1] // 2), "CCITTFaxDecode G4"),
    "a fax of group 3": (G3[: len(G3) // 2], "CCITTFaxDecode G3"),
    "no fax": (b"", "CCITTFaxDecode G4"),
    "an unknown coding": (DEFLATED, "FooDecode"),
}
PALETTE = Array([Name.Indexed, RGB, 1, pikepdf.String("\0\0\0\1\1\1")])
WHOLE = {
    "a JPEG": a_page(JPEG, "DCTDecode"),
    "a progressive JPEG": a_page(PROGRESSIVE, "DCTDecode"),
    "a JPEG 2000": a_page(JPEG_2000, "JPXDecode"),
    "8 bits of grey": a_page(DEFLATED, "FlateDecode"),
    "1 bit": a_page(zlib.compress(samples(1)), "FlateDecode", BitsPerComponent=1),
    "4 bits": a_page(zlib.compress(samples(4)), "FlateDecode", BitsPerComponent=4),
    "16 bits": a_page(zlib.compress(samples(16)), "FlateDecode", BitsPerComponent=16),
    "a fax of group 4": a_page(G4, "CCITTFaxDecode G4"),
    "a fax of group 4 without its end mark": a_page(G4[:-3], "CCITTFaxDecode G4"),
    "a fax of group 4 with bytes behind it": a_page(G4 + b"\r\n", "CCITTFaxDecode G4"),
    "a fax of group 4 that lacks two rows": a_page(fax("group4", SIZE[1] - 2), "CCITTFaxDecode G4"),
    "a fax of group 3": a_page(G3, "CCITTFaxDecode G3"),
    "a fax in a form": a_page(G4, "CCITTFaxDecode G4", forms=2),
    "a JBIG2": a_page(JBIG2, "JBIG2Decode"),
    "a JBIG2 with bytes behind it": a_page(JBIG2 + b"\r\n", "JBIG2Decode"),
    "colours": a_page(zlib.compress(samples(8, 3)), "FlateDecode", ColorSpace=RGB),
    "inks": a_page(zlib.compress(samples(8, 4)), "FlateDecode", ColorSpace=Name.DeviceCMYK),
    "a palette": a_page(zlib.compress(samples(1)), "FlateDecode", ColorSpace=PALETTE, BitsPerComponent=1),
    "an unknown colour space": a_page(DEFLATED, "FlateDecode", ColorSpace=Name.Foo),
}


@pytest.mark.parametrize(("data", "coding"), CUT.values(), ids=CUT)
def test_a_scan_whose_picture_is_cut_or_damaged_is_refused(data: bytes, coding: str) -> None:
    with pytest.raises(EngineFailure) as failure:
        drawn(a_page(data, coding))
    assert failure.value.code is ItemErrorCode.PDF_DAMAGED


def test_a_scan_whose_filter_has_a_damaged_name_is_refused() -> None:
    content = a_page(DEFLATED, "FlateDecode")
    place = content.rindex(b"/FlateDecode", 0, content.index(b"/Subtype /Image"))
    with pytest.raises(EngineFailure) as failure:
        drawn(content[:place] + content[place:].replace(b"/FlateDecode", b"/Flat\x8cDecode", 1))
    assert failure.value.code is ItemErrorCode.PDF_DAMAGED


@pytest.mark.parametrize("name", ["a fax of group 4", "a JBIG2", "too few samples", "a JPEG"])
def test_a_scan_in_a_form_is_refused_like_another(name: str) -> None:
    data, coding = CUT[name]
    with pytest.raises(EngineFailure) as failure:
        drawn(a_page(data, coding, forms=2))
    assert failure.value.code is ItemErrorCode.PDF_DAMAGED


@pytest.mark.parametrize("content", WHOLE.values(), ids=WHOLE)
def test_a_scan_whose_picture_is_whole_is_drawn(content: bytes) -> None:
    assert drawn(content).mode == "L"


def test_a_small_picture_that_is_damaged_is_no_reason_to_refuse_a_page() -> None:
    assert drawn(a_page(b"junk" * 100, "DCTDecode", share=0.1)).mode == "L"


def test_people_see_what_there_is_of_a_page() -> None:
    content = a_page(b"junk" * 100, "DCTDecode")
    assert draw_page(io.BytesIO(content), 1, MOST, colour=True).picture.mode == "RGB"


@pytest.mark.parametrize(("ink", "ground"), [((200, 120, 40), (135, 135, 135)), ((255, 0, 0), (0, 130, 0))])
def test_words_that_differ_in_colour_alone_are_seen(ink: tuple[int, int, int], ground: tuple[int, int, int]) -> None:
    page = Image.new("RGB", SIZE, ground)
    ImageDraw.Draw(page).text((40, 40), "HELLO", ink, ImageFont.load_default(80))
    content = a_page(zlib.compress(page.tobytes()), "FlateDecode", ColorSpace=RGB)
    assert spread(page.convert("L")) < ENOUGH <= spread(drawn(content))


A_SCAN = "q 640 0 0 800 0 0 cm /Coarse Do Q "
#: 640 x 800 points are 8.9 x 11.1 inches, so the coarse picture has 160 dots per inch, and the fine one 200.
RESOLUTIONS = [
    pytest.param(A_SCAN, 160, id="a scan"),
    pytest.param("1 g 0 0 640 800 re f " + A_SCAN + "BT 3 Tr /F 9 Tf 9 9 Td (old) Tj ET", 160, id="with hidden text"),
    pytest.param(A_SCAN + "q 640 0 0 800 0 0 cm /Fine Do Q", 200, id="layers, of which the finest counts"),
    pytest.param(A_SCAN + "q 300 0 0 99 50 50 cm /Fine Do Q", 300, id="a finer picture on a ground"),
    pytest.param(A_SCAN + "BT /F 9 Tf 9 9 Td (text) Tj ET", 300, id="text on a ground"),
    pytest.param(A_SCAN + "9 9 m 50 50 l 90 9 l f", 300, id="a shape on a ground"),
    pytest.param("9 9 50 50 re f", 300, id="no picture"),
]


@pytest.mark.parametrize(("content", "dpi"), RESOLUTIONS)
def test_a_picture_says_at_which_resolution_its_page_is_drawn_if_nothing_is_on_it(content: str, dpi: float) -> None:
    pdf = Pdf.new()
    page = pdf.add_blank_page(page_size=SIZE)

    def picture(per_inch: int) -> pikepdf.Stream:
        width, height = (side * per_inch // 72 for side in SIZE)
        about = {"Width": width, "Height": height, "ColorSpace": GREY, "BitsPerComponent": 1}
        data = zlib.compress(bytes(height * ((width + 7) // 8)))
        return Stream(pdf, data, Filter=Name.FlateDecode, Type=Name.XObject, Subtype=Name.Image, **about)

    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    page.obj.Resources = Dictionary(XObject=Dictionary(Coarse=picture(160), Fine=picture(200)), Font=Dictionary(F=font))
    page.obj.Contents = pdf.make_stream(content.encode())
    pdf.save(file := io.BytesIO())
    assert draw_page(file, 1, MOST).dpi == pytest.approx(dpi, abs=1)


@pytest.mark.parametrize("key", ["SMask", "Mask"])
@pytest.mark.parametrize("forms", [0, 1])
def test_the_mask_of_a_layer_that_holds_the_letters_says_at_which_resolution_a_scan_is_drawn(
    key: str, forms: int
) -> None:
    """As programs compress scans: a coarse ground, and over it one colour that is seen through fine letters."""
    pdf = Pdf.new()
    page = pdf.add_blank_page(page_size=SIZE)

    def picture(per_inch: int, **more: object) -> pikepdf.Stream:
        width, height = (side * per_inch // 72 for side in SIZE)
        about = {"Width": width, "Height": height, "BitsPerComponent": 1} | more
        data = zlib.compress(bytes(height * ((width + 7) // 8)))
        return Stream(pdf, data, Filter=Name.FlateDecode, Type=Name.XObject, Subtype=Name.Image, **about)

    mask = picture(240, **({"ColorSpace": GREY} if key == "SMask" else {"ImageMask": True}))
    layers = Dictionary(Ground=picture(100, ColorSpace=GREY), Letters=picture(50, ColorSpace=GREY, **{key: mask}))
    content, resources = b"q 640 0 0 800 0 0 cm /Ground Do /Letters Do Q", Dictionary(XObject=layers)
    if forms:
        box = Array([0, 0, *SIZE])
        form = pdf.make_stream(content, Subtype=Name.Form, BBox=box, Resources=resources)
        content, resources = b"/Fm Do", Dictionary(XObject=Dictionary(Fm=form))
    page.obj.Contents, page.obj.Resources = pdf.make_stream(content), resources
    pdf.save(file := io.BytesIO())
    assert draw_page(file, 1, MOST).dpi == pytest.approx(240, abs=1)


def test_fields_on_a_picture_are_drawn_sharp() -> None:
    with Pdf.open(io.BytesIO(a_page(zlib.compress(samples(8)), "FlateDecode"))) as pdf:
        field = Dictionary(Type=Name.Annot, Subtype=Name.FreeText, Rect=Array([9, 9, 99, 99]))
        pdf.pages[0].obj.Annots = Array([pdf.make_indirect(field)])
        pdf.save(file := io.BytesIO())
    assert draw_page(file, 1, MOST).dpi == 300


def inline(data: bytes, filters: str = "", about: str = "/BPC 8 /CS /G") -> bytes:
    """Return a PDF of a page that shows a picture within its operators, and a line beside it."""
    pdf = Pdf.new()
    page = pdf.add_blank_page(page_size=SIZE)
    head = f"q {SIZE[0]} 0 0 {SIZE[1]} 0 0 cm BI /W {SIZE[0]} /H {SIZE[1]} {about} /F [{filters}]"
    page.obj.Contents = pdf.make_stream(head.encode() + b" ID " + data + b"\nEI Q 0 0 m 9 9 l S")
    file = io.BytesIO()
    pdf.save(file)
    return file.getvalue()


SAMPLES = PAGE.tobytes()
_FAX = f"/BPC 1 /CS /G /DP <</K -1 /Columns {SIZE[0]} /Rows {SIZE[1]} /BlackIs1 true>>"
INLINE = {
    "samples": (SAMPLES, ""),
    "deflated samples": (DEFLATED, "/Fl"),
    "samples in letters": (SAMPLES.hex().encode(), "/AHx"),
    "deflated samples in letters": (DEFLATED.hex().encode(), "/AHx /Fl"),
    "a mask": (PAGE.convert("1").tobytes(), "", "/IM true"),
    "a fax": (G4, "/CCF", _FAX),
    "a fax in letters": (G4.hex().encode(), "/AHx /CCF", _FAX.replace("/DP ", "/DP [null ") + "]"),
    "a JPEG": (JPEG, "/DCT"),
}


@pytest.mark.parametrize(("data", "about"), [(data, about) for data, *about in INLINE.values()], ids=INLINE)
def test_a_picture_among_the_operators_that_is_cut_is_told(data: bytes, about: list[str]) -> None:
    for part in (0.1, 0.5, 0.9):
        cut = inline(data[: int(part * len(data))], *about)
        assert not draw_page(io.BytesIO(cut), 1, MOST).is_whole
    assert draw_page(io.BytesIO(inline(data, *about)), 1, MOST).is_whole


@pytest.mark.parametrize("coding", ["/DCT", "/CCF"])
def test_a_picture_among_the_operators_of_which_little_was_made_is_whole(coding: str) -> None:
    """A blank picture is made a tenth by a second filter."""
    blank = Image.new("L", SIZE, 255)
    data = pictures.save(blank, "JPEG") if coding == "/DCT" else fax("group4", page=blank)
    packed = zlib.compress(data)
    assert len(packed) < len(data) / 4
    about = _FAX.replace("/DP ", "/DP [null ") + "]" if coding == "/CCF" else "/BPC 8 /CS /G"
    assert draw_page(io.BytesIO(inline(packed, f"/Fl {coding}", about)), 1, MOST).is_whole


def test_only_so_many_pixels_of_pictures_among_the_operators_are_looked_at() -> None:
    cut = inline(SAMPLES[: len(SAMPLES) // 2])
    assert draw_page(io.BytesIO(cut), 1, SIZE[0] * SIZE[1] - 1).is_whole
