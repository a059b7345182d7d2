"""What a program sets for its whole process, taken back where it runs inside of a test."""

import logging
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unchanged_process() -> Iterator[None]:
    """Put the log, the handlers of stop signals and the hook for lost exceptions back as they were, after the block.

    A program that ends on SIGTERM, as all of ours do, would else end the tests that raise one long after it.
    """
    root = logging.getLogger()
    handlers, level, show = root.handlers[:], root.level, warnings.showwarning
    stops = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    hook = sys.unraisablehook
    try:
        yield
    finally:
        for number, handler in stops.items():
            signal.signal(number, handler)
        sys.unraisablehook = hook
        warnings.showwarning = show
        root.handlers[:] = handlers
        root.setLevel(level)
