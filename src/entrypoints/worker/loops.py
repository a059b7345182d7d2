"""Loops: threads that repeat one step of the core, and the notifiers that wake them."""

import logging
import math
import threading
from collections.abc import Callable
from typing import Final

from entrypoints.worker.pulse import Pulse
from ocrcore import Unavailable

_log = logging.getLogger(__name__)

#: Seconds that a loop pauses after a step that raised.
_REST: Final = 1.0


class Loop:
    """A thread that calls ``step`` until it is stopped, and sleeps after each call for the seconds that it returns.

    A step that raises is logged and called again, so an error never ends the loop. ``longest`` is the seconds that a
    step may take before the loop counts as frozen.
    """

    def __init__(self, name: str, step: Callable[[], float], *, longest: float = math.inf) -> None:
        self._step = step
        #: Whether the loop moves.
        self.pulse = Pulse(name, longest)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Start no further step; the one that runs goes on."""
        self._stopping.set()

    def join(self, timeout: float) -> bool:
        """Wait up to ``timeout`` seconds for the thread to end; return whether it did."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.pulse.moved()
            try:
                pause = self._step()
            except Unavailable:
                _log.warning("a service is unavailable; the step is tried again", exc_info=True)
                pause = _REST
            except Exception:  # noqa: BLE001 - a loop that ended unnoticed would be worse than any error
                _log.exception("unexpected error in a loop; the step is tried again")
                pause = _REST
            self.pulse.rest()
            if pause:
                self._stopping.wait(pause)


class Notifier:
    """Wakes threads that wait for a condition, before their own timeout does."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._closed = False

    def notify(self) -> None:
        """Wake every waiting thread, so that it checks its condition."""
        with self._condition:
            self._condition.notify_all()

    def close(self) -> None:
        """Wake every waiting thread, and let none wait from now on."""
        self._closed = True
        self.notify()

    def wait(self, condition: Callable[[], bool], seconds: float) -> None:
        """Return when the condition holds, the time is over, or the notifier is closed."""
        with self._condition:
            self._condition.wait_for(lambda: self._closed or condition(), seconds)
