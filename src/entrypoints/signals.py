"""Signal handlers that end a process."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from queue import SimpleQueue
from types import FrameType
from typing import Final, NoReturn

_log = logging.getLogger(__name__)

#: The exception of a stop signal -> the signal.
_LOST: Final[Mapping[type[BaseException], signal.Signals]] = {
    SystemExit: signal.SIGTERM,
    KeyboardInterrupt: signal.SIGINT,
}
#: Seconds until a signal is raised again.
_AGAIN: Final = 0.01


def end_on_sigterm() -> None:
    """Let SIGTERM end this process with ``SystemExit``, so that open resources are closed and temporary files removed.

    Any further SIGTERM is ignored, so it cannot interrupt the clean-up.
    """
    signal.signal(signal.SIGTERM, _end)
    sys.unraisablehook = _end_again


def _end_again(lost: "sys.UnraisableHookArgs") -> None:
    """Raise a stop signal again whose exception was lost, because it came while Python called back.

    That is in a destructor, or in the callback of a weak reference, as the import system has for each of its locks.
    """
    number = _LOST.get(lost.exc_type)
    if number is None:
        sys.__unraisablehook__(lost)
        return
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, _end)
    # From a thread, because here the exception would be lost once more.
    threading.Timer(_AGAIN, os.kill, (os.getpid(), number)).start()


def _end(number: int, _: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)


def on_stop_signals(stop: Callable[[], None]) -> None:
    """Call ``stop`` on SIGTERM and SIGINT, in a thread of its own."""

    def tell(number: int) -> None:
        _log.info("stopping", extra={"signal": signal.Signals(number).name})
        stop()

    told = from_handlers(tell)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: told(number))


def from_handlers(action: Callable[[int], None]) -> Callable[[int], None]:
    """Return a function for signal handlers, which lets a thread take the action.

    A handler runs wherever the main thread is, also while that holds the lock of an event, of the log or of the list of
    threads. What takes such a lock, as ``Event.set`` does, would wait for itself for ever; this takes none.
    """
    asked = SimpleQueue[int]()

    def act() -> None:
        while True:
            action(asked.get())

    threading.Thread(target=act, name="signals", daemon=True).start()
    return asked.put
