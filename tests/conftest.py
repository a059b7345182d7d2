"""What tests of every tier need."""

import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from needed import needed
from unchanged import unchanged_process

#: How fast an example is says nothing here: tests run on busy machines, too.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs in its background so that it ignores Ctrl-C, and what that starts would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def process_as_before() -> Iterator[None]:
    """Take back what a test, or a program that it ran here, has set for the whole process: others would meet it."""
    with unchanged_process():
        yield


@pytest.fixture(scope="session")
def tesseract() -> str:
    """Return the real program's path; without it a test skips here, and fails where everything must be there."""
    return needed("tesseract", "tesseract-ocr tesseract-ocr-por")
