"""A seat whose child dies just when it is looked at."""

import json
import time
from collections.abc import Sequence
from concurrent.futures import Future
from typing import cast

import pytest

from adapters.engines.frames import Closed, Patience
from adapters.engines.orders import Rendering
from adapters.engines.process import ChildProcess
from adapters.engines.seat import Seat, Wear


class Child:
    """Lives as long as it is told; says hello, and repeats what it is sent."""

    def __init__(self, lives: Sequence[bool] = ()) -> None:
        self._lives = list(lives)
        self._answers = [json.dumps({"offers": {}, "missing": {}}).encode()]
        self._dead = False
        self.sent: list[bytes] = []

    def alive(self) -> bool:
        self._dead = self._dead or not (self._lives.pop(0) if self._lives else True)
        return not self._dead

    def send(self, content: bytes, patience: Patience) -> None:
        assert patience.pause() >= 0
        if not self.alive():
            raise OSError
        self.sent.append(content)
        self._answers.append(content)

    def receive(self, patience: Patience) -> bytes:
        assert patience.pause() >= 0
        if not self.alive():
            raise Closed
        return self._answers.pop()

    def kill(self) -> None:
        self._dead = True

    def resident(self) -> int:
        return 0


def seat(*children: Child) -> Seat:
    waiting = iter(children)

    def start() -> Future[ChildProcess]:
        started = Future[ChildProcess]()
        started.set_result(cast("ChildProcess", next(waiting)))
        return started

    return Seat(start, Wear())


def ask(one: Seat) -> bytes:
    return one.ask(Rendering(1), b"source", Patience(time.monotonic() + 10, lambda: False), bytes)


def test_a_child_that_dies_before_it_greets_is_lost_and_another_is_asked_nothing() -> None:
    dying, other = Child([False]), Child()
    one = seat(dying, other)
    with pytest.raises(Closed):
        ask(one)
    assert dying.sent == other.sent == []
    assert ask(one) == b"source"


def test_a_child_that_died_idle_is_replaced() -> None:
    first, second = Child([True, True, True, True, False]), Child()
    one = seat(first, second)
    assert ask(one) == b"source"
    assert ask(one) == b"source"
    assert (len(first.sent), len(second.sent)) == (2, 2)
