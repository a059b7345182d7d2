"""The pictures that are read: the one allow-list, and opening without decoding."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import IO, BinaryIO, Final, cast

from PIL import Image, ImageFile

from adapters.imaging.read_budget import BudgetedStream
from adapters.imaging.sizes import HEAD, announced_size, parsed_size
from ocrcore.domain.errors import ImageTooLarge, MultiFrameImage, UnsupportedImage

#: Pillow's name of each format that is read -> the extension of a stored file. An MPO is a phone's JPEG with more
#: pictures behind the first; only the first counts.
EXTENSIONS: Final[Mapping[str, str]] = MappingProxyType(
    {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "TIFF": "tif", "WEBP": "webp", "GIF": "gif", "BMP": "bmp"}
)
#: Tesseract takes no longer side.
MAX_SIDE: Final = 32_767

for _plugin in ("Bmp", "Gif", "Jpeg", "Mpo", "Png", "Tiff", "WebP"):
    import_module(f"PIL.{_plugin}ImagePlugin")  # registers its opener; Pillow's other forty stay out


def open_picture(content: BinaryIO, max_pixels: int) -> ImageFile.ImageFile:
    """Return the picture, its header read and its pixels not.

    Pillow's own limit of pixels is not asked, nor changed: it belongs to the whole process. Raises
    ``UnsupportedImage`` without a closer sentence, ``ImageTooLarge`` or ``MultiFrameImage``.
    """
    content.seek(0)
    head = content.read(HEAD)
    announced = announced_size(head)
    if announced is not None:  # before the opener: that of WebP sets memory aside for every pixel
        _check_size(announced, max_pixels)
    try:
        picture = _open(content, head)
        _check_size(picture.size, max_pixels)
        frames = picture.format != "MPO" and getattr(picture, "is_animated", False)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        msg = f"A picture in the file is too large; at most {max_pixels} pixels are read."
        raise ImageTooLarge(msg) from None
    except (ImageTooLarge, UnsupportedImage):
        raise
    except Exception as error:  # parsers raise whatever they stumble over
        size = parsed_size(content)
        if size is not None and 0 in size:  # which Pillow takes for no picture
            _check_size(size, max_pixels)
        raise UnsupportedImage from error
    if frames:
        msg = "The file holds several pictures; send each of them as a file of its own."
        raise MultiFrameImage(msg)
    return picture


def _open(content: BinaryIO, head: bytes) -> ImageFile.ImageFile:
    for name in EXTENSIONS.keys() & Image.OPEN.keys():
        opener, accepts = Image.OPEN[name]
        if accepts is not None and accepts(head[:16]) is True:
            # Pillow asks of a stream what this one has: read, seek, tell.
            return opener(cast("IO[bytes]", BudgetedStream(content)), "")
    raise UnsupportedImage


def _check_size(size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= max_pixels):
        msg = (
            f"The picture is {width} x {height} pixels; at most {max_pixels} pixels"
            f" and sides from 1 to {MAX_SIDE} are read."
        )
        raise ImageTooLarge(msg)
