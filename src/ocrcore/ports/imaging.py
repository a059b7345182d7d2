"""Reading the headers of uploaded files."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from ocrcore.domain.codes import JobWarning


@dataclass(frozen=True, slots=True)
class Header:
    """The announcement of a file's header; only decoding verifies it."""

    #: One of :data:`ocrcore.domain.media.KIND_OF`, from the bytes, never from the file name.
    extension: str
    #: Pages or frames of the file, without reduced versions, masks, and the secondary picture of a phone's JPEG.
    pages: int = 1
    warnings: tuple[JobWarning, ...] = ()


class Imaging(Protocol):
    """Reads headers; never decodes."""

    @abstractmethod
    def inspect(self, content: BinaryIO, place: int = 0, owner: str = "") -> Header:
        """Return the header; the position in ``content`` may change.

        Where files have to wait, the owners take turns, and of one owner those with a low ``place`` go first: the
        number of files of the same submission that came before.

        Raises ``EmptyFile``, ``UnsupportedImage`` (with the kind of the bytes where known), ``ImageTooLarge`` with the
        size and the limit, ``PdfEncrypted``, ``PdfDamaged``, ``NoPages``, ``TooManyPages`` for more pages than are
        counted, or ``DocumentsBusy``.
        """

    @abstractmethod
    def extension(self, content: BinaryIO) -> str:
        """Return the extension of the kind that the first bytes say, also of a file that :meth:`inspect` refuses.

        ``bin`` for a kind that is not accepted. The position in ``content`` may change.
        """
