"""Page images of the pictures of :mod:`adapters.memory.pictures`."""

import struct
import zlib
from datetime import timedelta
from typing import Final

from adapters.memory.pictures import ENDLESS, parse_picture
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.documents import Source
from ocrcore.ports.engine import EngineFailure
from ocrcore.ports.page_images import PageImages, PageImagesBusy

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"


class MemoryPageImages(PageImages):
    """Renders white pages of the right size."""

    def render(
        self,
        source: Source,
        page: int,
        *,
        timeout: timedelta,
        width: int | None = None,
        owner: str = "",  # noqa: ARG002 - nobody waits
    ) -> bytes:
        """Return a white page as PNG."""
        picture = parse_picture(source.read(), page)
        if picture is None:
            raise EngineFailure(ItemErrorCode.UNSUPPORTED_IMAGE)
        if timeout <= timedelta() or picture.fault == ENDLESS:
            raise PageImagesBusy
        if picture.fault:
            raise EngineFailure(ItemErrorCode(picture.fault))
        if picture.too_large:
            raise EngineFailure(ItemErrorCode.IMAGE_TOO_LARGE)
        if width is None or width >= picture.width:
            return _png(picture.width, picture.height)
        return _png(width, max(1, round(picture.height * width / picture.width)))


def _png(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\x00" + b"\xff" * width) * height)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
