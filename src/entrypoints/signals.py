"""Signals: how a process ends that is told to."""

import logging
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

_log = logging.getLogger(__name__)


def end_on_sigterm() -> None:
    """From now on SIGTERM ends this process as an exception does: what was opened is closed, what was made is gone.

    Another one, while that is done, does not cut it short.
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
