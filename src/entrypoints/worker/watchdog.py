"""The watchdog: tells the service manager that this process moves, for as long as every loop of it does.

It has a thread of its own, so it speaks while the others work, and falls silent when the whole process is stopped, or a
library holds the interpreter. When a single loop hangs, it says so in the status and in the log, and no longer that the
process is alive: the service manager then ends the process, and starts another. Messages and leases of its pages lapse,
and other workers read them.
"""

import faulthandler
import logging
import sys
from collections.abc import Callable, Mapping
from typing import Final

from entrypoints.service_manager import ServiceManager
from entrypoints.worker.loops import Loop

_log = logging.getLogger(__name__)

#: Seconds between two reports, if the service manager does not want them more often.
_REPORT: Final = 10.0
#: Reports in the time after which the service manager loses patience.
_REPORTS: Final = 3


class Watchdog:
    """Reports to the service manager in a thread, from :meth:`start` until :meth:`end`.

    ``frozen`` returns the loops that hang, and for how many seconds; ``status`` says what the process does.
    """

    def __init__(
        self, manager: ServiceManager, *, frozen: Callable[[], Mapping[str, float]], status: Callable[[], str]
    ) -> None:
        self._manager, self._frozen, self._status = manager, frozen, status
        self._is_ready = self._is_stopping = False
        self._told: frozenset[str] = frozenset()
        period = _REPORT if manager.watchdog is None else manager.watchdog.total_seconds() / _REPORTS
        self._period = min(_REPORT, period)
        self._loop = Loop("watchdog", self.report)

    def start(self) -> None:
        """Begin to report, if there is anybody to report to."""
        if not self._manager.listens:
            return
        if self._manager.watchdog is not None and sys.stderr is sys.__stderr__:
            faulthandler.enable()  # it ends a hung process by SIGABRT; so its log shows where every thread was
        self._loop.start()

    def ready(self) -> None:
        """Report that the service can be used."""
        self._is_ready = True
        self._manager.ready(self._status())

    def stopping(self) -> None:
        """Report that the process stops. It is still watched until :meth:`end`."""
        if not self._is_stopping:
            self._is_stopping = True
            self._manager.stopping(self._words())

    def end(self) -> None:
        """Report nothing more."""
        self._loop.stop()

    def report(self) -> float:
        """Report once, and return the seconds until the next report."""
        frozen = self._frozen()
        if frozen:
            self._manager.status(_frozen_words(frozen))
        else:
            self._manager.alive(self._words())
        news = frozenset(frozen) - self._told
        if news:
            _log.error("a loop of this process does not move", extra={"loops": ", ".join(sorted(news))})
        self._told = frozenset(frozen)
        return self._period

    def _words(self) -> str:
        if self._is_stopping:
            return f"Stopping. {self._status()}"
        return self._status() if self._is_ready else f"Starting. {self._status()}"


def _frozen_words(frozen: Mapping[str, float]) -> str:
    parts = [f"{name} for {seconds:.0f} s" for name, seconds in sorted(frozen.items())]
    return f"Does not move: {', '.join(parts)}."
