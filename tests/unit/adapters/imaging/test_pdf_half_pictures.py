"""Pictures of which half is lost, where PDFium does not show that there are any: their pages tell it."""

import io
import zlib
from collections.abc import Callable

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, Stream

from adapters.imaging.pdf.rendering import draw_page
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.engine import EngineFailure
from unit.adapters.imaging.test_pdf_pictures import CUT, G4, GREY, JPEG, JPEG_2000, MOST, PAGE, SIZE, WHOLE, a_page

Place = Callable[[Pdf, Stream], None]
SAMPLES = PAGE.tobytes()
BITS = PAGE.convert("1").tobytes()
FAX = Dictionary(K=-1, Columns=SIZE[0], Rows=SIZE[1], BlackIs1=True)
#: The data of a picture, its filter, and its parameters.
CODED: dict[str, tuple[bytes, Name, Dictionary | None]] = {
    "deflated": (zlib.compress(SAMPLES), Name.FlateDecode, None),
    "a JPEG": (JPEG, Name.DCTDecode, None),
    "a JPEG 2000": (JPEG_2000, Name.JPXDecode, None),
    "a fax": (G4, Name.CCITTFaxDecode, FAX),
}


def picture(pdf: Pdf, name: str, share: float) -> Stream:
    """Return a picture in grey, with this share of its data."""
    data, coding, parameters = CODED[name]
    bits = 1 if coding == Name.CCITTFaxDecode else 8
    found = pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Image, Width=SIZE[0], Height=SIZE[1])
    found.ColorSpace, found.BitsPerComponent = GREY, bits
    found.write(data[: int(len(data) * share)], filter=coding, decode_parms=parameters)
    return found


def seen_through(key: str) -> Place:
    """Return what shows a black page through a picture."""

    def put(pdf: Pdf, mask: Stream) -> None:
        if key == "/Mask":
            del mask.ColorSpace
            mask.ImageMask = True
        ground = pdf.make_stream(b"\0", Subtype=Name.Image, Width=1, Height=1, BitsPerComponent=8, ColorSpace=GREY)
        ground[key] = mask
        pdf.pages[0].obj.Resources = Dictionary(XObject=Dictionary(Im=ground))
        pdf.pages[0].obj.Contents = pdf.make_stream(b"q 640 0 0 800 0 0 cm /Im Do Q")

    return put


def of_a_pattern(pdf: Pdf, found: Stream) -> None:
    pattern = pdf.make_stream(b"q 640 0 0 800 0 0 cm /Im Do Q", PatternType=1, PaintType=1, TilingType=1)
    pattern.BBox, pattern.XStep, pattern.YStep = Array([0, 0, *SIZE]), SIZE[0], SIZE[1]
    pattern.Resources = Dictionary(XObject=Dictionary(Im=found))
    pdf.pages[0].obj.Resources = Dictionary(Pattern=Dictionary(P=pattern))
    pdf.pages[0].obj.Contents = pdf.make_stream(b"/Pattern cs /P scn 0 0 640 800 re f")


def of_a_stamp(pdf: Pdf, found: Stream) -> None:
    shown = pdf.make_stream(b"q 640 0 0 800 0 0 cm /Im Do Q", Subtype=Name.Form, BBox=Array([0, 0, *SIZE]))
    shown.Resources = Dictionary(XObject=Dictionary(Im=found))
    note = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=Array([0, 0, *SIZE]), F=4, AP=Dictionary(N=shown))
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(note)])


def of_a_stamp_with_states(pdf: Pdf, found: Stream) -> None:
    of_a_stamp(pdf, found)
    note = pdf.pages[0].obj.Annots[0]
    note.AP.N, note.AS = Dictionary(On=note.AP.N), Name.On


PLACES: dict[str, Place] = {
    "a soft mask": seen_through("/SMask"),
    "a pattern": of_a_pattern,
    "a stamp": of_a_stamp,
    "a stamp with states": of_a_stamp_with_states,
}
CASES = [(place, name) for place in PLACES for name in CODED if (place, name) != ("a soft mask", "a JPEG 2000")]


def shown(name: str, put: Place, share: float) -> bytes:
    pdf = Pdf.new()
    pdf.add_blank_page(page_size=SIZE)
    put(pdf, picture(pdf, name, share))
    pdf.save(file := io.BytesIO(), compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return file.getvalue()


def is_whole(content: bytes) -> bool:
    return draw_page(io.BytesIO(content), 1, MOST).is_whole


@pytest.mark.parametrize(("place", "name"), CASES)
def test_half_a_picture_that_is_seen_in_another_way_is_told(place: str, name: str) -> None:
    assert is_whole(shown(name, PLACES[place], 1.0))
    assert not is_whole(shown(name, PLACES[place], 0.5))


def test_half_a_mask_of_one_bit_is_told() -> None:
    assert is_whole(shown("a fax", seen_through("/Mask"), 1.0))
    assert not is_whole(shown("a fax", seen_through("/Mask"), 0.5))


@pytest.mark.parametrize("hidden", [Dictionary(F=2), Dictionary(Subtype=Name.Popup)])
def test_a_note_that_is_not_shown_is_not_looked_at(hidden: Dictionary) -> None:
    def put(pdf: Pdf, found: Stream) -> None:
        of_a_stamp(pdf, found)
        for key, value in hidden.items():
            pdf.pages[0].obj.Annots[0][key] = value

    assert is_whole(shown("a JPEG", put, 0.5))


@pytest.mark.parametrize("odd", [Dictionary(AP=1), Dictionary(F=Name.Odd), Dictionary(AP=Dictionary(N=Array([])))])
def test_odd_entries_of_a_note_are_no_damage(odd: Dictionary) -> None:
    def put(pdf: Pdf, found: Stream) -> None:
        of_a_stamp(pdf, found)
        for key, value in odd.items():
            pdf.pages[0].obj.Annots[0][key] = value

    assert is_whole(shown("a JPEG", put, 1.0))


def test_a_mask_of_which_nothing_can_be_decoded_is_told() -> None:
    def put(pdf: Pdf, mask: Stream) -> None:
        seen_through("/SMask")(pdf, mask)
        mask.write(b"", filter=Name.CCITTFaxDecode, decode_parms=FAX)

    assert not is_whole(shown("a fax", put, 1.0))


def in_strips(lost: int) -> bytes:
    """Return a page whose scan is cut into 66 strips, so many of which are damaged."""
    pdf = Pdf.new()
    page = pdf.add_blank_page(page_size=(640, 660))
    strips, content = Dictionary(), b""
    for number in range(66):
        samples = zlib.compress(SAMPLES[640 * 10 * number : 640 * 10 * (number + 1)])
        about = {"Width": 640, "Height": 10, "ColorSpace": GREY, "BitsPerComponent": 8}
        strip = pdf.make_stream(b"", Subtype=Name.Image, **about)
        strip.write(b"junk" if number % 66 < lost else samples, filter=Name.FlateDecode)
        strips[f"/Im{number}"] = strip
        content += b"q 640 0 0 10 0 %d cm /Im%d Do Q " % (650 - 10 * number, number)
    page.obj.Resources, page.obj.Contents = Dictionary(XObject=strips), pdf.make_stream(content)
    pdf.save(file := io.BytesIO())
    return file.getvalue()


def test_strips_of_a_scan_are_added_up() -> None:
    assert is_whole(in_strips(0))
    assert not is_whole(in_strips(1))
    assert not is_whole(in_strips(15))
    with pytest.raises(EngineFailure) as failure:
        is_whole(in_strips(33))
    assert failure.value.code is ItemErrorCode.PDF_DAMAGED


@pytest.mark.parametrize("forms", [3, 6])
def test_a_scan_in_many_forms_is_looked_at(forms: int) -> None:
    with pytest.raises(EngineFailure):
        is_whole(a_page(*CUT["a JPEG"], forms=forms))


LARGE = ["a JPEG", "a progressive JPEG", "a JBIG2", "deflated samples", "too few samples"]


@pytest.mark.parametrize("name", LARGE)
def test_a_picture_of_more_pixels_than_are_read_at_once_is_looked_at(name: str) -> None:
    with pytest.raises(EngineFailure):
        draw_page(io.BytesIO(a_page(*CUT[name])), 1, SIZE[0] * SIZE[1] // 4)


@pytest.mark.parametrize("name", [name for name in WHOLE if name != "a JPEG 2000"])
def test_a_whole_picture_of_more_pixels_than_are_read_at_once_is_whole(name: str) -> None:
    assert draw_page(io.BytesIO(WHOLE[name]), 1, SIZE[0] * SIZE[1] // 4).is_whole
