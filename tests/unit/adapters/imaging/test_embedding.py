"""Pictures inside PDFs: what PDFium shows of them is what the file has."""

import io
from array import array
from collections.abc import Callable

import pikepdf
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat
from pypdfium2 import PdfDocument

import pictures
from adapters.imaging.decoding import decode_picture
from adapters.imaging.pdf.embedding import embed
from adapters.imaging.resolution import resolution_of
from adapters.pdf.file import PdfFile
from adapters.pdf.picture import Coding, EmbeddedPicture
from bombs import BOMBS
from documents_cases import FILES
from heics import heic
from inspected import as_file
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.engine import EngineFailure

MOST = 50_000_000


def drawn(mode: str, size: tuple[int, int] = (90, 60)) -> Image.Image:
    """Return a picture without a symmetry, in colours that every mode has."""
    picture = Image.linear_gradient("L").resize(size).convert("RGB")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((5, 5, size[0] // 2, size[1] // 3), fill=(200, 40, 40))
    draw.ellipse((size[0] // 2, size[1] // 2, size[0] - 10, size[1] - 8), fill=(30, 60, 220))
    return picture.convert(mode)


def embedded(content: bytes, number: int = 1) -> tuple[EmbeddedPicture, bytes]:
    out = io.BytesIO()
    with as_file(content) as source:
        picture = embed(source, number, MOST, out)
    return picture, out.getvalue()


def in_pdf(content: bytes, number: int = 1) -> bytes:
    """Return a PDF of a page with a point for each pixel."""
    picture, data = embedded(content, number)
    width, height = picture.width, picture.height
    size = (height, width) if picture.orientation >= 5 else (width, height)
    file = io.BytesIO()
    writer = PdfFile(file, "title")
    with as_file(data) as source:
        writer.add_page(size, None, (picture, source))
    writer.close()
    return file.getvalue()


def shown(pdf: bytes) -> Image.Image:
    document = PdfDocument(pdf)
    try:
        picture: Image.Image = document[0].render(scale=1).to_pil()
        return picture.convert("RGB")
    finally:
        document.close()


def difference(one: Image.Image, other: Image.Image) -> int:
    """Return the largest difference of two pixels."""
    assert one.size == other.size
    bands = ImageChops.difference(one.convert("RGB"), other.convert("RGB")).split()
    return max(level for band in bands for level, count in enumerate(band.histogram()) if count)


LOSSLESS: dict[str, Callable[[], bytes]] = {
    "png": lambda: pictures.save(drawn("RGB"), "PNG"),
    "png-grey": lambda: pictures.save(drawn("L"), "PNG"),
    "png-two-levels": lambda: pictures.save(drawn("1"), "PNG"),
    "png-palette": lambda: pictures.save(drawn("P"), "PNG"),
    "png-alpha": lambda: pictures.save(drawn("RGBA"), "PNG"),
    "bmp": lambda: pictures.save(drawn("RGB"), "BMP"),
    "gif": lambda: pictures.save(drawn("P"), "GIF"),
    "webp": lambda: pictures.save(drawn("RGB"), "WEBP"),
    "tif": lambda: pictures.save(drawn("RGB"), "TIFF"),
    "tif-two-levels": lambda: pictures.save(drawn("1"), "TIFF"),
    "avif": lambda: pictures.save(drawn("RGB"), "AVIF"),
    "avif-turned": lambda: pictures.turned(drawn("RGB"), 6, "AVIF"),
    "jp2": lambda: pictures.save(drawn("RGB"), "JPEG2000"),
    "jp2-sixteen-bits": lambda: pictures.save(Image.new("I;16", (90, 60), 40_000), "JPEG2000"),
    "heic-turned": lambda: heic(drawn("RGB"), 6),
    "tif-turned": lambda: pictures.turned(drawn("RGB"), 6, "TIFF"),
}


@pytest.mark.parametrize("kind", LOSSLESS)
def test_the_pixels_of_a_picture_stay(kind: str) -> None:
    content = LOSSLESS[kind]()
    assert difference(shown(in_pdf(content)), decode_picture(content, 1, MOST)) == 0


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_stays_byte_for_byte(mode: str, *, progressive: bool) -> None:
    content = pictures.save(drawn(mode), "JPEG", progressive=progressive)
    pdf = in_pdf(content)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        (picture,) = opened.pages[0].get_images().values()
        assert picture.read_raw_bytes() == content
    if mode != "CMYK":  # for which there are as many conversions as programs
        assert difference(shown(pdf), decode_picture(content, 1, MOST)) <= 4


def test_a_jpeg_of_four_colours_is_not_shown_as_its_negative() -> None:
    content = pictures.save(drawn("CMYK"), "JPEG")
    levels = ImageStat.Stat(ImageChops.difference(shown(in_pdf(content)), decode_picture(content, 1, MOST))).mean
    assert max(levels) < 40


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_jpeg_is_shown_as_its_orientation_says(orientation: int) -> None:
    content = pictures.turned(drawn("RGB"), orientation, "JPEG")
    assert difference(shown(in_pdf(content)), decode_picture(content, 1, MOST)) <= 4


def test_the_jpegs_behind_the_first_are_left_out() -> None:
    file = io.BytesIO()
    drawn("RGB").save(file, "MPO", save_all=True, append_images=[drawn("RGB", (30, 20))])
    picture, data = embedded(file.getvalue())
    assert (picture.width, picture.height) == (90, 60)
    assert data.endswith(b"\xff\xd9")
    assert data.count(b"\xff\xd8\xff") == 1
    assert file.getvalue().startswith(data)


def test_a_jpeg_of_plain_colours_is_decoded_as_not_every_viewer_does() -> None:
    content = pictures.save(drawn("RGB"), "JPEG", keep_rgb=True, quality=95)
    start = content.index(b"\xff\xee")
    bare = content[:start] + content[start + 16 :]  # without Adobe's segment
    assert embedded(bare)[0].coding is Coding.PNG
    assert difference(shown(in_pdf(bare)), decode_picture(bare, 1, MOST)) == 0


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_of_grey_stay_sixteen(kind: str) -> None:
    wide = Image.linear_gradient("L").convert("I").point(lambda level: level * 257 - 5).convert("I;16")
    picture, data = embedded(pictures.save(wide, kind))
    assert (picture.bits, picture.coding) == (16, Coding.PNG)
    pdf = in_pdf(pictures.save(wide, kind))
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        (stored,) = opened.pages[0].get_images().values()
        samples = array("H", wide.tobytes())
        samples.byteswap()  # a PDF begins with the higher byte
        assert stored.read_bytes() == samples.tobytes()
    assert data


def test_every_frame_of_a_file_is_had_by_its_number() -> None:
    content = (FILES / "gif-animation.gif").read_bytes()
    for number in (1, 2, 3):
        assert difference(shown(in_pdf(content, number)), decode_picture(content, number, MOST)) == 0


def test_a_picture_that_cannot_be_decoded_is_refused() -> None:
    with pytest.raises(EngineFailure) as failed:
        embedded(pictures.damaged_png("HELLO"))
    assert failed.value.code is ItemErrorCode.IMAGE_CORRUPT


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP"])
def test_the_resolution_is_that_of_the_file(kind: str) -> None:
    dpi = resolution_of(pictures.save(drawn("RGB"), kind, dpi=(300, 150)), 1)
    assert dpi == pytest.approx((300, 150), abs=0.1)


@pytest.mark.parametrize("dpi", [(1, 1), (72, 5000), (0, 0)])
def test_a_resolution_that_nobody_meant_is_none(dpi: tuple[int, int]) -> None:
    assert resolution_of(pictures.save(drawn("RGB"), "PNG", dpi=dpi), 1) is None


def test_the_resolution_of_a_picture_with_a_lot_of_ballast_is_found_in_bounded_time() -> None:
    assert resolution_of(BOMBS["tiff_rationals"](5_000_000), 1) is None
    assert resolution_of(BOMBS["full_exif_segments"](5_000_000), 1) is None


def test_a_resolution_turns_with_its_picture() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = pictures.save(drawn("RGB"), "JPEG", dpi=(300, 150), exif=exif)
    assert resolution_of(content, 1) == (150, 300)
    assert embedded(content)[0].dpi == (150, 300)


def test_a_file_that_does_not_say_has_none() -> None:
    assert resolution_of(pictures.save(drawn("RGB"), "PNG"), 1) is None
    assert resolution_of(b"nothing", 1) is None
