"""Copies of objects in files without a name, which leave nothing behind."""

from contextlib import ExitStack
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, Final

from adapters.full_disk import is_full_disk
from ocrcore.domain.errors import StorageFull, StorageUnavailable

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from botocore.response import StreamingBody

#: Bytes that are read at once.
_PIECE: Final = 1 << 20


def local_copy(opening: "AbstractContextManager[StreamingBody]") -> BinaryIO:
    """Return a file with the bytes of a body, at its end; ``opening`` yields the body, and translates its errors."""
    with ExitStack() as undo:
        try:
            file = undo.enter_context(TemporaryFile(buffering=0))
            with opening as body:
                copyfileobj(body, file, _PIECE)
        except OSError as error:
            if is_full_disk(error):
                msg = "The disk of this machine is full; make room on it."
                raise StorageFull(msg) from error
            msg = "This machine does not take a copy of a document."
            raise StorageUnavailable(msg) from error
        undo.pop_all()
        return file
