"""The contract of ``Imaging``."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import pytest

from ocrcore.domain.errors import EmptyFile, ImageTooLarge, UnsupportedImage
from ocrcore.ports.imaging import Header, Imaging


@dataclass(frozen=True, slots=True)
class HeaderSamples:
    """Sample files for one adapter."""

    #: Returns a file whose header announces a PNG of this width and height.
    announce: Callable[[int, int], bytes]
    #: A TIFF of three pages.
    several: bytes


class ImagingContract:
    """The contract of ``Imaging``. Override the fixtures; the adapter's limit is 50,000,000 pixels."""

    @pytest.fixture
    def imaging(self) -> Imaging:
        """Return the adapter under test."""
        raise NotImplementedError

    @pytest.fixture
    def headers(self) -> HeaderSamples:
        """Return sample files for it."""
        raise NotImplementedError

    def test_a_header_gives_the_extension_and_the_pages(self, imaging: Imaging, headers: HeaderSamples) -> None:
        assert imaging.inspect(BytesIO(headers.announce(640, 480))) == Header("png", pages=1)

    def test_the_position_of_the_stream_does_not_matter(self, imaging: Imaging, headers: HeaderSamples) -> None:
        content = BytesIO(headers.announce(640, 480))
        content.seek(5)
        assert imaging.inspect(content) == imaging.inspect(content)

    def test_the_stream_stays_open(self, imaging: Imaging, headers: HeaderSamples) -> None:
        content = BytesIO(headers.announce(640, 480))
        imaging.inspect(content)
        assert not content.closed

    def test_an_empty_file_is_refused(self, imaging: Imaging) -> None:
        with pytest.raises(EmptyFile) as refusal:
            imaging.inspect(BytesIO())
        assert str(refusal.value)

    @pytest.mark.parametrize(
        "content",
        [
            b"\0",
            b"plain text",
            b"/etc/hostname\n/etc/passwd\n",
            b"http://127.0.0.1/a.png\n",
            b"<!DOCTYPE html><html></html>",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"%!PS-Adobe-3.0 EPSF-3.0\n",
            b"PK\x03\x04" + bytes(60),
            bytes(1000),
        ],
    )
    def test_what_is_no_picture_is_refused_in_a_sentence(self, imaging: Imaging, content: bytes) -> None:
        with pytest.raises(UnsupportedImage) as refusal:
            imaging.inspect(BytesIO(content))
        assert str(refusal.value).startswith("The file is not a picture")

    def test_the_sentence_repeats_nothing_of_the_file(self, imaging: Imaging) -> None:
        with pytest.raises(UnsupportedImage) as refusal:
            imaging.inspect(BytesIO(b"/srv/secret <script>\n"))
        assert "secret" not in str(refusal.value)
        assert "<" not in str(refusal.value)

    @pytest.mark.parametrize(("width", "height"), [(1, 1), (10_000, 5_000), (32_767, 1_525), (1, 32_767)])
    def test_a_size_within_the_limits_is_taken(
        self, imaging: Imaging, headers: HeaderSamples, width: int, height: int
    ) -> None:
        assert imaging.inspect(BytesIO(headers.announce(width, height))).extension == "png"

    @pytest.mark.parametrize(
        ("width", "height"), [(10_001, 5_000), (32_768, 1), (1, 32_768), (0, 10), (10, 0), (2_000_000, 2_000_000)]
    )
    def test_a_size_beyond_the_limits_is_refused_by_name(
        self, imaging: Imaging, headers: HeaderSamples, width: int, height: int
    ) -> None:
        with pytest.raises(ImageTooLarge) as refusal:
            imaging.inspect(BytesIO(headers.announce(width, height)))
        assert f"{width} x {height}" in str(refusal.value)
        assert "50000000" in str(refusal.value)

    def test_the_pages_of_a_document_are_counted(self, imaging: Imaging, headers: HeaderSamples) -> None:
        assert imaging.inspect(BytesIO(headers.several)) == Header("tif", pages=3)

    def test_the_kind_of_a_file_is_told_whether_it_is_accepted_or_not(
        self, imaging: Imaging, headers: HeaderSamples
    ) -> None:
        content = BytesIO(headers.announce(2_000_000, 2_000_000))
        content.seek(5)
        assert imaging.extension(content) == "png"
        assert imaging.extension(BytesIO(headers.several)) == "tif"

    @pytest.mark.parametrize("content", [b"", b"\0", b"plain text", b"PK\x03\x04" + bytes(60)])
    def test_the_kind_of_what_is_no_picture_is_unknown(self, imaging: Imaging, content: bytes) -> None:
        assert imaging.extension(BytesIO(content)) == "bin"
