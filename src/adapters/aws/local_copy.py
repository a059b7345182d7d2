"""Copies of objects in files without a name, which leave nothing behind."""

from typing import TYPE_CHECKING, BinaryIO

from adapters.temporary_copy import temporary_copy
from ocrcore.domain.errors import StorageUnavailable

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from botocore.response import StreamingBody


def local_copy(opening: "AbstractContextManager[StreamingBody]") -> BinaryIO:
    """Return a file with the bytes of a body, at its end; ``opening`` yields the body, and translates its errors.

    Raises ``StorageFull`` and ``StorageUnavailable`` for this machine's disk.
    """
    try:
        with opening as body:
            return temporary_copy(body)
    except OSError as error:
        msg = "This machine does not take a copy of a document."
        raise StorageUnavailable(msg) from error
