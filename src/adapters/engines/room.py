"""Room for the files of a child."""

import errno
import os
from pathlib import Path
from typing import Final

from ocrcore.ports.engine import EngineUnavailable

#: Bytes that every page needs.
_LEAST: Final = 256 * 1024
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def raise_if_full(folder: Path, error: Exception) -> None:
    """Raise ``EngineUnavailable`` if the error comes from a full disk: that is not the page's fault."""
    if (isinstance(error, OSError) and error.errno in _FULL) or is_full(folder):
        raise EngineUnavailable from error


def is_full(folder: Path) -> bool:
    """Return whether a folder has no room left."""
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize < _LEAST
