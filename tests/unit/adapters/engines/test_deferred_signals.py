import signal
import threading
from collections.abc import Iterator

import pytest

from adapters.engines.deferred_signals import uninterrupted


class _Ended(Exception):
    pass


@pytest.fixture(autouse=True)
def _ends_on_sigterm() -> Iterator[None]:
    def end(_number: int, _frame: object) -> None:
        raise _Ended

    previous = signal.signal(signal.SIGTERM, end)
    yield
    signal.signal(signal.SIGTERM, previous)


def test_a_signal_waits_until_the_block_is_done() -> None:
    done = []

    def work() -> None:
        with uninterrupted():
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGTERM)
            done.append("the block")

    with pytest.raises(_Ended):
        work()
    assert done == ["the block"]


def test_a_block_without_a_signal_changes_nothing() -> None:
    with uninterrupted():
        pass
    with pytest.raises(_Ended):
        signal.raise_signal(signal.SIGTERM)


def test_another_thread_goes_through() -> None:
    done = []

    def run() -> None:
        with uninterrupted():
            done.append("the block")

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert done == ["the block"]
