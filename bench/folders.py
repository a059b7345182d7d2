"""Folders for measured runs."""

import tempfile
from pathlib import Path


def new_folder(parent: Path) -> Path:
    """Return a new folder that is deleted with its parent, after all measurements.

    Deleting the files after each round was measured to make a page of the next round cost more.
    """
    return Path(tempfile.mkdtemp(dir=parent))
