"""Mutants of second looks at pages."""

from contextlib import AbstractContextManager
from datetime import timedelta

from ocrcore.application.context import Context
from ocrcore.application.worker import read_page
from ocrcore.application.worker.attempt import Attempt
from ocrcore.application.worker.read_page import Reading
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.looks import Doubt, SecondLook
from ocrcore.ports.engine import EngineFailure, Page
from ocrcore.testing.simulation.mutants.replacing import replaced


def failing_page() -> AbstractContextManager[None]:
    """A second look that fails is a failure of the page."""

    def cut(_reading: Reading) -> Reading:
        raise EngineFailure(ItemErrorCode.OCR_TIMEOUT)

    return replaced(read_page, "_cut", cut)


def in_silence() -> AbstractContextManager[None]:
    """A second look that fails leaves no warning."""
    return replaced(read_page, "_cut", lambda reading: reading)


def own_time() -> AbstractContextManager[None]:
    """A second look has the whole time of a page."""
    original = read_page._look_again  # noqa: SLF001 - the mutant replaces it

    def look_again(
        context: Context, attempt: Attempt, page: Page, doubt: Doubt, reading: Reading, _took: timedelta
    ) -> tuple[Reading, SecondLook]:
        return original(context, attempt, page, doubt, reading, timedelta())

    return replaced(read_page, "_look_again", look_again)


def whatever_the_time() -> AbstractContextManager[None]:
    """A second look begins however long the first took."""
    return replaced(read_page, "is_worth_a_look", lambda _took, left: left > timedelta())


def first_counts() -> AbstractContextManager[None]:
    """The first reading counts, whatever a second look finds."""
    return replaced(read_page, "counts_instead", lambda _first, _second: False)
