"""The loops: each is a thread that repeats one step of the core and sleeps in between, or waits for a bell."""

import logging
import threading
from collections.abc import Callable
from typing import Final

from ocrcore import Unavailable

_log = logging.getLogger(__name__)

#: How long a loop rests after something that it did not bargain for, in seconds.
_REST: Final = 1.0


class Loop:
    """A thread that calls ``step`` until it is stopped; what ``step`` returns is how many seconds to sleep."""

    def __init__(self, name: str, step: Callable[[], float]) -> None:
        self._step = step
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Begin no further step."""
        self._stopping.set()

    def join(self, timeout: float) -> bool:
        """Wait for the step that runs; tell whether it ended in time."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                pause = self._step()
            except Unavailable:
                _log.warning("a service is away; the step is tried again", exc_info=True)
                pause = _REST
            except Exception:  # noqa: BLE001 - a loop that dies silently would be the worst fault of all
                _log.exception("unexpected in a loop; it goes on")
                pause = _REST
            if pause:
                self._stopping.wait(pause)


class Bell:
    """Wakes loops that wait for something sooner than they would look by themselves."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._closed = False

    def ring(self) -> None:
        """Let everybody who waits look."""
        with self._condition:
            self._condition.notify_all()

    def close(self) -> None:
        """Let nobody wait any more."""
        self._closed = True
        self.ring()

    def wait(self, until: Callable[[], bool], seconds: float) -> None:
        """Return when the condition holds, the time is over, or the bell is closed."""
        with self._condition:
            self._condition.wait_for(lambda: self._closed or until(), seconds)
