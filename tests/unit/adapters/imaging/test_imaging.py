import io
import os
import struct
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import pictures
from adapters.imaging.imaging import HeaderImaging, Inspector
from documents_cases import FILES
from inspected import Elsewhere, header_imaging
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import ImageTooLarge, Refusal, UnsupportedImage
from ocrcore.ports.documents import Source
from ocrcore.ports.imaging import Header, Imaging
from ocrcore.testing.imaging import HeaderSamples, ImagingContract
from ocrcore.testing.patience import within


class TestHeaderImaging(ImagingContract):
    @pytest.fixture
    def imaging(self) -> Imaging:
        return header_imaging()

    @pytest.fixture
    def headers(self) -> HeaderSamples:
        return HeaderSamples(pictures.announces, pictures.SEVERAL["tiff"]())


def refusal(content: bytes) -> str:
    with pytest.raises(UnsupportedImage) as caught:
        header_imaging().inspect(io.BytesIO(content))
    return str(caught.value)


class _Part(io.BytesIO):
    """A long file without a descriptor, as a part of an upload is, and of which few bytes are in memory."""

    def __init__(self, head: bytes, size: int) -> None:
        super().__init__(head)
        self._end = size

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return super().seek(offset + self._end, io.SEEK_SET) if whence == io.SEEK_END else super().seek(offset, whence)

    def read(self, size: int | None = -1, /) -> bytes:
        head = super().read(size)
        left = self._end - self.tell()
        more = min(left, (left if size is None or size < 0 else size) - len(head))
        self.seek(more, io.SEEK_CUR)
        return head + bytes(more)


class _Sizes(Inspector):
    """Notes what it is handed."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, int | None]] = []

    def inspect(self, source: Source, damaged: ItemErrorCode, place: int = 0, owner: str = "") -> Header:  # noqa: ARG002 - nothing is refused
        descriptor = source.fileno()
        self.seen.append((source.size, None if descriptor is None else os.fstat(descriptor).st_size))
        return Header("pdf")


def test_a_long_document_is_handed_on_without_being_in_memory() -> None:
    inspector, size = _Sizes(), 100_000_000
    imaging = HeaderImaging(inspector)
    imaging.inspect(_Part(b"%PDF-1.7\n", 1000))
    tracemalloc.start()
    try:
        imaging.inspect(_Part(b"%PDF-1.7\n", size))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert inspector.seen == [(1000, None), (size, size)]
    assert peak < size / 20


@pytest.mark.parametrize("form", pictures.FORMS)
def test_every_form_is_known_by_its_bytes(form: str) -> None:
    header = header_imaging().inspect(io.BytesIO(pictures.FORMS[form]("A")))
    kind = form.split("-", maxsplit=1)[0]
    assert header.extension == {"jpeg": "jpg", "mpo": "jpg", "tiff": "tif"}.get(kind, kind)


@pytest.mark.parametrize("form", pictures.SEVERAL)
def test_frames_are_counted_in_every_form(form: str) -> None:
    assert header_imaging().inspect(io.BytesIO(pictures.SEVERAL[form]())).pages == 3


def test_an_animated_png_is_refused_by_its_name() -> None:
    with pytest.raises(UnsupportedImage, match="an animated PNG"):
        header_imaging().inspect(io.BytesIO(pictures.frames("PNG", duration=100)))


def test_a_phones_second_picture_does_not_count() -> None:
    assert header_imaging().inspect(io.BytesIO(pictures.mpo("A"))).pages == 1


def test_the_limit_is_ours_whatever_pillow_thinks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    content = io.BytesIO(pictures.announces(5_000, 5_000))
    assert header_imaging(25_000_000).inspect(content).pages == 1
    with pytest.raises(ImageTooLarge, match="5000 x 5000 pixels; at most 24999999 pixels"):
        header_imaging(24_999_999).inspect(content)


@pytest.mark.parametrize("form", ["BMP", "WEBP", "GIF", "TIFF", "JPEG", "AVIF", "JPEG2000"])
def test_every_form_is_measured(form: str) -> None:
    with pytest.raises(ImageTooLarge, match="101 x 100 pixels"):
        header_imaging(10_000).inspect(io.BytesIO(pictures.save(Image.new("RGB", (101, 100)), form)))


@pytest.mark.parametrize("options", [{"lossless": True}, {"exif": b"Exif\0\0"}])
def test_every_kind_of_webp_is_measured(options: dict[str, object]) -> None:
    with pytest.raises(ImageTooLarge, match="101 x 100 pixels"):
        header_imaging(10_000).inspect(io.BytesIO(pictures.save(Image.new("RGB", (101, 100)), "WEBP", **options)))


def test_a_frame_that_pillow_finds_too_large_is_too_large() -> None:
    screen = b"GIF89a\x01\x00\x01\x00\x00\x00\x00"
    frame = b"\x2c\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x00\x3b"
    with pytest.raises(ImageTooLarge):
        header_imaging().inspect(io.BytesIO(screen + frame))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"plain text", "text"),
        ("texto \u00e0 m\u00e3o".encode("utf-16"), "text"),
        (b"a" * 4095 + "\u00e9".encode(), "text"),
        (b"<html>", "an HTML page"),
        (b"<?xml version='1.0'?><svg/>", "an SVG drawing"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "PostScript"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1miaf", "a HEIF picture"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL picture"),
        (b"PK\x03\x04" + bytes(60), "a ZIP archive or office document"),
    ],
)
def test_the_sentence_says_what_the_bytes_are(content: bytes, kind: str) -> None:
    assert f", it is {kind}; send PDF" in refusal(content)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xff\xd8\xff\xe0\x00", "JPEG"),
        (pictures.FORMS["webp"]("A")[:-9], "WebP"),
        (pictures.FORMS["webp-lossless"]("A")[:100], "WebP"),
        (pictures.FORMS["tiff-lzw"]("A")[:200], "TIFF"),
        (pictures.FORMS["gif"]("A")[:13], "GIF"),
        (pictures.FORMS["bmp"]("A")[:20], "BMP"),
    ],
)
def test_of_a_picture_that_was_cut_it_asks_for_the_whole_file(content: bytes, kind: str) -> None:
    wanted = f"The file is a {kind} that ends too early, as after a broken upload; send the whole file again."
    assert refusal(content) == wanted


@pytest.mark.parametrize(
    ("form", "side", "size"),
    [
        ("JPEG", 0, "0 x 30"),  # a height of 0 says that it comes later, which has a test of its own
        *((form, *of) for form in ("TIFF", "GIF") for of in ((0, "0 x 30"), (1, "40 x 0"))),
    ],
)
def test_a_side_of_nothing_is_refused_by_its_size_in_every_form(form: str, side: int, size: str) -> None:
    with pytest.raises(ImageTooLarge, match=f"The picture is {size} pixels; .* sides from 1 to"):
        header_imaging().inspect(io.BytesIO(pictures.without_side(form, side)))


def test_of_unknown_bytes_it_says_nothing() -> None:
    assert refusal(bytes(range(100, 200))) == (
        "The file is not a picture or document that can be read;"
        " send PDF, JPEG, PNG, TIFF, WebP, GIF, BMP, AVIF, JPEG 2000 or HEIC."
    )


@pytest.mark.parametrize("content", [b"FITS", b"8BPS\x00\x01" + bytes(40), b"P5 8 8 255 " + bytes(64)])
def test_pillows_other_formats_stay_out(content: bytes) -> None:
    assert "not a picture or document that can be read" in refusal(content)


def test_a_tiff_that_is_cut_behind_its_first_page_is_not_taken_for_one_of_a_single_page() -> None:
    whole = pictures.SEVERAL["tiff"]()
    (first,) = struct.unpack_from("<I", whole, 4)
    (entries,) = struct.unpack_from("<H", whole, first)
    (second,) = struct.unpack_from("<I", whole, first + 2 + 12 * entries)
    assert "is a TIFF that ends too early" in refusal(whole[:second])


def test_a_long_chain_of_frames_is_not_walked() -> None:
    with within(1):
        assert "a damaged TIFF" in refusal(pictures.endless_tiff())


def test_a_header_without_end_is_given_up() -> None:
    with within(3):
        assert "a damaged JPEG" in refusal(pictures.crawling_jpeg())


_SEEDS = [
    pictures.FORMS[form]("A") for form in ("png", "jpeg", "tiff", "webp", "gif", "bmp", "mpo", "avif", "jp2", "heic")
]


@given(st.sampled_from(_SEEDS), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=8))
def test_no_header_breaks_it(seed: bytes, changes: list[tuple[int, int]]) -> None:
    content = bytearray(seed)
    for place, value in changes:
        content[place % len(content)] = value
    assert outcome(bytes(content))


def outcome(content: bytes) -> str:
    try:
        return header_imaging().inspect(io.BytesIO(content)).extension
    except Refusal as refused:
        return str(refused)


@pytest.mark.parametrize(
    ("name", "code"),
    [("pdf-rotate.pdf", ItemErrorCode.PDF_DAMAGED), ("tif-alpha-pages.tif", ItemErrorCode.IMAGE_CORRUPT)],
)
def test_a_file_whose_inspection_does_not_end_is_refused_by_its_kind(name: str, code: ItemErrorCode) -> None:
    elsewhere = Elsewhere()
    HeaderImaging(elsewhere).inspect(io.BytesIO((FILES / name).read_bytes()))
    assert elsewhere.damaged is code
