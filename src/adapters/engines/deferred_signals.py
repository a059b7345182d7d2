"""A block without interruption by signals, so that a new resource is recorded for its removal."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Defer SIGTERM and SIGINT to the end of the block, then raise each that arrived, once.

    Handlers run in the main thread only, so in other threads there is nothing to defer.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: dict[int, None] = {}

    def note(number: int, _: FrameType | None) -> None:
        came[number] = None

    previous = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        for signalled in came:
            signal.raise_signal(signalled)
