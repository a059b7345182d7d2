"""Pages of a PDF that draw less than they should: their text is not certain, and they are told to lack something."""

import io
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from random import Random

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Page, Pdf
from PIL import Image

from adapters.imaging.page_text import PageText
from adapters.imaging.pdf.rendering import draw_page, find_text
from digital_pdfs import PROSE, lines, page
from documents_cases import CASES
from ocrcore.ports.engine import EngineFailure

MOST = 20_000_000
DPI = 100.0
TEXTS = PROSE * 4
DOCUMENT = page(lines(TEXTS))
SEEDS = range(40)
_OBJECTS = pikepdf.ObjectStreamMode.disable

Change = Callable[[Pdf, Page], None]


@cache
def operators() -> bytes:
    with pikepdf.open(io.BytesIO(DOCUMENT)) as pdf:
        return pdf.pages[0].obj.Contents.read_bytes()


def stored(data: bytes, filters: Name | Array | None = None) -> Change:
    """Return the change that gives the page these bytes as its operators."""

    def change(pdf: Pdf, first: Page) -> None:
        first.obj.Contents = pdf.make_stream(b"")
        first.obj.Contents.write(data, filter=filters)

    return change


def document_with(change: Change) -> bytes:
    """Return the document after a change, with its streams as they are."""
    with pikepdf.open(io.BytesIO(DOCUMENT)) as pdf:
        change(pdf, pdf.pages[0])
        file = io.BytesIO()
        keep = pikepdf.StreamDecodeLevel.none
        pdf.save(file, stream_decode_level=keep, compress_streams=False, object_stream_mode=_OBJECTS)
        return file.getvalue()


FLATE = Name.FlateDecode
PACKED = zlib.compress(operators())
HALF = len(PACKED) // 2
PLAIN_HALF = operators()[: len(operators()) // 2]


def in_form(data: bytes, filters: Name | Array | None = None) -> Change:
    """Return the change that draws these bytes as a form in a form."""

    def change(pdf: Pdf, first: Page) -> None:
        box, resources = Array([0, 0, 600, 900]), first.obj.Resources
        inner = pdf.make_stream(b"", Subtype=Name.Form, BBox=box, Resources=resources)
        inner.write(data, filter=filters)
        outer = pdf.make_stream(b"q /In Do Q", Subtype=Name.Form, BBox=box)
        outer.Resources = Dictionary(XObject=Dictionary(In=inner))
        first.obj.Resources = Dictionary(XObject=Dictionary(Out=outer))
        first.obj.Contents = pdf.make_stream(b"/Out Do")

    return change


def with_array(pdf: Pdf, first: Page) -> None:
    half = operators().index(b"Tj", len(operators()) // 2) + 2
    first.obj.Contents = Array([pdf.make_stream(operators()[:half]), pdf.make_stream(operators()[half:])])


def without_half(pdf: Pdf, first: Page) -> None:
    with_array(pdf, first)
    first.obj.Contents[1] = pdf.get_object(999, 0)


def without_picture(pdf: Pdf, first: Page) -> None:
    first.obj.Contents = pdf.make_stream(operators() + b" q 9 0 0 9 0 0 cm /Gone Do Q")


def of_a_font(_pdf: Pdf, first: Page) -> None:
    program = first.obj.Resources.Font.F0.DescendantFonts[0].FontDescriptor.FontFile2
    packed = zlib.compress(program.read_bytes())
    program.write(packed[: len(packed) // 2], filter=FLATE)


DAMAGED: Mapping[str, Change] = {
    "cut": stored(PACKED[:HALF], FLATE),
    "other bytes in the middle": stored(PACKED[:HALF] + bytes(20) + PACKED[HALF + 20 :], FLATE),
    "a wrong sum": stored(PACKED[:-4] + b"abcd", FLATE),
    "cut as text": stored(zlib.compress(operators())[:HALF].hex().encode(), Array([Name.ASCIIHexDecode, FLATE])),
    "an unknown filter": stored(PACKED, Name.FlatDecode),
    "cut without a filter": stored(PLAIN_HALF),
    "other operators in the middle": stored(PLAIN_HALF + b"\x80\xff" * 20 + operators()[len(PLAIN_HALF) + 40 :]),
    "a state that is not left": stored(b"q " + operators()),
    "a part that is not there": without_half,
    "a form that is cut": in_form(PACKED[:HALF], FLATE),
    "a picture that is not there": without_picture,
    "a font that is cut": of_a_font,
}
HARMLESS: Mapping[str, Change] = {
    "nothing": stored(PACKED, FLATE),
    "no sum": stored(PACKED[:-4], FLATE),
    "bytes after the end": stored(PACKED + b"\r\nmore", FLATE),
    "as text": stored(PACKED.hex().encode() + b">", Array([Name.ASCIIHexDecode, FLATE])),
    "in parts": with_array,
    "in a form": in_form(PACKED, FLATE),
    "a number that is none": stored(b"-1.#IND 0 m n 0 nan m n " + operators()),
    "operators of another time": stored(b"BX 1 foo EX " + operators()),
    "a state that is not left before a known end": stored(zlib.compress(b"q " + operators()), FLATE),
    "a picture among the operators": stored(b"q BI /W 1 /H 1 /BPC 8 /CS /G ID \xff EI Q " + operators()),
}


def taken(content: bytes) -> PageText | None:
    return find_text(io.BytesIO(content), 1, MOST, dpi=DPI)


def is_whole(content: bytes, number: int = 1) -> bool:
    return draw_page(io.BytesIO(content), number, MOST, dpi=DPI).is_whole


@pytest.mark.parametrize("change", DAMAGED.values(), ids=DAMAGED)
def test_the_text_of_a_damaged_page_is_not_certain(change: Change) -> None:
    content = document_with(change)
    assert taken(content) is None
    assert not is_whole(content)


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_loses_nothing_is_no_damage(change: Change) -> None:
    content = document_with(change)
    text = taken(content)
    assert text is not None
    assert len(text.words) == sum(map(len, map(str.split, TEXTS)))
    assert is_whole(content)


def pointing_nowhere(*, packed: bool) -> bytes:
    """Return a document whose page names operators that are not there; its entry may be in a stream of objects."""
    mode = pikepdf.ObjectStreamMode.generate if packed else _OBJECTS
    with pikepdf.open(io.BytesIO(DOCUMENT)) as pdf:
        pdf.pages[0].obj.Contents = pdf.make_indirect(Dictionary())
        file = io.BytesIO()
        pdf.save(file, object_stream_mode=mode, compress_streams=False)
    content = file.getvalue()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        number = pdf.pages[0].obj.Contents.objgen[0]
    return content.replace(b"/Contents %d 0 R" % number, b"/Contents %s 0 R" % (b"9" * len(str(number))))


@pytest.mark.parametrize("packed", [False, True])
def test_a_page_whose_operators_are_not_there_is_no_blank_page(packed: bool) -> None:  # noqa: FBT001 - a case
    assert not is_whole(pointing_nowhere(packed=packed))
    assert not is_whole(b"before\r\n" + pointing_nowhere(packed=packed))
    assert is_whole(document_with(lambda _, first: first.obj.__delitem__("/Contents")))


def test_a_length_that_is_wrong_is_no_damage() -> None:
    content = document_with(stored(PACKED, FLATE))
    for wrong in (len(PACKED) - 30, len(PACKED) + 9):
        damaged = content.replace(b"/Length %d" % len(PACKED), b"/Length %d" % wrong)
        assert damaged != content
        assert taken(damaged) is not None
        assert is_whole(damaged)


@pytest.mark.filterwarnings("ignore:pikepdf is missing some specialized decoders")  # of JBIG2
def test_odd_documents_are_whole() -> None:
    documents = [case for case in CASES if case.path.suffix == ".pdf" and not case.is_refused]
    lacking = [
        (case.path.name, number)
        for case in documents
        for number in range(1, case.expect["pages"] + 1)
        if not is_whole(case.path.read_bytes(), number)
    ]
    assert not lacking


def damaged(seed: int) -> bytes:
    """Return the document with some bytes that are others, gone, or zero."""
    random, content = Random(seed), bytearray(document_with(stored(PACKED, FLATE)))  # noqa: S311 - replayed
    start = content.index(b"stream")
    place = random.randrange(start, len(content) - 200)
    match random.randrange(3):
        case 0:
            for _ in range(random.randrange(1, 20)):
                content[random.randrange(len(content))] = random.randrange(256)
        case 1:
            del content[place : place + random.randrange(1, 200)]
        case _:
            content[place : place + 200] = bytes(200)
    return bytes(content)


def ink(picture: Image.Image) -> int:
    return sum(picture.histogram()[:128])


def test_no_word_of_a_damaged_page_is_lost_without_a_warning() -> None:
    everything = taken(DOCUMENT)
    assert everything is not None
    drawn, told = ink(draw_page(io.BytesIO(DOCUMENT), 1, MOST, dpi=DPI).picture), 0
    for seed in SEEDS:
        content = damaged(seed)
        try:
            text, found = taken(content), draw_page(io.BytesIO(content), 1, MOST, dpi=DPI)
        except EngineFailure:
            continue
        assert text is None or len(text.words) == len(everything.words), seed
        assert not found.is_whole or ink(found.picture) > drawn * 0.98, seed
        told += not found.is_whole
    assert told > len(SEEDS) // 10
