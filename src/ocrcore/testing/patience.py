"""How long tests wait, and how they judge what is promised in seconds on a machine that has more to do."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

#: Seconds after which what has not come is taken not to come: no machine is so slow. It judges no speed.
FOREVER: Final = 300.0
#: Seconds of a processor that are enough to see how many want it.
_SAMPLE: Final = 0.03


def stretch() -> float:
    """Return how many times longer than its own time a computation takes here and now.

    1 where nobody else wants the processors; about 5 beside eight busy loops on two of them.
    """
    began, worked = time.monotonic(), time.thread_time()
    while (own := time.thread_time() - worked) < _SAMPLE:
        pass
    return max(1.0, (time.monotonic() - began) / own)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Demand that the block takes no longer; on a busy machine so many times longer as its processors are shared."""
    before, began = stretch(), time.monotonic()
    yield
    took = time.monotonic() - began
    allowed = seconds * max(before, stretch())
    assert took < allowed, f"it took {took:.2f} s; {seconds:g} s are promised, which are {allowed:.2f} s now"


def eventually(holds: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever it says
    """Return the first true answer; the last one if none comes."""
    end = time.monotonic() + FOREVER
    while not (answer := holds()) and time.monotonic() < end:
        time.sleep(0.01)
    return answer


def seconds_of(action: Callable[[], object]) -> float:
    """Return how many seconds something takes here and now."""
    began = time.monotonic()
    action()
    return time.monotonic() - began
