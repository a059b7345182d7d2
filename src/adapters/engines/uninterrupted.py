"""A few steps that no signal comes between, so that what was made is known to whoever will remove it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Put SIGTERM and SIGINT off until the block is done; then each that came is raised again, once.

    Handlers run in the main thread only, so in any other there is nothing to put off.
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
