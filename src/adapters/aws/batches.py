"""Portions of what AWS takes in one call."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def batches(
    things: Iterable[T], most: int, *, size: Callable[[T], int] = lambda _: 0, most_size: int = 0
) -> Iterator[list[T]]:
    """Yield the things in order, at most so many at a time, and at most so large together.

    A thing that is too large by itself comes alone.
    """
    batch: list[T] = []
    total = 0
    for thing in things:
        length = size(thing)
        if batch and (len(batch) == most or total + length > most_size):
            yield batch
            batch, total = [], 0
        batch.append(thing)
        total += length
    if batch:
        yield batch
