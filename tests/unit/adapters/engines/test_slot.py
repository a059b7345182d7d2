"""A slot whose child dies just when it is looked at."""

import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import cast

import pytest

from adapters.engines.errors import OutOfMemory
from adapters.engines.framing import Closed, Deadline
from adapters.engines.process import ChildProcess
from adapters.engines.protocol import Request, Task
from adapters.engines.recycling import RecyclePolicy
from adapters.engines.slot import Slot
from ocrcore.ports.documents import BytesSource, Source
from ocrcore.testing.patience import FOREVER


class Child:
    """Lives as long as it is told; says hello, and repeats what it is sent."""

    warming = None

    def __init__(self, lives: Sequence[bool] = ()) -> None:
        self._lives = list(lives)
        self._answers = [json.dumps({"offers": {}, "missing": {}, "wall": {}}).encode()]
        self._dead = False
        self.sent: list[bytes] = []

    def alive(self) -> bool:
        self._dead = self._dead or not (self._lives.pop(0) if self._lives else True)
        return not self._dead

    def send(self, content: bytes, deadline: Deadline) -> None:
        assert deadline.pause() >= 0
        if not self.alive():
            raise OSError
        self.sent.append(content)
        self._answers.append(content)

    def send_file(self, source: Source, deadline: Deadline, *, to_write: bool = False) -> None:
        assert not to_write
        self.send(source.read(), deadline)

    def receive(self, deadline: Deadline) -> bytes:
        assert deadline.pause() >= 0
        if not self.alive():
            raise Closed
        return self._answers.pop()

    def kill(self) -> None:
        self._dead = True

    def was_lost_to_its_file(self) -> bool:
        return False

    def resident(self) -> int:
        return 0


def slot(*children: Child) -> Slot:
    waiting = iter(children)

    def start() -> Future[ChildProcess]:
        started = Future[ChildProcess]()
        started.set_result(cast("ChildProcess", next(waiting)))
        return started

    return Slot(start, RecyclePolicy())


def ask(one: Slot, decode: Callable[[bytes], bytes] = bytes) -> bytes:
    deadline = Deadline(time.monotonic() + FOREVER, lambda: False)
    return one.ask(Request(Task.RENDER, 1), [BytesSource(b"source")], deadline, decode)


def out_of_memory(_answer: bytes) -> bytes:
    raise OutOfMemory


def test_a_child_that_dies_before_it_greets_is_lost_and_another_is_asked_nothing() -> None:
    dying, other = Child([False]), Child()
    one = slot(dying, other)
    with pytest.raises(Closed):
        ask(one)
    assert dying.sent == other.sent == []
    assert ask(one) == b"source"


def test_a_child_that_died_idle_is_replaced() -> None:
    first, second = Child([True, True, True, True, False]), Child()
    one = slot(first, second)
    assert ask(one) == b"source"
    assert ask(one) == b"source"
    assert (len(first.sent), len(second.sent)) == (2, 2)


def test_a_child_that_ran_out_of_memory_is_replaced() -> None:
    first, second = Child(), Child()
    one = slot(first, second)
    with pytest.raises(OutOfMemory):
        ask(one, out_of_memory)
    assert not first.alive()
    assert ask(one) == b"source"
    assert len(second.sent) == 2
