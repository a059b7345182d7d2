"""Headers of the pictures of :mod:`adapters.memory.pictures`."""

from typing import BinaryIO

from adapters.memory.pictures import MAX_PIXELS, parse_picture
from ocrcore.domain.errors import EmptyFile, ImageTooLarge, UnsupportedImage
from ocrcore.domain.media import UNKNOWN
from ocrcore.ports.imaging import Header, Imaging


class MemoryImaging(Imaging):
    """Reads the files that :mod:`adapters.memory.pictures` describes."""

    def inspect(self, content: BinaryIO, place: int = 0, owner: str = "") -> Header:  # noqa: ARG002 - here nothing waits
        """Return the header of the file."""
        content.seek(0)
        source = content.read()
        if not source:
            msg = "The file is empty."
            raise EmptyFile(msg)
        picture = parse_picture(source)
        if picture is None:
            msg = "The file is not a picture or document that can be read."
            raise UnsupportedImage(msg)
        if picture.too_large:
            msg = f"The picture is {picture.width} x {picture.height} pixels; at most {MAX_PIXELS} are read."
            raise ImageTooLarge(msg)
        return Header(picture.extension, picture.pages)

    def extension(self, content: BinaryIO) -> str:
        """Return the extension of the kind that the bytes say."""
        content.seek(0)
        picture = parse_picture(content.read())
        return UNKNOWN.extension if picture is None else picture.extension
