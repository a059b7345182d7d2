"""Results that are written into files."""

from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4


def write_whole(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file, or leave what is there: the name appears when all of the file is written. Raises ``OSError``."""
    unfinished = path.with_name(f".{uuid4().hex}.unfinished")
    try:
        with unfinished.open("xb") as file:
            file.writelines(pieces)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
