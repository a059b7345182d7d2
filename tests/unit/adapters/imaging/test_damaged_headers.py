"""Whatever a header holds or lacks, nothing comes out of the judge but what its port names."""

import io
from contextlib import suppress
from functools import cache
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pictures
from inspected import header_imaging
from ocrcore.domain.errors import EmptyFile, ImageTooLarge, UnsupportedImage

#: As in service, where Pillow's warnings are no errors.
pytestmark = pytest.mark.filterwarnings("ignore")
#: What is cut at every one of its first bytes.
HEAD = 96
SIGNATURES = {
    "png": b"\x89PNG\r\n\x1a\n",
    "jpeg": b"\xff\xd8\xff",
    "gif": b"GIF89a",
    "old-gif": b"GIF87a",
    "bmp": b"BM",
    "tiff": b"II*\0",
    "mirrored-tiff": b"MM\0*",
    "webp": b"RIFF\0\0\0\0WEBP",
    "avif": b"\0\0\0\x10ftypavif\0\0\0\0",
    "heic": b"\0\0\0\x14ftypmif1\0\0\0\0heic",
    "jp2": b"\0\0\0\x0cjP  \r\n\x87\n",
    "codestream": b"\xff\x4f\xff\x51",
}


FORMS = [*pictures.FORMS, *(f"several {name}" for name in pictures.SEVERAL)]


@cache
def whole(form: str) -> bytes:
    several, _, name = form.rpartition(" ")
    return pictures.SEVERAL[name]() if several else pictures.FORMS[name]("A")


def judge(content: bytes) -> None:
    """Inspect as it is done to uploads, in memory and on disk."""
    for memory in (0, 1):
        with SpooledTemporaryFile(memory) as file:
            file.write(content)
            with suppress(EmptyFile, ImageTooLarge, UnsupportedImage):
                header_imaging().inspect(cast("BinaryIO", file))


@pytest.mark.parametrize("form", FORMS)
def test_a_file_may_end_anywhere_in_its_header(form: str) -> None:
    for length in range(HEAD):
        judge(whole(form)[:length])


@pytest.mark.parametrize("signature", SIGNATURES.values(), ids=SIGNATURES)
@pytest.mark.parametrize("padding", [b"\0", b"\xff", b"\x80"])
def test_a_signature_alone_is_no_picture(signature: bytes, padding: bytes) -> None:
    for length in range(HEAD):
        with pytest.raises((UnsupportedImage, ImageTooLarge)):
            header_imaging().inspect(io.BytesIO(signature + padding * length))


@given(st.sampled_from(FORMS), st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), max_size=6), st.data())
def test_a_header_may_hold_anything(form: str, changes: list[tuple[int, int]], data: st.DataObject) -> None:
    content = bytearray(whole(form))
    for place, byte in changes:
        content[place % len(content)] = byte
    judge(bytes(content[: data.draw(st.integers(0, len(content)))]))


@given(st.sampled_from(list(SIGNATURES.values())), st.binary(max_size=HEAD))
def test_anything_may_follow_a_signature(signature: bytes, rest: bytes) -> None:
    judge(signature + rest)
