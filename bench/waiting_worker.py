"""A worker process whose engine waits instead of computing, for measurements of everything around the engine.

Usage: waiting_worker.py SECONDS SLOTS. The settings come from the environment. It prints ``ready`` when the service is
open, begins to receive at the first line on stdin, and gives its pages back at the end of stdin.
"""

import sys
import time
from datetime import timedelta
from typing import Final

from entrypoints.container import Container
from entrypoints.settings import read_settings
from entrypoints.worker.threads import worker_threads
from nothing import NothingEngine
from ocrcore import Layout
from ocrcore.ports.engine import Page, Stop

_GRACE: Final = timedelta(seconds=5)
#: Seconds between two looks whether to stop.
_LOOK: Final = 0.2


class WaitingEngine(NothingEngine):
    """Decodes the page, waits, and finds no word on it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def recognise(self, page: Page, *, timeout: timedelta, stop: Stop) -> Layout:
        """Return a layout without words, after so many seconds."""
        layout = super().recognise(page, timeout=timeout, stop=stop)
        end = time.monotonic() + self._seconds
        while (left := end - time.monotonic()) > 0 and not stop.is_set():
            time.sleep(min(left, _LOOK))
        return layout


def main() -> None:
    """Work until stdin ends."""
    seconds, slots = float(sys.argv[1]), int(sys.argv[2])
    settings = read_settings()
    container = Container(settings=settings, slots=slots, kind=settings.backend)
    container.engine.override(WaitingEngine(seconds))
    container.init_resources()
    try:
        threads = worker_threads(container.service(), settings, kind="worker", slots=slots)
        print("ready", flush=True)
        sys.stdin.readline()
        threads.start()
        sys.stdin.read()
        threads.stop(_GRACE)
    finally:
        container.shutdown_resources()


if __name__ == "__main__":
    main()
