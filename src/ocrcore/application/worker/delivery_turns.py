"""Turns of deliveries within one worker: owners in turn, and the jobs of each owner in turn."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Final, TypeVar
from uuid import UUID

from ocrcore.application.worker.attempt import Delivery

K = TypeVar("K")
#: Most owners, and most jobs, whose last turn is remembered.
_MOST: Final = 1000


class DeliveryTurns:
    """Who was served last. The caller holds a lock."""

    def __init__(self) -> None:
        self._turn = 0
        self._owners: OrderedDict[str | None, int] = OrderedDict()
        self._jobs: OrderedDict[UUID, int] = OrderedDict()

    def took(self, delivery: Delivery) -> None:
        """Note that a delivery got a slot."""
        self._turn += 1
        _note(self._owners, delivery.group, self._turn)
        _note(self._jobs, delivery.task.job_id, self._turn)

    def order(self, deliveries: Iterable[Delivery]) -> Iterator[Delivery]:
        """Yield deliveries as they would be served: the owner who was served longest ago first, then the others.

        Deliveries of one job stay in their order.
        """
        owners: dict[str | None, dict[UUID, list[Delivery]]] = {}
        for one in deliveries:
            owners.setdefault(one.group, {}).setdefault(one.task.job_id, []).append(one)
        by_owner = [
            list(_in_turn(sorted(jobs.items(), key=lambda job: self._jobs.get(job[0], 0))))
            for _, jobs in sorted(owners.items(), key=lambda owner: self._owners.get(owner[0], 0))
        ]
        return _rounds(by_owner)


def _note(served: OrderedDict[K, int], name: K, turn: int) -> None:
    served[name] = turn
    served.move_to_end(name)
    if len(served) > _MOST:
        served.popitem(last=False)


def _in_turn(jobs: Iterable[tuple[UUID, list[Delivery]]]) -> Iterator[Delivery]:
    return _rounds([deliveries for _, deliveries in jobs])


def _rounds(queues: Iterable[list[Delivery]]) -> Iterator[Delivery]:
    """Yield the first of each queue, then the second of each."""
    return (one for turns in zip_longest(*queues) for one in turns if one is not None)
