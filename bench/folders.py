"""Folders for what is measured."""

import tempfile
from pathlib import Path


def new_folder(parent: Path) -> Path:
    """Return a folder that stays as long as its parent, which goes when all is measured.

    A page was seen to cost more after each round whose files were deleted, and the same where they stayed.
    """
    return Path(tempfile.mkdtemp(dir=parent))
