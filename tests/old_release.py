"""Release 0.1, as ``make .release/.stamp`` installs it from the history beside this version."""

from pathlib import Path
from typing import Final

from needed import missing

_FOLDER: Final = Path(__file__).parents[1] / ".release"
PROGRAM: Final = str(_FOLDER / "bin" / "ocrcore")


def require_old_release() -> None:
    """Skip the test where release 0.1 is not installed; in continuous integration, fail it."""
    if (_FOLDER / "ready").exists():
        return
    missing("release 0.1 is not installed (make .release/.stamp; it needs the repository's whole history)")
