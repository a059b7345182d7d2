"""Pictures of forms that decoders misread, or that hide what is on them."""

import struct
from collections.abc import Sequence
from io import BytesIO

import cv2
import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageStat

import pictures
import tiffs
from adapters.imaging.contrast import spread
from adapters.imaging.decoding import decode_page
from adapters.imaging.ink import has_ink
from inspected import header_imaging
from ocrcore.domain.codes import ItemErrorCode, JobWarning
from ocrcore.domain.errors import UnsupportedImage
from ocrcore.ports.engine import EngineFailure
from ocrcore.ports.imaging import Header
from unit.adapters.imaging.test_cut_pictures import PAGE, code, tiff

LIMIT = 50_000_000
GREY = PAGE.convert("L")


def difference(one: Image.Image, other: Image.Image) -> float:
    return float(ImageStat.Stat(ImageChops.difference(one, other)).mean[0])


def page(content: bytes) -> Image.Image:
    return decode_page(content, 1, LIMIT)


def grey_tags(bits: int, photometric: int = 1, **more: Sequence[int]) -> dict[int, tuple[int, list[int]]]:
    short = {256: [PAGE.width], 257: [PAGE.height], 258: [bits], 259: [1], 262: [photometric], 277: [1]}
    short |= {278: [PAGE.height]} | {int(tag[1:]): list(values) for tag, values in more.items()}
    return {tag: (3, values) for tag, values in short.items()}


def test_a_colour_map_of_8_bits_is_taken_for_one() -> None:
    narrow = [level for _ in range(3) for level in range(256)]
    wide = [257 * level for level in narrow]
    for colours in (narrow, wide):
        content = tiff([GREY.tobytes()], grey_tags(8, 3, _320=colours))
        assert difference(page(content), GREY) == 0


@pytest.mark.parametrize("bits", [8, 16])
def test_a_premultiplied_alpha_of_zero_says_nothing(bits: int) -> None:
    pixels = np.dstack([np.asarray(PAGE), np.zeros((PAGE.height, PAGE.width), "u1")]).astype(f"u{bits // 8}")
    form = tiffs.Form(tiffs.RGB, bits, samples=4, extra=(1,))
    content = tiffs.write(pixels * (257 if bits == 16 else 1), form, tiffs.Writing())
    assert difference(page(content), GREY) < 1


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16, 32])
def test_samples_of_no_format_are_numbers(bits: int) -> None:
    levels = np.asarray(GREY).astype("u4") >> 8 - min(bits, 8)
    packed = levels.astype(f"<u{max(1, bits // 8)}").tobytes()
    if bits < 8:
        each = 8 // bits
        parts = [levels[:, at::each] << bits * (each - 1 - at) for at in range(each)]
        packed = np.sum(parts, axis=0).astype("u1").tobytes()
    plain, void = (tiff([packed], grey_tags(bits, 1, _339=[kind])) for kind in (1, 4))
    assert page(void).tobytes() == page(plain).tobytes()
    header_imaging().inspect(BytesIO(void))


def test_colours_of_no_format_are_numbers() -> None:
    tags = grey_tags(8, 2, _339=[4, 4, 4]) | {258: (3, [8, 8, 8]), 277: (3, [3])}
    assert difference(page(tiff([PAGE.tobytes()], tags)), GREY) < 1


def test_a_fax_that_does_not_say_what_black_is_is_read_as_faxes_are() -> None:
    sharp = GREY.point(lambda level: 255 if level > 128 else 0)
    content = pictures.save(
        ImageChops.invert(sharp).convert("1"), "TIFF", compression="group4", tiffinfo={278: GREY.height}
    )
    named = struct.pack("<HHIHH", 262, 3, 1, 1, 0)  # black is zero
    assert content.count(named) == 1
    silent = content.replace(named, struct.pack("<HHIHH", 263, 3, 1, 1, 0))  # how grey is made of dots
    assert page(silent).tobytes() == sharp.tobytes()


def test_a_tiff_that_does_not_say_what_black_is_is_refused_by_that_name() -> None:
    tags = grey_tags(8)
    del tags[262]
    with pytest.raises(UnsupportedImage, match="is a TIFF that does not say how its colours are stored, which is not"):
        header_imaging().inspect(BytesIO(tiff([GREY.tobytes()], tags)))


def test_a_jpeg_whose_height_comes_behind_its_pixels_is_refused_by_that_name() -> None:
    content = bytearray(pictures.save(PAGE, "JPEG"))
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 7] = bytes(2)
    scan = content.index(b"\xff\xd9")
    content[scan:scan] = struct.pack(">HHH", 0xFFDC, 4, PAGE.height)
    with pytest.raises(UnsupportedImage, match=r"is a JPEG whose height is not in its header \(DNL\), which is not"):
        header_imaging().inspect(BytesIO(bytes(content)))


def test_colours_of_fewer_pixels_are_read_from_jpegs_only() -> None:
    with pytest.raises(UnsupportedImage, match="colours of fewer pixels than its luminance"):
        header_imaging().inspect(BytesIO(tiff([bytes(PAGE.width * PAGE.height * 3)], ycbcr(2))))
    assert code(tiff([PAGE.convert("YCbCr").tobytes()], ycbcr(1))) is None


def ycbcr(subsampling: int) -> dict[int, tuple[int, list[int]]]:
    return grey_tags(8, 6) | {258: (3, [8, 8, 8]), 277: (3, [3]), 530: (3, [subsampling, subsampling])}


@pytest.mark.parametrize("most", [255, 511, 1023, 4095, 16_383, 65_535])
@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_wide_pixels_that_use_a_part_of_their_range_are_seen(form: str, most: int) -> None:
    wide = Image.fromarray((np.asarray(GREY).astype("u4") * most // 255).astype("u2"))
    assert spread(page(pictures.save(wide, form))) > 120


@pytest.mark.parametrize("scale", [1.0, 1e-20, 255.0, 3e4])
def test_a_hot_pixel_does_not_hide_the_others(scale: float) -> None:
    wide = np.asarray(GREY).astype("f4") / 255 * scale
    wide[0, 0] = 1e6
    assert spread(page(pictures.save(Image.fromarray(wide), "TIFF"))) > 90
    whole = np.asarray(GREY).astype("i4") * 100
    whole[0, 0] = 2**30
    assert spread(page(pictures.save(Image.fromarray(whole), "TIFF"))) > 90


@pytest.mark.parametrize(
    ("ink", "ground"),
    [((170, 110, 128), (120, 136, 128)), ((120, 128, 210), (140, 128, 128)), ((255, 140, 0), (160, 160, 160))],
)
@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_colours_of_one_luminance_are_told_apart(form: str, ink: tuple[int, ...], ground: tuple[int, ...]) -> None:
    letters = ImageChops.invert(GREY).point(lambda level: 255 if level > 127 else 0)
    coloured = Image.new("RGB", PAGE.size, ground)
    coloured.paste(ink, mask=letters)
    read = page(pictures.save(coloured, form))
    inside = ImageStat.Stat(read, letters).mean[0]
    outside = ImageStat.Stat(read, ImageChops.invert(letters)).mean[0]
    assert abs(inside - outside) > 100


def test_a_blank_coloured_page_stays_blank() -> None:
    noise = np.random.default_rng(1).normal(0, 3, (300, 400, 3))
    paper = np.clip(np.array([240, 228, 200]) + noise, 0, 255).astype("u1")
    for form in ("PNG", "JPEG"):
        assert not has_ink(page(pictures.save(Image.fromarray(paper), form)))


@pytest.mark.parametrize("size", [22, 28, 40])
def test_white_letters_with_a_dark_edge_are_put_on_black(size: int) -> None:
    mask = Image.new("L", (400, 100))
    ImageDraw.Draw(mask).text((20, 20), "Total 4071", 255, ImageFont.load_default(size))
    colour = mask.point(lambda level: 255 if level > 200 else level // 3)
    clear = Image.merge("RGBA", [*[colour] * 3, mask.point(lambda level: 255 if level else 0)])
    assert page(pictures.save(clear)).getpixel((0, 0)) == 0


@pytest.mark.parametrize(("width", "height", "size"), [(40, 12, 7), (3000, 40, 8), (2480, 3508, 9), (60, 16, 8)])
def test_a_line_of_small_letters_is_ink(width: int, height: int, size: int) -> None:
    small = Image.new("L", (width, height), 255)
    ImageDraw.Draw(small).text((2, 1), "Total of the year 4071", 0, ImageFont.load_default(size))
    assert has_ink(small)


def test_folds_and_shadows_of_a_large_page_are_no_ink() -> None:
    across = np.tile(np.linspace(120, 250, 2480), (3508, 1))
    across[1700:, :] -= 40
    noise = np.random.default_rng(2).normal(0, 4, across.shape)
    assert not has_ink(Image.fromarray(np.clip(across + noise, 0, 255).astype("u1")))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["H", "I"])
def test_an_orientation_may_be_a_short_or_a_long_number(kind: str, order: str) -> None:
    value = struct.pack(order + kind, 3).ljust(4, b"\0")
    mark = b"II*\0" if order == "<" else b"MM\0*"
    exif = mark + struct.pack(order + "IHHHI", 8, 1, 0x112, 3 if kind == "H" else 4, 1) + value + bytes(4)
    content = pictures.save(PAGE, "JPEG", quality=95, exif=b"Exif\0\0" + exif)
    assert difference(page(content), GREY.transpose(Image.Transpose.ROTATE_180)) < 3


def test_a_stray_byte_between_the_frames_of_a_gif_hides_none() -> None:
    whole = pictures.SEVERAL["gif"]()
    second = whole.index(b"\x21\xf9", whole.index(b"\x2c") + 10)
    assert header_imaging().inspect(BytesIO(whole[:second] + b"\0" + whole[second:])).pages == 3


def ends_of_frames(content: bytes) -> list[int]:
    """Return where the frames of a GIF of ours end: each is followed by an extension, the last by the end mark."""
    _, *announced = (at for at in range(len(content)) if content[at : at + 3] == b"\x21\xf9\x04")
    return [*announced, len(content) - 1]


def test_a_gif_that_is_cut_between_two_frames_is_refused_or_told() -> None:
    whole = pictures.SEVERAL["gif"]()
    first, second, third = ends_of_frames(whole)
    for end in (first, second):
        for more in range(1, 9):
            with pytest.raises(UnsupportedImage, match="ends too early"):
                header_imaging().inspect(BytesIO(whole[: end + more]))
    assert header_imaging().inspect(BytesIO(whole[:second])) == Header("gif", 2, (JobWarning.PAGES_LOST,))
    assert header_imaging().inspect(BytesIO(whole[:third])) == Header("gif", 3, (JobWarning.PAGES_LOST,))
    assert header_imaging().inspect(BytesIO(whole)) == Header("gif", 3)


def test_a_gif_of_one_frame_may_lack_its_end_mark() -> None:
    whole = pictures.FORMS["gif"]("A")
    for content in (whole, whole[:-1], whole[:-1] + b"\0"):
        assert header_imaging().inspect(BytesIO(content)) == Header("gif")


@pytest.mark.parametrize("depth", [4, 8])
def test_a_bmp_of_two_colours_may_have_more_bits(depth: int) -> None:
    columns, rows = 96, 20
    bits = np.random.default_rng(depth).integers(0, 2, (rows, columns), "u1")
    packed = bits if depth == 8 else bits[:, ::2] << 4 | bits[:, 1::2]
    head = struct.pack("<IiiHHIIiiII", 40, columns, rows, 1, depth, 0, packed.size, 0, 0, 2, 2)
    offset = 14 + len(head) + 8
    content = b"BM" + struct.pack("<IHHI", offset + packed.size, 0, 0, offset) + head
    content += b"\0\0\0\0\xff\xff\xff\0" + packed.tobytes()
    expected = cv2.imdecode(np.frombuffer(content, "u1"), cv2.IMREAD_GRAYSCALE)
    assert expected is not None
    assert np.array_equal(np.asarray(page(content)), expected)


def test_a_bmp_of_one_pixel_with_the_shortest_header_is_read() -> None:
    content = b"BM" + struct.pack("<IHHI", 30, 0, 0, 26) + struct.pack("<IHHHH", 12, 1, 1, 1, 24) + b"\x80\x80\x80\0"
    assert page(content).getpixel((0, 0)) == 128


@pytest.mark.parametrize(("kind", "level", "seen"), [("u2", 0, 0), ("u2", 65_535, 255), ("f4", 0, 0), ("i4", 0, 0)])
def test_a_wide_picture_of_one_level_keeps_it(kind: str, level: int, seen: int) -> None:
    wide = Image.fromarray(np.full((20, 20), level, kind))
    assert page(pictures.save(wide, "TIFF")).getextrema() == (seen, seen)


def test_a_bmp_with_the_channels_of_a_web_picture_is_refused_by_its_name() -> None:
    head = struct.pack("<IiiHHIIiiII", 56, 4, 4, 1, 32, 3, 64, 0, 0, 0, 0) + struct.pack(
        "<IIII", 0xFF, 0xFF00, 0xFF0000, 0
    )
    content = b"BM" + struct.pack("<IHHI", 14 + 56 + 64, 0, 0, 14 + 56) + head + bytes(64)
    with pytest.raises(UnsupportedImage, match="unusual bit masks"):
        header_imaging().inspect(BytesIO(content))


def test_a_lossless_jpeg_in_colour_is_read() -> None:
    content = bytes(imagecodecs.jpeg8_encode(np.asarray(PAGE), lossless=True))
    assert difference(page(content), GREY) < 1


def test_one_sample_is_no_plane() -> None:
    wide = np.asarray(GREY).astype("u2") * 257
    content = tiffs.write(wide[..., None], tiffs.Form(tiffs.BLACK_IS_ZERO, 16), tiffs.Writing(separate=True))
    assert difference(page(content), GREY) <= 1


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\xff\xd8\xff\xf7\0\x0b\x08\0\x04\0\x04\x01\x01\x11\0", "a JPEG-LS"),
        (b"BM" + bytes(12) + struct.pack("<IHHHH", 16, 4, 4, 1, 24) + bytes(40), "a BMP with a header of 16 bytes"),
    ],
)
def test_a_rare_form_is_refused_by_its_name(content: bytes, name: str) -> None:
    with pytest.raises(UnsupportedImage, match=name):
        header_imaging().inspect(BytesIO(content))
    with pytest.raises(EngineFailure) as caught:
        page(content)
    assert caught.value.code is ItemErrorCode.UNSUPPORTED_IMAGE


@pytest.mark.parametrize("order", ["<", ">"])
def test_32_bits_that_are_not_said_to_be_unsigned_are_read_in_either_byte_order(order: str) -> None:
    pixels = np.asarray(GREY).astype("u4")[..., None] * 0x01010101
    said = tiffs.write(pixels, tiffs.Form(tiffs.BLACK_IS_ZERO, 32), tiffs.Writing(order=order))
    unsaid = said.replace(struct.pack(f"{order}HH", 339, 3), struct.pack(f"{order}HH", 65_000, 3))
    assert unsaid != said
    assert difference(page(unsaid), GREY) < 1


@pytest.mark.parametrize("kind", [b"pHYs", b"gAMA", b"tEXt", b"iCCP", b"eXIf", b"tIME"])
@pytest.mark.parametrize("is_behind", [False, True])
def test_a_wrong_checksum_of_what_is_no_pixel_costs_a_png_nothing(kind: bytes, *, is_behind: bool) -> None:
    whole = pictures.png("HELLO")
    chunk = pictures.png_chunk(kind, bytes(9))[:-4] + b"\0\1\2\3"
    place = whole.rindex(b"IEND") - 4 if is_behind else whole.index(b"IDAT") - 4
    odd = whole[:place] + chunk + whole[place:]
    assert page(odd).tobytes() == page(whole).tobytes()
    assert header_imaging().inspect(BytesIO(odd)) == header_imaging().inspect(BytesIO(whole))
