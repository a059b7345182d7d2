"""The engine of a process that reads no page."""

from collections.abc import Mapping
from datetime import timedelta

from ocrcore.domain.layout import Layout
from ocrcore.domain.options import AUTO
from ocrcore.ports.engine import Engine, EngineStopped, Offer, Page, Stop


class NoEngine(Engine):
    """Knows no language, and stops before it begins."""

    @property
    def offers(self) -> Mapping[str, Offer]:
        """Nothing, under the name that is always there."""
        return {AUTO: Offer("none", ())}

    def recognise(self, page: Page, *, timeout: timedelta, stop: Stop) -> Layout:  # noqa: ARG002 - nothing is looked at
        """Give the page back."""
        raise EngineStopped
