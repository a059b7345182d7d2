"""Translation of file system errors into port errors."""

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Final

from adapters.full_disk import is_full_disk
from ocrcore.domain.errors import StorageFull, StorageUnavailable
from ocrcore.ports.documents import DocumentExists, DocumentMissing

#: Every other error means that the store is unavailable: ``StorageUnavailable``.
MEANINGS: Final[Mapping[int, tuple[type[Exception], str]]] = MappingProxyType(
    {
        errno.ENOENT: (DocumentMissing, "there is no document at the key"),
        errno.ENOTDIR: (DocumentMissing, "there is no document at the key"),
        errno.EISDIR: (DocumentMissing, "there is no document at the key"),
        errno.EEXIST: (DocumentExists, "there is a document at the key already"),
        errno.ELOOP: (ValueError, "the key leads through a symbolic link"),
        errno.ENAMETOOLONG: (ValueError, "a part of the key is too long for the file system"),
    }
)


def port_error(error: OSError) -> Exception:
    """Return the port's error for a file system error. Its message contains no path."""
    if error.errno is not None and error.errno in MEANINGS:
        kind, text = MEANINGS[error.errno]
        return kind(text)
    return _unavailable(error)


@contextmanager
def port_errors() -> Iterator[None]:
    """Translate an ``OSError`` about a document into the port's error."""
    try:
        yield
    except OSError as error:
        raise port_error(error) from error


@contextmanager
def store_errors() -> Iterator[None]:
    """Translate every ``OSError`` about the store itself into ``StorageUnavailable``."""
    try:
        yield
    except OSError as error:
        raise _unavailable(error) from error


def _unavailable(error: OSError) -> StorageUnavailable:
    if is_full_disk(error):
        return StorageFull("The disk of the documents is full; make room on it.")
    name = errno.errorcode.get(error.errno or 0, "unknown error")
    return StorageUnavailable(f"The store of documents does not answer ({name}).")
