"""Signal handlers that end a process."""

import logging
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

_log = logging.getLogger(__name__)


def end_on_sigterm() -> None:
    """Let SIGTERM end this process with ``SystemExit``, so that open resources are closed and temporary files removed.

    Any further SIGTERM is ignored, so it cannot interrupt the clean-up.
    """
    signal.signal(signal.SIGTERM, _end)


def _end(number: int, _: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)


def on_stop_signals(stop: Callable[[], None]) -> None:
    """Call ``stop`` on SIGTERM and SIGINT."""

    def handle(number: int, _: FrameType | None) -> None:
        _log.info("stopping", extra={"signal": signal.Signals(number).name})
        stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)
