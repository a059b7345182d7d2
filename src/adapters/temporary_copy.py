"""Copies of streams in files without a name, which leave nothing behind."""

from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, Final

from adapters.full_disk import is_full_disk
from ocrcore.domain.errors import StorageFull

if TYPE_CHECKING:
    from _typeshed import SupportsRead

#: Bytes that are read at once.
_PIECE: Final = 1 << 20


def temporary_copy(stream: "SupportsRead[bytes]") -> BinaryIO:
    """Return a file with the rest of a stream, at its end.

    Raises ``StorageFull`` if the temporary folder has no room, ``OSError`` if it fails in another way, and what the
    stream raises.
    """
    with ExitStack() as undo:
        try:
            file = undo.enter_context(TemporaryFile(buffering=0))
            while piece := memoryview(stream.read(_PIECE)):
                while piece:  # a disk that is almost full takes a part
                    piece = piece[file.write(piece) :]
        except OSError as error:
            if is_full_disk(error):
                msg = "The disk of this machine is full; make room on it."
                raise StorageFull(msg) from error
            raise
        undo.pop_all()
        return file
