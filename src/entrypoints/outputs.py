"""Results that are written into files."""

import os
import re
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

_UNFINISHED: Final = re.compile(r"\.[0-9a-f]{32}\.unfinished")
#: Bytes of a name, of 255 that most file systems take: beside it there is room for a number and a suffix.
_MOST_BYTES: Final = 200
#: Seconds after which nobody writes to an unfinished file any more.
_ABANDONED: Final = 3600.0


def write_whole(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file, or leave what is there: the name appears when all of the file is written. Raises ``OSError``."""
    unfinished = path.with_name(f".{uuid4().hex}.unfinished")
    try:
        with unfinished.open("xb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())  # or the name might outlast a power failure, and the content not
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def short_name(name: str) -> str:
    """Return the beginning of a file's name that a file system takes, with a suffix."""
    return os.fsencode(name)[:_MOST_BYTES].decode(errors="ignore")


def remove_unfinished(folder: Path) -> None:
    """Remove what processes that were killed left below a folder, an hour ago or more."""
    for file in folder.rglob(".*.unfinished"):
        with suppress(OSError):
            if _UNFINISHED.fullmatch(file.name) and file.stat().st_mtime < time.time() - _ABANDONED:
                file.unlink()
