"""Judging a file by its header."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import BinaryIO, Protocol


@dataclass(frozen=True, slots=True)
class Header:
    """What a file's first bytes announce; only decoding shows whether they lie."""

    #: ``jpg png tif webp gif bmp``, from the bytes, never from the file name.
    extension: str
    #: Before any EXIF rotation.
    width: int
    height: int
    #: Pictures in the file; the second picture of a phone's JPEG does not count.
    pages: int = 1


class Imaging(Protocol):
    """Reads headers; never decodes."""

    @abstractmethod
    def inspect(self, content: BinaryIO) -> Header:
        """Return what the header says; the position in ``content`` is not kept.

        Raises ``EmptyFile``, ``UnsupportedImage`` (naming what the bytes are, where that is known),
        ``MultiFrameImage``, or ``ImageTooLarge`` with the size and the limit.
        """
