"""Files that are not whole yet, and what remains of them when their writer dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, Final
from uuid import uuid4

#: Nobody else's business.
FILE_MODE: Final = 0o600


@contextmanager
def temporary(folder: int) -> Iterator[tuple[str, BinaryIO]]:
    """Yield the name of a new file in ``folder``, and the file; it is gone afterwards, except by what it was linked to.

    The writer holds a lock on it for as long as it lives. The system drops the lock with the process, so
    :func:`sweep` knows the dead from the slow at once, without a guess about age.
    """
    name, descriptor = _locked(folder)
    with os.fdopen(descriptor, "wb") as file:
        try:
            yield name, file
        finally:
            with suppress(OSError):  # the next sweep has it
                os.unlink(name, dir_fd=folder)


def sweep(folder: int) -> None:
    """Remove the files whose writer is dead."""
    for name in os.listdir(folder):
        with suppress(FileNotFoundError, BlockingIOError):  # its writer was quicker, or lives
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
        os.close(descriptor)  # a sweep came between the creation and the lock
