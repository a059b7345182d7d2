"""Any engine, run in child processes."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from adapters.engines.framing import Closed, OutOfTime, Stopped
from adapters.engines.pool import ChildPool
from adapters.engines.protocol import Request, Task, decode_answer, decode_second_answer
from adapters.engines.room import is_full
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import InvalidOption, UnsupportedLanguage
from ocrcore.domain.layout import Layout
from ocrcore.domain.looks import Doubt
from ocrcore.domain.offer import Offer
from ocrcore.domain.options import AUTO
from ocrcore.ports.engine import Engine, EngineFailure, EngineStopped, EngineUnavailable, Page, Stop

T = TypeVar("T")


class ChildEngine(ChildPool, Engine):
    """A pool whose children recognise pages."""

    @property
    def offers(self) -> Mapping[str, Offer]:
        """The engines that the first child reported."""
        return self._offers

    @property
    def installed(self) -> Mapping[str, Offer]:
        """The engines themselves, without ``auto``, in the order of their names."""
        return {name: self._offers[name] for name in sorted(self._offers) if name != AUTO}

    @property
    def missing(self) -> Mapping[str, str]:
        """Engine that is not here -> a sentence about what to install."""
        return self._hello.missing

    @property
    def default(self) -> str:
        """The engine that it was opened with."""
        return self._default

    def check(self) -> None:
        """Return if there is room for the files of the children."""
        if is_full(self.folder):
            raise EngineUnavailable

    def recognise(self, page: Page, *, timeout: timedelta, stop: Stop) -> Layout:
        """Return the layout from a child. After :meth:`close`, every page counts as stopped."""
        return self._recognise(Request(Task.RECOGNISE), page, timeout, stop, decode_answer)

    def recognise_again(self, page: Page, doubt: Doubt, *, timeout: timedelta, stop: Stop) -> Layout | None:
        """Return the layout from a child, or None if that of the first look would come again."""
        request = Request(Task.RECOGNISE_AGAIN, doubt=doubt)
        return self._recognise(request, page, timeout, stop, decode_second_answer)

    def _recognise(
        self, request: Request, page: Page, timeout: timedelta, stop: Stop, decode: Callable[[bytes], T]
    ) -> T:
        options = page.options
        try:
            named = options.read_by(self.choice(options))
            whole = replace(request, page=page.number, options=named)
            return self.ask(whole, [page.source], self.deadline(timeout, stop.is_set), decode)
        except InvalidOption as error:
            raise EngineFailure(ItemErrorCode.INTERNAL_ERROR) from error
        except UnsupportedLanguage as error:
            raise EngineFailure(ItemErrorCode.UNSUPPORTED_LANGUAGE) from error
        except Stopped:
            raise EngineStopped from None
        except OutOfTime:
            raise EngineFailure(ItemErrorCode.OCR_TIMEOUT) from None
        except (Closed, ValueError) as error:
            raise EngineFailure(ItemErrorCode.OCR_CRASHED) from error
