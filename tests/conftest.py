"""What tests of every tier need."""

import os
import shutil

import pytest


@pytest.fixture(scope="session")
def tesseract() -> str:
    """Return the real program's path; without it a test skips here, and fails where everything must be there."""
    path = shutil.which("tesseract")
    if path is None:
        why = "there is no tesseract on the PATH (Debian: apt-get install tesseract-ocr tesseract-ocr-por)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(why)
    return str(path)
