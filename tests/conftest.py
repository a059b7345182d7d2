"""What tests of every tier need."""

import os
import shutil
import signal

import pytest
from hypothesis import HealthCheck, settings

#: How fast an example is says nothing here: tests run on busy machines, too.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs in its background so that it ignores Ctrl-C, and what that starts would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def tesseract() -> str:
    """Return the real program's path; without it a test skips here, and fails where everything must be there."""
    path = shutil.which("tesseract")
    if path is None:
        why = "there is no tesseract on the PATH (Debian: apt-get install tesseract-ocr tesseract-ocr-por)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(why)
    return str(path)
