"""What tests of every tier need."""

import logging
import signal
import warnings
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from needed import needed

#: How fast an example is says nothing here: tests run on busy machines, too.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs in its background so that it ignores Ctrl-C, and what that starts would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """Take back what a test, or a program that it ran here, has set of the log: others would see lines of it."""
    root = logging.getLogger()
    handlers, level, show = root.handlers[:], root.level, warnings.showwarning
    yield
    warnings.showwarning = show
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
def tesseract() -> str:
    """Return the real program's path; without it a test skips here, and fails where everything must be there."""
    return needed("tesseract", "tesseract-ocr tesseract-ocr-por")
