"""The engine of a process that reads no page."""

from collections.abc import Sequence
from datetime import timedelta

from ocrcore.domain.layout import Layout
from ocrcore.ports.engine import Engine, EngineStopped, Page, Stop


class NoEngine(Engine):
    """Knows no language, and stops before it begins."""

    @property
    def languages(self) -> Sequence[str]:
        """None."""
        return ()

    @property
    def version(self) -> str:
        """What there is of it."""
        return "none"

    def recognise(self, page: Page, *, timeout: timedelta, stop: Stop) -> Layout:  # noqa: ARG002 - nothing is looked at
        """Give the page back."""
        raise EngineStopped
