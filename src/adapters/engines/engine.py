"""Any engine, run in child processes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from adapters.engines.framing import Closed, OutOfTime, Stopped
from adapters.engines.pool import ChildPool
from adapters.engines.protocol import Request, Task, decode_answer
from adapters.engines.room import is_full
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.layout import Layout
from ocrcore.domain.options import AUTO
from ocrcore.ports.engine import Engine, EngineFailure, EngineStopped, EngineUnavailable, Offer, Page, Stop


class ChildEngine(ChildPool, Engine):
    """A pool whose children recognise pages."""

    @property
    def offers(self) -> Mapping[str, Offer]:
        """The engines that the first child reported."""
        return {AUTO: self._hello.offers[self._chosen], **self._hello.offers}

    def check(self) -> None:
        """Return if there is room for the files of the children."""
        if is_full(self.folder):
            raise EngineUnavailable

    def recognise(self, page: Page, *, timeout: timedelta, stop: Stop) -> Layout:
        """Return the layout from a child. After :meth:`close`, every page counts as stopped."""
        options = page.options
        name = self._chosen if options.engine == AUTO else options.engine
        if name not in self._hello.offers:
            raise EngineFailure(ItemErrorCode.INTERNAL_ERROR)
        if not set(options.languages) <= set(self._hello.offers[name].languages):
            raise EngineFailure(ItemErrorCode.UNSUPPORTED_LANGUAGE)
        try:
            request = Request(Task.RECOGNISE, page.number, replace(options, engine=name))
            return self.ask(request, [page.source], self.deadline(timeout, stop.is_set), decode_answer)
        except Stopped:
            raise EngineStopped from None
        except OutOfTime:
            raise EngineFailure(ItemErrorCode.OCR_TIMEOUT) from None
        except (Closed, ValueError) as error:
            raise EngineFailure(ItemErrorCode.OCR_CRASHED) from error
