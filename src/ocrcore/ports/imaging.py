"""Reading the headers of uploaded files."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import BinaryIO, Protocol


@dataclass(frozen=True, slots=True)
class Header:
    """The announcement of a file's header; only decoding verifies it."""

    #: ``jpg png tif webp gif bmp``, from the bytes, never from the file name.
    extension: str
    #: Pictures in the file, without the secondary picture of a phone's JPEG.
    pages: int = 1


class Imaging(Protocol):
    """Reads headers; never decodes."""

    @abstractmethod
    def inspect(self, content: BinaryIO) -> Header:
        """Return the header; the position in ``content`` may change.

        Raises ``EmptyFile``, ``UnsupportedImage`` (with the kind of the bytes where known), ``MultiFrameImage``, or
        ``ImageTooLarge`` with the size and the limit.
        """
