"""The contract of ``PageImages``."""

import struct
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.engine import EngineFailure
from ocrcore.ports.page_images import PageImages, PageImagesBusy
from ocrcore.testing.patience import FOREVER


@dataclass(frozen=True, slots=True)
class PictureSamples:
    """Sample files for one adapter."""

    #: Returns a page of this width and height in a format that browsers do not show.
    draw: Callable[[int, int], bytes]
    #: Returns the same page, stored sideways with an orientation tag.
    turned: Callable[[int, int], bytes]
    truncated: bytes
    corrupt: bytes
    too_large: bytes


class PageImagesContract:
    """The contract of ``PageImages``. Override the fixtures."""

    @pytest.fixture
    def page_images(self) -> PageImages:
        """Return the adapter under test."""
        raise NotImplementedError

    @pytest.fixture
    def files(self) -> PictureSamples:
        """Return sample files for it."""
        raise NotImplementedError

    @pytest.mark.parametrize(("width", "height"), [(1, 1), (40, 30), (3, 500)])
    def test_a_page_becomes_a_png_pixel_for_pixel(
        self, page_images: PageImages, files: PictureSamples, width: int, height: int
    ) -> None:
        assert size(render(page_images, files.draw(width, height))) == (width, height)

    @pytest.mark.parametrize(
        ("width", "made"), [(1, (1, 1)), (10, (10, 8)), (39, (39, 29)), (40, (40, 30)), (41, (40, 30))]
    )
    def test_a_page_is_made_as_wide_as_is_asked_for_and_never_wider(
        self, page_images: PageImages, files: PictureSamples, width: int, made: tuple[int, int]
    ) -> None:
        assert size(render(page_images, files.draw(40, 30), width=width)) == made

    def test_a_smaller_page_is_at_least_one_pixel_high(self, page_images: PageImages, files: PictureSamples) -> None:
        assert size(render(page_images, files.draw(500, 3), width=5)) == (5, 1)

    def test_a_page_taken_on_its_side_is_turned(self, page_images: PageImages, files: PictureSamples) -> None:
        assert size(render(page_images, files.turned(40, 30))) == (40, 30)

    def test_it_is_grey_or_rgb_and_carries_no_notes(self, page_images: PageImages, files: PictureSamples) -> None:
        parts = list(chunks(render(page_images, files.draw(40, 30))))
        assert {kind for kind, _ in parts} == {b"IHDR", b"IDAT", b"IEND"}
        depth, colour = struct.unpack_from(">8xBB", dict(parts)[b"IHDR"])
        assert depth == 8
        assert colour in {0, 2}

    def test_the_same_page_looks_the_same_twice(self, page_images: PageImages, files: PictureSamples) -> None:
        assert render(page_images, files.draw(40, 30)) == render(page_images, files.draw(40, 30))

    @pytest.mark.parametrize("page", [0, 2, -1])
    def test_a_page_that_the_file_lacks_is_unsupported(
        self, page_images: PageImages, files: PictureSamples, page: int
    ) -> None:
        assert fault(page_images, files.draw(40, 30), page) is ItemErrorCode.UNSUPPORTED_IMAGE

    @pytest.mark.parametrize("content", [b"", b"\0", b"plain text", bytes(1000)])
    def test_what_is_no_picture_is_unsupported(self, page_images: PageImages, content: bytes) -> None:
        assert fault(page_images, content) is ItemErrorCode.UNSUPPORTED_IMAGE

    def test_a_list_of_paths_opens_none_of_them(
        self, page_images: PageImages, files: PictureSamples, tmp_path: Path
    ) -> None:
        secret = tmp_path / "secret.tif"
        secret.write_bytes(files.draw(40, 30))
        assert fault(page_images, f"{secret}\n{secret}\n".encode()) is ItemErrorCode.UNSUPPORTED_IMAGE

    def test_each_damage_has_its_code(self, page_images: PageImages, files: PictureSamples) -> None:
        assert fault(page_images, files.truncated) is ItemErrorCode.IMAGE_TRUNCATED
        assert fault(page_images, files.corrupt) is ItemErrorCode.IMAGE_CORRUPT
        assert fault(page_images, files.too_large) is ItemErrorCode.IMAGE_TOO_LARGE

    def test_without_time_it_is_busy_and_the_next_page_is_rendered(
        self, page_images: PageImages, files: PictureSamples
    ) -> None:
        with pytest.raises(PageImagesBusy):
            page_images.render(BytesSource(files.draw(40, 30)), 1, timeout=timedelta())
        assert size(render(page_images, files.draw(40, 30))) == (40, 30)

    def test_pages_of_two_threads_are_not_mixed_up(self, page_images: PageImages, files: PictureSamples) -> None:
        sizes = [(10 + number, 50 - number) for number in range(20)]
        with ThreadPoolExecutor(2) as threads:
            pictures = list(threads.map(lambda sides: render(page_images, files.draw(*sides)), sizes))
        assert [size(picture) for picture in pictures] == sizes


def render(page_images: PageImages, source: bytes, page: int = 1, width: int | None = None) -> bytes:
    """Return the image of a page, with a long timeout."""
    return page_images.render(BytesSource(source), page, timeout=timedelta(seconds=FOREVER), width=width)


def fault(page_images: PageImages, source: bytes, page: int = 1) -> ItemErrorCode:
    """Return the code of the failure that the page causes."""
    with pytest.raises(EngineFailure) as caught:
        render(page_images, source, page)
    return caught.value.code


def size(picture: bytes) -> tuple[int, int]:
    """Return the width and height of a PNG, after a check of its pixel data."""
    parts = list(chunks(picture))
    width, height, depth, colour = struct.unpack_from(">IIBB", dict(parts)[b"IHDR"])
    row = 1 + width * (depth // 8) * (3 if colour == 2 else 1)
    pixels = zlib.decompress(b"".join(content for kind, content in parts if kind == b"IDAT"))
    assert len(pixels) == height * row
    return width, height


def chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of a PNG's chunks, after a check of their checksums."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    place = 8
    while place < len(picture):
        length, kind = struct.unpack_from(">I4s", picture, place)
        content = picture[place + 8 : place + 8 + length]
        assert struct.unpack_from(">I", picture, place + 8 + length) == (zlib.crc32(kind + content),)
        yield kind, content
        place += 12 + length
