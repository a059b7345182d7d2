"""Room for the files of a child."""

import os
from pathlib import Path
from typing import Final

from adapters.full_disk import is_full_disk
from ocrcore.ports.engine import EngineUnavailable

#: Bytes that every page needs.
_LEAST: Final = 256 * 1024


def raise_if_full(folder: Path, error: Exception) -> None:
    """Raise ``EngineUnavailable`` if the error comes from a full disk: that is not the page's fault."""
    if is_full_disk(error) or is_full(folder):
        raise EngineUnavailable from error


def is_full(folder: Path) -> bool:
    """Return whether a folder has no room left."""
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize < _LEAST
