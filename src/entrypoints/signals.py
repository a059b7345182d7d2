"""Signal handlers that end a process."""

import logging
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
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
#: What the thread that hears signals does; the last one counts.
_acts: Final[deque[Callable[[int], None]]] = deque(maxlen=2)


def end_on_sigterm() -> None:
    """Let SIGTERM end this process with ``SystemExit``, so that open resources are closed and temporary files removed.

    Any further SIGTERM is ignored, so it cannot interrupt the clean-up.
    """
    signal.signal(signal.SIGTERM, _end)
    sys.unraisablehook = _end_again
    _listen(_reach_the_main_thread)


def _reach_the_main_thread(number: int) -> None:
    """Raise SIGTERM in the main thread until that has handled it: nothing else interrupts what blocks there."""
    time.sleep(_AGAIN)
    main = threading.main_thread().ident
    handler = signal.getsignal(number)
    if main is not None and number == signal.SIGTERM and handler is _end:
        signal.pthread_kill(main, number)
    elif handler is _heard:
        os.kill(os.getpid(), number)  # for who listens since it came


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
    """Call ``stop`` on SIGTERM and SIGINT, in a thread of its own.

    A handler in Python would not do: it runs wherever the main thread is, also while that holds the lock of an event,
    of the log or of the list of threads. What takes such a lock, as ``Event.set`` does, would wait for itself for ever.
    """

    def act(number: int) -> None:
        if number in _LOST.values():
            _log.info("stopping", extra={"signal": signal.Signals(number).name})
            stop()

    _listen(act)  # first, so that no signal comes between that nobody hears
    for number in _LOST.values():
        signal.signal(number, _heard)


def _heard(_: int, __: FrameType | None) -> None:
    """Do nothing: only signals that have a handler in Python are written to the wakeup descriptor."""


def _listen(act: Callable[[int], None]) -> None:
    """Let a thread act on each signal that has a handler in Python, in place of what it did before.

    Python runs its handlers only when the main thread moves. The kernel may give a signal to another thread, as it does
    just after SIGCONT, and a main thread that waits without a limit never learns of it. Whichever thread gets the
    signal writes its number to the wakeup descriptor.
    """
    _acts.append(act)
    if len(_acts) > 1:
        return
    came, comes = os.pipe()
    os.set_blocking(comes, False)

    def listen() -> None:
        while True:
            number = os.read(came, 1)[0]
            _acts[-1](number)

    threading.Thread(target=listen, name="signals", daemon=True).start()
    signal.set_wakeup_fd(comes, warn_on_full_buffer=False)
