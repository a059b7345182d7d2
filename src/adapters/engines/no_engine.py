"""The engine of a process that recognises no pages."""

from collections.abc import Mapping
from datetime import timedelta

from ocrcore.domain.layout import Layout
from ocrcore.domain.offer import Offer
from ocrcore.domain.options import AUTO
from ocrcore.ports.engine import Engine, EngineStopped, Page, Stop


class NoEngine(Engine):
    """An engine without languages, which stops before every page."""

    @property
    def offers(self) -> Mapping[str, Offer]:
        """One offer without languages, under ``auto``, which every engine has."""
        return {AUTO: Offer("none", ())}

    def recognise(self, page: Page, *, timeout: timedelta, stop: Stop) -> Layout:  # noqa: ARG002 - nothing is read
        """Raise ``EngineStopped``, so that the page is given back."""
        raise EngineStopped
