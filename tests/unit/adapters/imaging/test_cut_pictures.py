"""Pictures of which a part is missing, so cleverly that a decoder fills it in silence."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

import pictures
from adapters.imaging.decoding import decode_page
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.engine import EngineFailure

LIMIT = 50_000_000
END = b"\xff\xd9"
PAGE = pictures.draw("ONE\nTWO\nSIX", (400, 200))


def code(content: bytes) -> ItemErrorCode | None:
    """Return why a file is not read, or None if it is."""
    try:
        decode_page(content, 1, LIMIT)
    except EngineFailure as failure:
        return failure.code
    return None


def jpeg(**options: object) -> bytes:
    return pictures.save(PAGE, "JPEG", quality=90, **options)


KINDS = {
    "baseline": jpeg(),
    "grey": pictures.save(PAGE.convert("L"), "JPEG"),
    "progressive": jpeg(progressive=True),
    "restarts in rows": jpeg(restart_marker_rows=1),
    "restarts in blocks": jpeg(restart_marker_blocks=1),
    "cmyk": pictures.save(PAGE.convert("CMYK"), "JPEG"),
}


def scan_of(whole: bytes) -> range:
    """Return the offsets of the entropy-coded data of the first scan."""
    return range(whole.index(b"\xff\xda") + 14, len(whole) - 2)


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_jpeg_is_read_with_its_end_mark_and_without(kind: str) -> None:
    assert code(KINDS[kind]) is code(KINDS[kind][:-2]) is code(KINDS[kind] + b"trailing") is None


TAILS = {"": b"", "end": END, "zeros": bytes(5_000), "fill": b"\xff" * 5_000, "html": b"<html></html>" * 400}


@pytest.mark.parametrize("tail", TAILS.values(), ids=TAILS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_jpeg_that_is_cut_in_its_scan_is_truncated(kind: str, tail: bytes) -> None:
    whole = KINDS[kind]
    for place in np.linspace(scan_of(whole).start, 0.95 * len(whole), 25).astype(int):
        assert code(whole[:place] + tail) is ItemErrorCode.IMAGE_TRUNCATED, (place, len(whole))


@pytest.mark.parametrize("kind", ["restarts in rows", "restarts in blocks"])
def test_a_jpeg_that_is_cut_at_a_restart_is_truncated(kind: str) -> None:
    whole = KINDS[kind]
    restarts = [at for at in scan_of(whole) if whole[at] == 0xFF and 0xD0 <= whole[at + 1] <= 0xD7]
    for place in restarts[:: len(restarts) // 20 or 1]:
        for end in (place, place + 1, place + 2):
            assert code(whole[:end]) is code(whole[:end] + END) is ItemErrorCode.IMAGE_TRUNCATED, (place, end)


def test_a_grey_corner_is_no_sign_of_a_cut() -> None:
    page = PAGE.copy()
    page.paste((128, 128, 128), (200, 100, 400, 200))
    assert code(pictures.save(page, "JPEG")) is None


def tiff(strips: list[bytes], tags: dict[int, tuple[int, list[int]]]) -> bytes:
    """Return a TIFF whose directory comes first, and whose strips end the file."""
    sizes = {273: (4, [0] * len(strips)), 279: (4, [len(strip) for strip in strips])}
    entries = sorted((tags | sizes).items())
    outside, place = bytearray(), 8 + 2 + 12 * len(entries) + 4
    start = place + sum(_size(kind, values) for _, (kind, values) in entries if _size(kind, values) > 4)
    offsets = [start + sum(map(len, strips[:number])) for number in range(len(strips))]
    directory = struct.pack("<H", len(entries))
    for tag, (kind, given) in entries:
        values = offsets if tag == 273 else given
        packed = struct.pack(f"<{len(values)}{'H' if kind == 3 else 'I'}", *values)
        if len(packed) > 4:
            word, outside = struct.pack("<I", place + len(outside)), outside + packed
        else:
            word = packed.ljust(4, b"\0")
        directory += struct.pack("<HHI", tag, kind, len(values)) + word
    return b"II*\0" + struct.pack("<I", 8) + directory + bytes(4) + bytes(outside) + b"".join(strips)


def _size(kind: int, values: list[int]) -> int:
    return len(values) * (2 if kind == 3 else 4)


def grey_tiff(strips: list[bytes], *, rows: int, compression: int = 1) -> bytes:
    short = {256: PAGE.width, 257: PAGE.height, 258: 8, 259: compression, 262: 1, 277: 1, 278: rows}
    return tiff(strips, {tag: (3, [value]) for tag, value in short.items()})


ROWS = PAGE.convert("L").tobytes()
STRIPS = [ROWS[at : at + 20 * PAGE.width] for at in range(0, len(ROWS), 20 * PAGE.width)]


@pytest.mark.parametrize("compression", [1, 8])
def test_a_tiff_whose_strips_end_behind_the_file_is_truncated(compression: int) -> None:
    strips = STRIPS if compression == 1 else [zlib.compress(strip) for strip in STRIPS]
    whole = grey_tiff(strips, rows=20, compression=compression)
    assert code(whole) is None
    for missing in (1, 100, len(whole) // 2):
        assert code(whole[:-missing]) is ItemErrorCode.IMAGE_TRUNCATED, missing


def test_a_tiff_with_fewer_strips_than_rows_is_corrupt() -> None:
    assert code(grey_tiff(STRIPS, rows=20)) is None
    assert code(grey_tiff(STRIPS[:5], rows=20)) is ItemErrorCode.IMAGE_CORRUPT
    assert code(grey_tiff([*STRIPS[:-1], b""], rows=20)) is ItemErrorCode.IMAGE_CORRUPT


def test_a_jpeg_in_a_tiff_that_is_cut_is_truncated() -> None:
    whole = pictures.save(PAGE, "TIFF", compression="jpeg", quality=90, tiffinfo={278: PAGE.height})
    (directory,) = struct.unpack_from("<I", whole, 4)
    entries = [struct.unpack_from("<HHII", whole, directory + 2 + 12 * number) for number in range(20)]
    place, size = (next(entry[3] for entry in entries if entry[0] == tag) for tag in (273, 279))
    assert code(whole) is None
    hollow = whole[: place + size // 2] + bytes(size - size // 2) + whole[place + size :]
    assert code(hollow) is ItemErrorCode.IMAGE_TRUNCATED


FAXES = ["tiff_ccitt", "group3", "group4"]
#: A page of many lines, whose fax has a few thousand bytes.
LONG = pictures.draw("\n".join(["FOUR FIVE", "SIX EIGHT"] * 5), (500, 600)).convert("L").convert("1")


def fax(compression: str, rows: int = 600, *, two_dimensional: bool = False) -> bytes:
    options = {292: 1} if two_dimensional else {}
    return pictures.save(LONG, "TIFF", compression=compression, tiffinfo={278: rows} | options)


def strips_of(whole: bytes) -> list[tuple[int, int, int]]:
    """Return the offset and size of each strip of a classic TIFF, and where its size stands."""
    (directory,) = struct.unpack_from("<I", whole, 4)
    (number,) = struct.unpack_from("<H", whole, directory)
    entries = {}
    for at in range(directory + 2, directory + 2 + 12 * number, 12):
        tag, kind, count, value = struct.unpack_from("<HHII", whole, at)
        form = "H" if kind == 3 else "I"
        place = at + 8 if count * struct.calcsize(form) <= 4 else value
        places = [place + n * struct.calcsize(form) for n in range(count)]
        entries[tag] = places, [struct.unpack_from(f"<{form}", whole, each)[0] for each in places]
    return list(zip(entries[273][1], entries[279][1], entries[279][0], strict=True))


def hollow(whole: bytes, start: int, end: int) -> bytes:
    return whole[:start] + bytes(end - start) + whole[end:]


@pytest.mark.parametrize("rows", [600, 100, 7])
@pytest.mark.parametrize("compression", FAXES)
def test_a_fax_is_whole_with_its_end_mark_and_without(compression: str, rows: int) -> None:
    whole = fax(compression, rows)
    assert code(whole) is None
    if compression == "group4":
        for offset, size, _ in strips_of(whole):
            bits = "".join(f"{byte:08b}" for byte in whole[offset : offset + size])
            kept = bits[: bits.index(2 * "000000000001")].ljust(8 * size, "0")
            whole = whole[:offset] + int(kept, 2).to_bytes(size, "big") + whole[offset + size :]
        assert code(whole) is None


@pytest.mark.parametrize("compression", FAXES)
@pytest.mark.parametrize("two_dimensional", [False, True])
def test_a_fax_whose_data_end_early_is_truncated(compression: str, *, two_dimensional: bool) -> None:
    whole = fax(compression, two_dimensional=two_dimensional and compression == "group3")
    ((offset, size, place),) = strips_of(whole)
    for part in np.linspace(0.1, 0.95, 18):
        kept = int(part * size)
        assert code(hollow(whole, offset + kept, offset + size)) is ItemErrorCode.IMAGE_TRUNCATED, part
        short = bytearray(whole)
        struct.pack_into("<I", short, place, kept)
        assert code(bytes(short)) in {ItemErrorCode.IMAGE_TRUNCATED, ItemErrorCode.IMAGE_CORRUPT}, part


@pytest.mark.parametrize("compression", FAXES)
def test_a_fax_of_strips_of_which_one_ends_early_is_truncated(compression: str) -> None:
    whole = fax(compression, 100)
    assert code(whole) is None
    for offset, size, _ in strips_of(whole):
        assert code(hollow(whole, offset + size // 2, offset + size)) is ItemErrorCode.IMAGE_TRUNCATED, offset


def test_a_fax_stored_from_the_lowest_bit_is_whole_or_truncated() -> None:
    turned = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
    short = {256: 500, 257: 600, 258: 1, 259: 4, 262: 0, 266: 2, 277: 1, 278: 600}
    ((offset, size, _),) = strips_of(fax("group4"))
    data = fax("group4")[offset : offset + size].translate(turned)
    tags = {tag: (3, [value]) for tag, value in short.items()}
    assert code(tiff([data], tags)) is None
    assert code(tiff([data[: size // 2] + bytes(size // 2)], tags)) is ItemErrorCode.IMAGE_TRUNCATED


def test_a_fax_with_a_damaged_code_word_is_not_read_as_garbage() -> None:
    whole = fax("group4")
    wanted = np.asarray(decode_page(whole, 1, LIMIT))
    ((offset, size, _),) = strips_of(whole)
    unnoticed = 0
    for place in range(offset + 10, offset + int(0.9 * size), size // 60):
        damaged = whole[:place] + bytes([whole[place] ^ 0x5A]) + whole[place + 1 :]
        if code(damaged) is None:
            wrong = (np.asarray(decode_page(damaged, 1, LIMIT)) != wanted).any(axis=1)
            unnoticed += int(wrong.sum() > 40)
    assert unnoticed <= 1


@pytest.mark.parametrize("compression", ["tiff_adobe_deflate", "tiff_deflate", "tiff_lzw", "packbits", "zstd", "lzma"])
@pytest.mark.parametrize("rows", [200, 50])
def test_a_compressed_tiff_that_ends_in_zeros_within_a_strip_is_not_read(compression: str, rows: int) -> None:
    page = PAGE.convert("L")
    whole = pictures.save(page, "TIFF", compression=compression, tiffinfo={278: rows})
    assert code(whole) is None
    for offset, size, _ in strips_of(whole):
        for part in (0.2, 0.5, 0.9):
            damaged = hollow(whole, offset + int(part * size), offset + size)
            if code(damaged) is None:  # xz has a directory behind its data
                assert decode_page(damaged, 1, LIMIT).tobytes() == decode_page(whole, 1, LIMIT).tobytes()


def test_a_strip_with_a_bad_checksum_is_corrupt() -> None:
    whole = grey_tiff([zlib.compress(ROWS)], rows=200, compression=8)
    ((offset, size, _),) = strips_of(whole)
    for place in range(offset + 2, offset + size, size // 50):
        damaged = whole[:place] + bytes([whole[place] ^ 0x5A]) + whole[place + 1 :]
        assert code(damaged) is ItemErrorCode.IMAGE_CORRUPT, place


def test_more_rows_in_a_strip_than_in_the_picture_are_left_out() -> None:
    longer = ROWS + ROWS[: 50 * PAGE.width]
    assert code(grey_tiff([zlib.compress(longer)], rows=250, compression=8)) is None


@pytest.mark.parametrize("form", ["png", "png-interlaced"])
@pytest.mark.parametrize("missing", [1, 2, 30, 79])
def test_a_png_whose_data_end_early_is_truncated(form: str, missing: int) -> None:
    whole = pictures.FORMS[form]("HELLO")
    start, width = whole.index(b"IDAT"), pictures.draw("").width
    (length,) = struct.unpack_from(">I", whole, start - 4)
    rows = zlib.decompress(whole[start + 4 : start + 4 + length])
    short = pictures.png_chunk(b"IDAT", zlib.compress(rows[: -missing * (1 + width)]))
    cut = whole[: start - 4] + short + whole[start + 8 + length :]
    assert code(whole) is None
    assert code(cut) is ItemErrorCode.IMAGE_TRUNCATED


@pytest.mark.parametrize("form", ["png-1-bit", "png-palette", "png-interlaced", "png-16-bit", "png-alpha"])
def test_a_black_png_is_whole(form: str) -> None:
    dark = pictures.FORMS[form]("A")
    assert code(dark) is None
    black = pictures.save(Image.new("RGB", (31, 17)))
    assert code(black) is None


def test_the_start_of_a_webp_in_a_file_of_full_length_is_truncated() -> None:
    noisy = Image.effect_noise((400, 300), 60).convert("RGB")
    whole = pictures.save(noisy, "WEBP", quality=80)
    assert code(whole) is None
    for part in (0.3, 0.6, 0.9):
        kept = int(part * len(whole))
        assert code(whole[:kept] + bytes(len(whole) - kept)) is ItemErrorCode.IMAGE_TRUNCATED


def bmp_of_4_bits(page: Image.Image) -> bytes:
    """Return a grey page as a BMP of 16 colours, of which 0 is black."""
    nibbles = np.flipud(np.asarray(page)) >> 4
    rows = (nibbles[:, ::2] << 4 | nibbles[:, 1::2]).tobytes()
    head = struct.pack("<IiiHHIIiiII", 40, *page.size, 1, 4, 0, len(rows), 0, 0, 0, 0)
    palette = b"".join(bytes([17 * level] * 3 + [0]) for level in range(16))
    return b"BM" + struct.pack("<IHHI", 118 + len(rows), 0, 0, 118) + head + palette + rows


GREY = PAGE.convert("L")
#: Name -> a file, and the bytes of a row.
UNCOMPRESSED = {
    "bmp of 24 bits": (pictures.save(PAGE, "BMP"), 1200),
    "bmp of 32 bits": (pictures.save(PAGE.convert("RGBA"), "BMP"), 1600),
    "bmp of grey": (pictures.save(GREY, "BMP"), 400),
    "bmp of 4 bits": (bmp_of_4_bits(GREY), 200),
    "bmp of 1 bit": (pictures.save(GREY.convert("1"), "BMP"), 52),
    "tiff of colours": (pictures.save(PAGE, "TIFF"), 1200),
    "tiff of grey": (pictures.save(GREY, "TIFF"), 400),
    "tiff of 16 bits": (pictures.save(Image.fromarray(np.asarray(GREY).astype(np.uint16) * 257), "TIFF"), 800),
    "tiff of strips": (pictures.save(PAGE, "TIFF", tiffinfo={278: 16}), 1200),
    "tiff of 1 bit": (pictures.save(GREY.convert("1"), "TIFF"), 50),
}


@pytest.mark.parametrize(("whole", "row"), UNCOMPRESSED.values(), ids=UNCOMPRESSED)
def test_pixels_that_end_in_zeros_within_a_row_are_truncated(whole: bytes, row: int) -> None:
    for part in range(1, 10):
        place = len(whole) - part * PAGE.height // 10 * row - row // 2
        assert code(whole[:place] + bytes(len(whole) - place)) is ItemErrorCode.IMAGE_TRUNCATED
    assert code(whole) is None


def bordered(*sides: str, angle: float = 0.0, ground: int = 255) -> Image.Image:
    """Return a page with black borders, turned by some degrees with black behind it."""
    page = Image.new("L", (400, 200), ground)
    page.paste(pictures.draw("ONE", (200, 100)).convert("L"), (100, 50))
    page = page.rotate(angle, fillcolor=0)
    boxes = {"top": (0, 0, 400, 20), "bottom": (0, 180, 400, 200), "left": (0, 0, 30, 200), "right": (370, 0, 400, 200)}
    for side in sides:
        page.paste(0, boxes[side])
    return page


BORDERS = {
    "top": bordered("top"),
    "bottom": bordered("bottom"),
    "all around": bordered("top", "bottom", "left", "right"),
    "right and bottom": bordered("right", "bottom"),
    "skewed": bordered(angle=2),
    "skewed the other way": bordered(angle=-0.7),
    "skewed, with borders": bordered("top", "bottom", angle=0.2),
    "a dark ground": bordered("bottom", angle=1, ground=40),
    "a corner": bordered("right"),
    "black": Image.new("L", (400, 200)),
}


@pytest.mark.parametrize("form", ["BMP", "TIFF"])
@pytest.mark.parametrize("border", BORDERS)
def test_a_picture_with_a_black_border_is_whole(border: str, form: str) -> None:
    for mode in ("L", "RGB", "1"):
        for turned in (BORDERS[border], BORDERS[border].transpose(Image.Transpose.ROTATE_180)):
            assert code(pictures.save(turned.convert(mode), form)) is None
        if form == "BMP":
            assert code(bmp_of_4_bits(BORDERS[border])) is None


def test_a_border_that_is_askew_by_less_than_a_pixel_cuts_no_page_of_few_bits() -> None:
    page = bordered()
    for side in (0, 182):  # the bottom of a TIFF is stored last, that of a BMP first
        page.paste(0, (0, side, 400, side + 18))
    page.paste(0, (200, 181, 400, 182))
    page.paste(0, (0, 18, 200, 19))
    for form in ("BMP", "TIFF"):
        assert code(pictures.save(page.convert("1"), form)) is None
    assert code(bmp_of_4_bits(page)) is None


def test_a_bmp_of_runs_that_ends_in_zeros_is_truncated() -> None:
    head = b"BM" + struct.pack("<IHHI", 0, 0, 0, 14 + 40 + 1024)
    head += struct.pack("<IiiHHIIiiII", 40, 40, 200, 1, 8, 1, 0, 0, 0, 0, 0) + bytes(range(256)) * 4
    whole = head + b"".join(b"\x28\x50\0\0" for _ in range(200)) + b"\0\1"
    assert code(whole) is code(whole + bytes(500)) is None
    assert code(whole[:-500] + bytes(500)) is ItemErrorCode.IMAGE_TRUNCATED
