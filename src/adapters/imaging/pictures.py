"""Accepted pictures: the allow-list of formats, and opening without decoding."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import IO, BinaryIO, Final, cast

from PIL import Image, ImageFile

from adapters.imaging.read_budget import BudgetedStream
from adapters.imaging.sizes import HEAD, announced_size, parsed_size
from ocrcore.domain.errors import ImageTooLarge, MultiFrameImage, UnsupportedImage

#: Pillow's name of each accepted format -> the extension of a stored file. An MPO is a phone's JPEG with more pictures
#: behind the first, and only the first counts.
EXTENSIONS: Final[Mapping[str, str]] = MappingProxyType(
    {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "TIFF": "tif", "WEBP": "webp", "GIF": "gif", "BMP": "bmp"}
)
#: The longest side that Tesseract accepts, in pixels.
MAX_SIDE: Final = 32_767

for _plugin in ("Bmp", "Gif", "Jpeg", "Mpo", "Png", "Tiff", "WebP"):
    import_module(f"PIL.{_plugin}ImagePlugin")  # registers its opener; Pillow's other forty are not loaded


def open_picture(content: BinaryIO, max_pixels: int) -> ImageFile.ImageFile:
    """Return the picture with its header read and its pixels not yet decoded.

    Pillow's own limit of pixels is neither used nor changed, because it applies to the whole process. Raises
    ``UnsupportedImage`` without a specific message, ``ImageTooLarge`` or ``MultiFrameImage``.
    """
    content.seek(0)
    head = content.read(HEAD)
    announced = announced_size(head)
    if announced is not None:  # before the opener, because that of WebP allocates memory for every pixel
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
    except Exception as error:  # parsers raise all kinds of errors
        size = parsed_size(content)
        if size is not None and 0 in size:  # which Pillow rejects as not a picture
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
            # Pillow needs read, seek and tell only.
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
