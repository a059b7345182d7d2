"""Files whose headers are made to keep a parser busy or to fill its memory, made when they are asked for."""

import io
import struct
from collections.abc import Callable, Mapping

from pikepdf import Array, Dictionary, Name, Object, Pdf

import pictures


def _jpeg(segments: bytes) -> bytes:
    whole = pictures.save(pictures.draw("A"), "JPEG")
    return whole[:2] + segments + whole[2:]


def exif_segments(size: int) -> bytes:
    """Return a JPEG of many small Exif segments, which a parser joins one by one."""
    segment = b"\xff\xe1\x00\x08Exif\0\0"
    return _jpeg(segment * (size // len(segment)))


def full_exif_segments(size: int) -> bytes:
    """Return a JPEG of Exif segments of the largest size."""
    segment = b"\xff\xe1\xff\xffExif\0\0" + bytes(65_527)
    return _jpeg(segment * (size // len(segment)))


def fill_bytes(size: int) -> bytes:
    """Return a JPEG with nothing but fill bytes before its first segment."""
    return _jpeg(b"\xff" * size)


def scans(size: int, side: int = 1000) -> bytes:
    """Return a progressive JPEG with one of its scans repeated, each of which decodes every pixel."""
    whole = pictures.save(pictures.draw("A", (side, side)), "JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")
    scan = whole[last:-2]
    return whole[:last] + scan * (size // len(scan)) + whole[-2:]


def png_chunks(size: int) -> bytes:
    """Return a PNG of many colour profiles."""
    whole = pictures.png("A")
    profile = pictures.png_chunk(b"iCCP", b"name\0\0" + b"x\x9cc\x00\x00\x00\x01\x00\x01")
    return whole[:33] + profile * (size // len(profile)) + whole[33:]


def png_text(size: int) -> bytes:
    """Return a PNG with one long comment."""
    whole = pictures.png("A")
    return whole[:33] + pictures.png_chunk(b"tEXt", b"Comment\0" + b"A" * size) + whole[33:]


def _tiff(tag: int, kind: int, count: int, size: int) -> bytes:
    """Return a TIFF with one more tag, or another in its place, of so many values at the end of the file."""
    whole = pictures.FORMS["tiff"]("A")
    (place,) = struct.unpack_from("<I", whole, 4)
    (number,) = struct.unpack_from("<H", whole, place)
    entries = [whole[place + 2 + 12 * n : place + 14 + 12 * n] for n in range(number)]
    kept = [entry for entry in entries if struct.unpack_from("<H", entry)[0] != tag]
    start = len(whole)
    added = struct.pack("<HHII", tag, kind, count, start)
    every = sorted([*kept, added], key=lambda entry: int(struct.unpack_from("<H", entry)[0]))
    directory = struct.pack("<H", len(every)) + b"".join(every) + bytes(4)
    return whole[:4] + struct.pack("<I", start + size) + whole[8:] + bytes(size) + directory


def tiff_rationals(size: int) -> bytes:
    """Return a TIFF with millions of fractions."""
    return _tiff(50_000, 5, size // 8, size)


def tiff_bytes(size: int) -> bytes:
    """Return a TIFF with a description of millions of numbers."""
    return _tiff(50_001, 1, size, size)


def tiff_strips(size: int) -> bytes:
    """Return a TIFF that says it has millions of strips."""
    return _tiff(273, 4, size // 4, size)


def tiff_directories(size: int) -> bytes:
    """Return a TIFF whose chain of directories is long, and of which none but the first is a page."""
    whole = pictures.FORMS["tiff"]("A")
    (place,) = struct.unpack_from("<I", whole, 4)
    (number,) = struct.unpack_from("<H", whole, place)
    link, start = place + 2 + 12 * number, len(whole)
    reduced = struct.pack("<HHHII", 1, 254, 4, 1, 1)
    chain = b"".join(reduced + struct.pack("<I", start + 18 * (n + 1)) for n in range(size // 18))
    return whole[:link] + struct.pack("<I", start) + whole[link + 4 :] + chain


def overlapping_directories(number: int) -> bytes:
    """Return a small TIFF with a chain of so many directories of so many entries, most of whose bytes they share."""
    tags = [(256, 4, 8), (257, 4, 8), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1), (278, 4, 8)]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in [*tags, (279, 4, 64)])
    start, many = 190, 1 | number << 16
    first = struct.pack("<H", 9) + entries + struct.pack("<I", start - 2)
    head = (b"II*\0" + struct.pack("<I", 72) + bytes(64) + first).ljust(start - 2, b"\0")
    shared = struct.pack("<H", number) + struct.pack("<HHII", 254, 4, 1, many) * number
    links = [start + 12 * at + 10 if at < number - 1 else 0 for at in range(number)]
    return head + shared + b"".join(struct.pack("<III", link, 1, many) for link in links)


def gif_comments(size: int) -> bytes:
    """Return a GIF with a comment that never ends."""
    whole = pictures.FORMS["gif"]("A")
    screen = 13 + (3 << ((whole[10] & 7) + 1) if whole[10] & 0x80 else 0)
    return whole[:screen] + b"\x21\xfe" + (b"\xff" + b"A" * 255) * (size // 256) + b"\0" + whole[screen:]


def gif_pieces(size: int) -> bytes:
    """Return a GIF with a comment in pieces of one byte."""
    whole = pictures.FORMS["gif"]("A")
    screen = 13 + (3 << ((whole[10] & 7) + 1) if whole[10] & 0x80 else 0)
    return whole[:screen] + b"\x21\xfe" + b"\x01A" * (size // 2) + b"\0" + whole[screen:]


def gif_extensions(size: int) -> bytes:
    """Return a GIF with many empty comments."""
    whole = pictures.FORMS["gif"]("A")
    screen = 13 + (3 << ((whole[10] & 7) + 1) if whole[10] & 0x80 else 0)
    return whole[:screen] + b"\x21\xfe\0" * (size // 3) + whole[screen:]


def frames(number: int) -> bytes:
    """Return a GIF of so many frames of one pixel."""
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x01\x44\0"
    return b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6) + frame * number + b";"


def blank_pages(number: int) -> bytes:
    """Return a PDF of so many blank pages."""
    pdf = Pdf.new()
    page = pdf.make_indirect(Dictionary(Type=Name.Page, MediaBox=Array([0, 0, 9, 9]), Parent=pdf.Root.Pages))
    pdf.Root.Pages.Kids = Array([page] * number)
    pdf.Root.Pages.Count = number
    file = io.BytesIO()
    pdf.save(file)
    return file.getvalue()


def webp_frames(number: int, ballast: int = 0) -> bytes:
    """Return an animated WebP of so many frames of nothing, and so many chunks of nothing behind them."""
    head = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + b"\x07\0\0\x07\0\0"
    chunks = head + b"ANMF\0\0\0\0" * number + b"JUNK\0\0\0\0" * ballast
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def webp_chunks(size: int) -> bytes:
    """Return an animated WebP of one frame behind many chunks of nothing."""
    head = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + b"\x07\0\0\x07\0\0"
    chunks = head + b"JUNK\0\0\0\0" * (size // 8)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def _heif(meta: bytes) -> bytes:
    """Return the start of an AVIF with this box that describes its pictures."""
    head = struct.pack(">I4s4sI4s", 20, b"ftyp", b"avif", 0, b"mif1")
    return head + struct.pack(">I4sI", 12 + len(meta), b"meta", 0) + meta


def heif_boxes(size: int) -> bytes:
    """Return an AVIF of many empty boxes."""
    return struct.pack(">I4s4sI4s", 20, b"ftyp", b"avif", 0, b"mif1") + b"\0\0\0\x08free" * (size // 8)


def heif_properties(size: int) -> bytes:
    """Return an AVIF whose pictures have many properties."""
    return _heif(b"\0\0\0\x08free" * (min(size, 250_000) // 8))


def heif_pieces(size: int) -> bytes:
    """Return an AVIF of many items, each in many pieces that take no room to describe."""
    items = min(size, 200_000) // 6
    return heif_of(1, iloc=b"\0\0" + struct.pack(">H", items) + b"\0\1\0\0\xff\xff" * items)


def heif_tiles(size: int) -> bytes:
    """Return an AVIF of a picture of many tiles, and of alternatives that are as many."""
    tiles = min(size, 200_000) // 10
    return heif_of_items(900, tiles, tiles)


def heif_items(size: int) -> bytes:
    """Return an AVIF of many items."""
    return heif_of_items(min(size, 250_000) // 21, 0, 0)


def heif_associations(size: int) -> bytes:
    """Return an AVIF of a picture with many properties that nobody knows, each of them many times."""
    one = box(b"ipma", struct.pack(">IIHB", 0, 1, 1, 255) + b"\1" * 255)
    return heif_of(1, iprp=box(b"ipco", box(b"free", b"")) + one * (min(size, 250_000) // len(one)))


def heif_of_items(items: int, tiles: int, alternatives: int, kinds: tuple[bytes, bytes] = (b"dimg", b"altr")) -> bytes:
    """Return an AVIF of so many items, of a reference to so many others, and of a group of as many others still."""
    targets = b"".join(struct.pack(">I", 1 << 20 | number) for number in range(tiles))
    group = b"".join(struct.pack(">I", 1 << 21 | number) for number in range(alternatives))
    reference = struct.pack(">IH", 1, tiles) + targets
    more = box(b"iref", b"\1\0\0\0" + box(kinds[0], reference))
    return heif_of(items, more + box(b"grpl", box(kinds[1], struct.pack(">III", 0, 1, alternatives) + group)))


def heif_of(items: int, more: bytes = b"", *, iprp: bytes = b"", iloc: bytes = bytes(4)) -> bytes:
    """Return an AVIF of so many items, with more boxes that tell about them."""
    numbers = range(1, items + 1)
    each = b"".join(struct.pack(">I4sIHH4sB", 21, b"infe", 0x02000000, at, 0, b"av01", 0) for at in numbers)
    ways = box(b"iprp", iprp) + box(b"iloc", bytes(4) + iloc)
    return _heif(box(b"pitm", b"\0\0\0\0\0\1") + box(b"iinf", struct.pack(">IH", 0, items) + each) + ways + more)


def box(kind: bytes, content: bytes) -> bytes:
    """Return a box of a HEIF."""
    return struct.pack(">I4s", 8 + len(content), kind) + content


def jp2_boxes(size: int) -> bytes:
    """Return a JPEG 2000 of many empty boxes."""
    whole = pictures.FORMS["jp2"]("A")
    return whole[:32] + b"\0\0\0\x08free" * (size // 8) + whole[32:]


def pdf_forms(depth: int = 9, width: int = 30) -> bytes:
    """Return a PDF of a page of forms in forms, of which each shows the one in it so many times."""
    pdf = Pdf.new()
    form, shows = pdf.make_stream(b"0 0 99 99 re f"), b"/F Do " * width
    for _ in range(depth):
        form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, 99, 99])
        form = pdf.make_stream(shows, Resources=Dictionary(XObject=Dictionary(F=form)))
    return _pdf(pdf, shows, form.Resources)


def pdf_shadings(number: int) -> bytes:
    """Return a PDF of a page that is covered by shadings, one over the other."""
    pdf = Pdf.new()
    function = Dictionary(FunctionType=2, Domain=Array([0, 1]), C0=Array([0]), C1=Array([1]), N=1)
    shading = Dictionary(ShadingType=2, ColorSpace=Name.DeviceGray, Coords=Array([0, 0, 9, 9]), Function=function)
    shading.Extend = Array([True, True])
    return _pdf(pdf, b"/S sh " * number, Dictionary(Shading=Dictionary(S=shading)))


def _pdf(pdf: Pdf, content: bytes, resources: Object) -> bytes:
    page = pdf.add_blank_page(page_size=(612, 792))
    page.obj.Resources = resources
    page.obj.Contents = pdf.make_stream(content)
    file = io.BytesIO()
    pdf.save(file)
    return file.getvalue()


#: Name -> a function that returns a file of about so many bytes.
BOMBS: Mapping[str, Callable[[int], bytes]] = {
    bomb.__name__: bomb
    for bomb in (
        exif_segments,
        full_exif_segments,
        fill_bytes,
        scans,
        png_chunks,
        png_text,
        tiff_rationals,
        tiff_bytes,
        tiff_strips,
        tiff_directories,
        gif_comments,
        gif_pieces,
        gif_extensions,
        webp_chunks,
        heif_boxes,
        heif_properties,
        heif_pieces,
        heif_tiles,
        heif_items,
        heif_associations,
        jp2_boxes,
    )
}
