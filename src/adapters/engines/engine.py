"""Any engine, in child processes."""

from collections.abc import Sequence
from datetime import timedelta

from adapters.engines.frames import Closed, OutOfTime, Stopped
from adapters.engines.orders import Request, decode_answer
from adapters.engines.pool import ChildPool
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.layout import Layout
from ocrcore.ports.engine import Engine, EngineFault, EngineStopped, Page, Stop


class ChildEngine(ChildPool, Engine):
    """A pool whose children recognise pages."""

    @property
    def languages(self) -> Sequence[str]:
        """What the first child found."""
        return self._greeting.languages

    @property
    def version(self) -> str:
        """What the first child found."""
        return self._greeting.version

    def recognise(self, page: Page, *, timeout: timedelta, stop: Stop) -> Layout:
        """Return what a child read. After :meth:`close`, every page counts as stopped."""
        if not page.languages or not set(page.languages) <= set(self.languages):
            raise EngineFault(ItemErrorCode.UNSUPPORTED_LANGUAGE)
        try:
            request = Request(page.languages, page.psm)
            return self.ask(request, page.source, self.patience(timeout, stop.is_set), decode_answer)
        except Stopped:
            raise EngineStopped from None
        except OutOfTime:
            raise EngineFault(ItemErrorCode.OCR_TIMEOUT) from None
        except (Closed, ValueError) as error:
            raise EngineFault(ItemErrorCode.OCR_CRASHED) from error
