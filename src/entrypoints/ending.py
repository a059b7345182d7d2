"""How a process ends that was told to."""

import signal
import sys
from types import FrameType
from typing import NoReturn


def end_on_sigterm() -> None:
    """From now on SIGTERM ends this process as an exception does: what was opened is closed, what was made is gone.

    Another one, while that is done, does not cut it short.
    """
    signal.signal(signal.SIGTERM, _end)


def _end(number: int, _: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)
