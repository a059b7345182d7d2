"""Pictures with a known text, drawn when they are asked for."""

import io
import random
import struct
import unicodedata
import zlib
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files

from PIL import Image, ImageChops, ImageDraw, ImageFont

from heics import heic

#: EXIF orientation 6: the camera was held upright, the pixels lie on their side.
ON_ITS_SIDE = 6


def draw(text: str, size: tuple[int, int] = (640, 160)) -> Image.Image:
    """Return a page with black letters on white."""
    page = Image.new("RGB", size, "white")
    ImageDraw.Draw(page).multiline_text((24, 24), text, "black", ImageFont.load_default(40), spacing=16)
    return page


def save(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def png(text: str) -> bytes:
    return save(draw(text).convert("L"))


def drawing() -> Image.Image:
    """Return a page with ink and no word."""
    page = Image.new("L", (600, 400), 255)
    ImageDraw.Draw(page).ellipse((100, 100, 400, 300), outline=0, width=5)
    return page


#: What was done to a picture that this EXIF orientation puts upright.
TURNS: Mapping[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def turned(picture: Image.Image, orientation: int, form: str, **options: object) -> bytes:
    """Return a file that is right only after the turn that its EXIF asks for."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    lying = picture.transpose(TURNS[orientation]) if orientation in TURNS else picture
    return save(lying, form, exif=exif, **options)


def turned_jpeg(text: str) -> bytes:
    """Return a phone's JPEG."""
    return turned(draw(text), ON_ITS_SIDE, "JPEG", quality=90)


def mpo(text: str) -> bytes:
    return save(draw(text), "MPO", save_all=True, append_images=[draw("SECOND PICTURE")])


def frames(form: str, **options: object) -> bytes:
    return save(draw("ONE"), form, save_all=True, append_images=[draw("TWO"), draw("THREE")], **options)


def _clear(text: str) -> Image.Image:
    """Return black letters on nothing; what is clear is black, too, for those who forget to look."""
    letters = Image.eval(draw(text).convert("L"), lambda value: 255 - value)
    page = Image.new("RGBA", letters.size, (0, 0, 0, 0))
    page.putalpha(letters)
    return page


def _clear_palette(text: str) -> bytes:
    page = draw(text).convert("L").point(lambda value: 0 if value < 128 else 1).convert("P")
    page.putpalette([0, 0, 0, 0, 0, 0])
    return save(page, transparency=1)


def _sixteen_bit(text: str) -> Image.Image:
    return draw(text).convert("L").convert("I").point(lambda value: value * 257).convert("I;16")


def _float(text: str) -> Image.Image:
    return draw(text).convert("F").point(lambda value: value * (1 / 255))


def white_on_clear(text: str) -> bytes:
    page = Image.new("RGBA", (640, 160), "white")
    page.putalpha(_clear(text).getchannel("A"))
    return save(page)


def _clear_gif(text: str) -> bytes:
    page = draw(text).convert("L").point(lambda value: 0 if value < 128 else 1).convert("P")
    page.putpalette([0, 0, 0, 0, 0, 0])
    return save(page, "GIF", transparency=1)


def _png_of(
    size: tuple[int, int],
    depth: int,
    colour: int,
    rows: bytes,
    *,
    interlaced: bool = False,
    palette: bytes = b"",
    hidden: bytes = b"",
) -> bytes:
    header = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, interlaced)
    colours = [(kind, content) for kind, content in ((b"PLTE", palette), (b"tRNS", hidden)) if content]
    chunks = ((b"IHDR", header), *colours, (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(kind, content) for kind, content in chunks)


#: Colour type of a PNG -> the depths that it may have, and the samples of a pixel.
PNG_DEPTHS: Mapping[int, tuple[int, ...]] = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_PNG_SAMPLES: Mapping[int, int] = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def noisy_png(size: tuple[int, int], depth: int, colour: int, seed: int, *, see_through: bool = False) -> bytes:
    """Return a PNG of noise, in any of the forms that the standard allows.

    ``see_through``: the grey or the colour of the first pixel is transparent; of a palette, each colour by chance.
    """
    noise = random.Random(seed)  # noqa: S311 - no secret
    row = (size[0] * depth * _PNG_SAMPLES[colour] + 7) // 8
    rows = b"".join(b"\0" + noise.randbytes(row) for _ in range(size[1]))
    palette = noise.randbytes(3 << depth) if colour == 3 else b""
    if not see_through:
        hidden = b""
    elif colour == 3:
        hidden = noise.randbytes(1 << depth)
    elif depth == 16:
        hidden = rows[1 : 1 + 2 * _PNG_SAMPLES[colour]]
    else:
        first = [value >> (8 - depth) for value in rows[1 : 1 + _PNG_SAMPLES[colour]]]
        hidden = struct.pack(f">{len(first)}H", *first)
    return _png_of(size, depth, colour, rows, palette=palette, hidden=hidden)


def noisy_bmp(size: tuple[int, int], depth: int, seed: int, *, upside_down: bool = False) -> bytes:
    """Return a BMP of noise."""
    noise = random.Random(seed)  # noqa: S311 - no secret
    palette = noise.randbytes(4 << depth) if depth <= 8 else b""
    pixels = noise.randbytes((size[0] * depth + 31) // 32 * 4 * size[1])
    offset = 14 + 40 + len(palette)
    height = -size[1] if upside_down else size[1]
    head = b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset)
    info = struct.pack("<IiiHHIIiiII", 40, size[0], height, 1, depth, 0, len(pixels), 0, 0, 0, 0)
    return head + info + palette + pixels


def _interlaced(text: str) -> bytes:
    """Return a PNG in Adam7's seven passes, which Pillow reads and does not write."""
    page = draw(text).convert("L")
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    content, width = page.tobytes(), page.width
    rows = (
        b"\0" + content[y * width + x : (y + 1) * width : dx]
        for x, y0, dx, dy in passes
        for y in range(y0, page.height, dy)
    )
    return _png_of(page.size, 8, 0, b"".join(rows), interlaced=True)


def _deep(picture: Image.Image, colour: int) -> bytes:
    """Return a PNG of 16 bits a channel."""
    content, row = picture.tobytes(), picture.width * len(picture.getbands())
    wide = bytes(value for value in content for _ in range(2))
    return _png_of(
        picture.size, 16, colour, b"".join(b"\0" + wide[at : at + 2 * row] for at in range(0, len(wide), 2 * row))
    )


def _ycck(text: str) -> bytes:
    """Return a JPEG of ink as luma and chroma, as Adobe's programs write it; Pillow only reads these."""
    bands = ImageChops.invert(draw(text)).convert("YCbCr").split()
    page = Image.merge("CMYK", [ImageChops.invert(band) for band in bands] + [Image.new("L", bands[0].size, 0)])
    content = bytearray(save(page, "JPEG", quality=90))
    content[content.index(b"Adobe") + 11] = 2
    return bytes(content)


def _clear_rgb(text: str) -> bytes:
    """Return white letters on a colour that counts as clear."""
    page = draw(text).point(lambda value: 0 if value < 128 else 255)
    return save(page, transparency=(255, 255, 255))


#: What a picture may look like inside, and still say the same.
FORMS: Mapping[str, Callable[[str], bytes]] = {
    "png": png,
    "png-rgb": lambda text: save(draw(text)),
    "png-1-bit": lambda text: save(draw(text).convert("1")),
    "png-palette": lambda text: save(draw(text).convert("P")),
    "png-alpha": lambda text: save(_clear(text)),
    "png-grey-alpha": lambda text: save(_clear(text).convert("LA")),
    "png-palette-transparency": _clear_palette,
    "png-rgb-transparency": _clear_rgb,
    "png-16-bit": lambda text: save(_sixteen_bit(text)),
    "png-16-bit-rgb": lambda text: _deep(draw(text), 2),
    "png-16-bit-alpha": lambda text: _deep(_clear(text), 6),
    "png-interlaced": _interlaced,
    "png-turned": lambda text: turned(draw(text), 6, "PNG"),
    "jpeg": lambda text: save(draw(text), "JPEG", quality=90),
    "jpeg-grey": lambda text: save(draw(text).convert("L"), "JPEG", quality=90),
    "jpeg-progressive": lambda text: save(draw(text), "JPEG", quality=90, progressive=True),
    "jpeg-cmyk": lambda text: save(draw(text).convert("CMYK"), "JPEG", quality=90),
    "jpeg-ycck": _ycck,
    "jpeg-turned": turned_jpeg,
    "mpo": mpo,
    "tiff": lambda text: save(draw(text), "TIFF"),
    "tiff-lzw": lambda text: save(draw(text), "TIFF", compression="tiff_lzw"),
    "tiff-fax": lambda text: save(draw(text).convert("1"), "TIFF", compression="group4"),
    "tiff-cmyk": lambda text: save(draw(text).convert("CMYK"), "TIFF"),
    "tiff-turned": lambda text: turned(draw(text), 6, "TIFF"),
    "tiff-jpeg": lambda text: save(draw(text), "TIFF", compression="jpeg", quality=90),
    "tiff-ycbcr": lambda text: save(draw(text).convert("YCbCr"), "TIFF"),
    "tiff-palette": lambda text: save(draw(text).convert("P"), "TIFF"),
    "tiff-alpha": lambda text: save(_clear(text), "TIFF"),
    "tiff-lab": lambda text: save(draw(text).convert("L").convert("RGB").convert("LAB"), "TIFF"),
    "tiff-16-bit": lambda text: save(_sixteen_bit(text), "TIFF"),
    "tiff-float": lambda text: save(_float(text), "TIFF"),
    "webp": lambda text: save(draw(text), "WEBP", quality=90),
    "webp-lossless": lambda text: save(draw(text), "WEBP", lossless=True),
    "webp-alpha": lambda text: save(_clear(text), "WEBP", lossless=True),
    "webp-turned": lambda text: turned(draw(text), 6, "WEBP", quality=90),
    "gif": lambda text: save(draw(text), "GIF"),
    "gif-transparency": _clear_gif,
    "bmp": lambda text: save(draw(text), "BMP"),
    "bmp-1-bit": lambda text: save(draw(text).convert("1"), "BMP"),
    "avif": lambda text: save(draw(text), "AVIF", quality=90),
    "avif-grey": lambda text: save(draw(text).convert("L"), "AVIF", quality=90),
    "avif-alpha": lambda text: save(_clear(text), "AVIF", quality=90),
    "avif-turned": lambda text: turned(draw(text), 6, "AVIF", quality=90),
    "jp2": lambda text: save(draw(text), "JPEG2000"),
    "jp2-grey": lambda text: save(draw(text).convert("L"), "JPEG2000"),
    "jp2-alpha": lambda text: save(_clear(text), "JPEG2000"),
    "jp2-cmyk": lambda text: save(draw(text).convert("CMYK"), "JPEG2000"),
    "jp2-16-bit": lambda text: save(_sixteen_bit(text), "JPEG2000"),
    "jp2-lossy": lambda text: save(draw(text), "JPEG2000", irreversible=True, quality_layers=[20]),
    "jp2-tiles": lambda text: save(draw(text), "JPEG2000", tile_size=(128, 128)),
    "jp2-bare": lambda text: save(draw(text), "JPEG2000", no_jp2=True),
    "heic": lambda text: heic(draw(text)),
    "heic-turned": lambda text: heic(draw(text).transpose(TURNS[6]), 6),
}

#: Several pictures in one file.
SEVERAL: Mapping[str, Callable[[], bytes]] = {
    "tiff": lambda: frames("TIFF"),
    "gif": lambda: frames("GIF", duration=100),
    "webp": lambda: frames("WEBP", duration=100),
}


def without_side(form: str, side: int) -> bytes:
    """Return a file whose header announces no width (0) or no height (1)."""
    content = bytearray(save(Image.new("L", (40, 30)), form))
    match form:
        case "JPEG":
            place = content.index(b"\xff\xc0") + 7 - 2 * side
        case "GIF":
            struct.pack_into("<H", content, 6 + 2 * side, 0)  # of the screen; the frame's follows
            place = content.rindex(b"\x2c\0\0\0\0") + 5 + 2 * side
        case "TIFF":
            place = content.index(struct.pack("<H", 256 + side)) + 8
        case _:
            raise ValueError(form)
    struct.pack_into("<H", content, place, 0)
    return bytes(content)


def columns(*texts: Sequence[str], size: int = 26) -> bytes:
    """Return a page of one column or of several, each given as its lines."""
    font, width = ImageFont.load_default(size), 0.0
    lefts = []
    for lines in texts:
        lefts.append(round(width + 2 * size))
        width = lefts[-1] + max(font.getlength(line) for line in lines)
    page = Image.new("L", (round(width + 2 * size), round(size * (1.5 * max(map(len, texts)) + 4))), "white")
    for left, lines in zip(lefts, texts, strict=True):
        for row, line in enumerate(lines):
            ImageDraw.Draw(page).text((left, round(size * (2 + 1.5 * row))), line, 0, font)
    return save(page)


def accented(text: str) -> bytes:
    """Return a page of one line whose accents are put together: the built-in font has none."""
    page, font, x = Image.new("L", (900, 160), "white"), ImageFont.load_default(48), 24.0
    pen = ImageDraw.Draw(page)
    for character in text:
        letter, *marks = list(unicodedata.normalize("NFD", character))
        pen.text((x, 60), letter, 0, font)
        for mark in marks:
            _put_mark(pen, mark, letter, x)
        x += font.getlength(letter) + 2
    return save(page)


def in_roboto(text: str) -> bytes:
    """Return a page of one line in a font that has Latin, Greek and Cyrillic letters."""
    page = Image.new("L", (900, 160), "white")
    font = ImageFont.truetype(str(files("font_roboto") / "files" / "Roboto-Regular.ttf"), 48)
    ImageDraw.Draw(page).text((24, 50), text, 0, font)
    return save(page)


def _put_mark(pen: ImageDraw.ImageDraw, mark: str, letter: str, x: float) -> None:
    left, top, right, bottom = pen.textbbox((x, 60), letter, ImageFont.load_default(48))
    middle, width = (left + right) / 2, 4
    match mark:
        case "\u0300":
            pen.line((middle - 7, top - 13, middle + 3, top - 4), 0, width)
        case "\u0301":
            pen.line((middle - 3, top - 4, middle + 7, top - 13), 0, width)
        case "\u0302":
            pen.line((middle - 9, top - 4, middle, top - 13, middle + 9, top - 4), 0, width)
        case "\u0303":
            pen.line((middle - 11, top - 5, middle - 4, top - 10, middle + 4, top - 6, middle + 11, top - 11), 0, width)
        case _:
            pen.line((middle + 1, bottom - 2, middle + 4, bottom + 4, middle - 5, bottom + 9), 0, width)


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def announces(width: int, height: int) -> bytes:
    """Return a PNG whose header announces this size, and that holds next to nothing."""
    return _png_of((width, height), 8, 0, b"")


def damaged_png(text: str) -> bytes:
    """Return a PNG whose header is right and whose pixels are noise."""
    whole = png(text)
    start = whole.index(b"IDAT") + 4
    return whole[:start] + bytes(255 - value for value in whole[start:])


def endless_tiff(links: int = 200_000) -> bytes:
    """Return a TIFF whose chain of pictures is long: each is a header of nothing but the next one's place."""
    first = save(Image.new("L", (8, 8)), "TIFF")
    (place,) = struct.unpack_from("<I", first, 4)
    (count,) = struct.unpack_from("<H", first, place)
    link = place + 2 + 12 * count
    chain = b"".join(struct.pack("<HI", 0, len(first) + 6 * (number + 1)) for number in range(links))
    return first[:link] + struct.pack("<I", len(first)) + first[link + 4 :] + chain


def crawling_jpeg(size: int = 20_000_000) -> bytes:
    """Return a JPEG whose header never comes to an end."""
    return b"\xff\xd8\xff" + bytes(size)
