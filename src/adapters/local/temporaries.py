"""Incomplete files, and the removal of those whose writer died."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, Final
from uuid import uuid4

#: Accessible to the owner only.
FILE_MODE: Final = 0o600


@contextmanager
def temporary(folder: int) -> Iterator[tuple[str, BinaryIO]]:
    """Yield the name of a new file in ``folder``, and the file. The name is removed afterwards, hard links remain.

    The writer holds a lock on the file. The operating system releases it when the process ends, so :func:`sweep` tells
    dead writers from slow ones without guessing by age.
    """
    name, descriptor = _locked(folder)
    with os.fdopen(descriptor, "wb") as file:
        try:
            yield name, file
        finally:
            with suppress(OSError):  # the next sweep removes it
                os.unlink(name, dir_fd=folder)


def sweep(folder: int) -> None:
    """Remove the files whose writer died."""
    for name in os.listdir(folder):
        with suppress(FileNotFoundError, BlockingIOError):  # removed by its writer, or still being written
            descriptor = os.open(name, os.O_RDWR | os.O_NOFOLLOW, dir_fd=folder)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(name, dir_fd=folder)
            finally:
                os.close(descriptor)


def _locked(folder: int) -> tuple[str, int]:
    while True:
        name = uuid4().hex
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE, dir_fd=folder)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return name, descriptor
        os.close(descriptor)  # a sweep removed it between creation and lock
