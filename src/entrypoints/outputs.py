"""Results that are written into files."""

import os
from collections.abc import Iterable
from pathlib import Path
from tempfile import mkstemp

_READABLE = 0o666


def write_whole(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file, or leave what is there: the name appears when all of the file is written. Raises ``OSError``."""
    descriptor, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(pieces)
            os.fchmod(file.fileno(), _READABLE & ~_umask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    """Return the bits that new files do not get; asking for them sets them for a moment."""
    umask = os.umask(0o077)
    os.umask(umask)
    return umask
