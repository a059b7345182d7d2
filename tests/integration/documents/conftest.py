import os
import shutil

import pytest


@pytest.fixture(autouse=True, scope="session")
def _tesseract() -> None:
    if shutil.which("tesseract") is None:
        why = "there is no tesseract on the PATH (Debian: apt-get install tesseract-ocr tesseract-ocr-por)"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
