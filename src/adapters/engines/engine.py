"""Any engine, in child processes."""

from collections.abc import Mapping
from datetime import timedelta

from adapters.engines.frames import Closed, OutOfTime, Stopped
from adapters.engines.orders import Request, decode_answer
from adapters.engines.pool import ChildPool
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.layout import Layout
from ocrcore.domain.options import AUTO
from ocrcore.ports.engine import Engine, EngineFault, EngineStopped, Offer, Page, Stop


class ChildEngine(ChildPool, Engine):
    """A pool whose children recognise pages."""

    @property
    def offers(self) -> Mapping[str, Offer]:
        """What the first child found."""
        return {AUTO: self._greeting.offers[self._chosen], **self._greeting.offers}

    def recognise(self, page: Page, *, timeout: timedelta, stop: Stop) -> Layout:
        """Return what a child read. After :meth:`close`, every page counts as stopped."""
        name = self._chosen if page.engine == AUTO else page.engine
        if name not in self._greeting.offers:
            raise EngineFault(ItemErrorCode.INTERNAL_ERROR)
        if not page.languages or not set(page.languages) <= set(self._greeting.offers[name].languages):
            raise EngineFault(ItemErrorCode.UNSUPPORTED_LANGUAGE)
        try:
            request = Request(name, page.languages, page.psm)
            return self.ask(request, page.source, self.patience(timeout, stop.is_set), decode_answer)
        except Stopped:
            raise EngineStopped from None
        except OutOfTime:
            raise EngineFault(ItemErrorCode.OCR_TIMEOUT) from None
        except (Closed, ValueError) as error:
            raise EngineFault(ItemErrorCode.OCR_CRASHED) from error
