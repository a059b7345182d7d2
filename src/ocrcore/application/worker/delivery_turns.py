"""Turns of deliveries within one worker: owners in turn, and the jobs of each owner in turn."""

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Final, TypeVar
from uuid import UUID

from ocrcore.application.worker.attempt import Delivery

K = TypeVar("K")
V = TypeVar("V")
#: Most owners, and most jobs, whose last turn is remembered.
_MOST: Final = 1000


class DeliveryTurns:
    """Deliveries that wait for a slot, in the order in which they get one. The caller holds a lock.

    The owner who was served longest ago comes first, then the others, and so do the jobs of an owner; deliveries of one
    job stay in their order. To look at the first few takes as long for a thousand deliveries as for ten.
    """

    def __init__(self, deliveries: Iterable[Delivery] = ()) -> None:
        #: Owner -> job -> the deliveries of it that wait.
        self._waiting: dict[str | None, dict[UUID, deque[Delivery]]] = {}
        self._count = 0
        self._turn = 0
        self._owners = OrderedDict[str | None, int]()
        self._jobs = OrderedDict[UUID, int]()
        self.add(deliveries)

    def __len__(self) -> int:
        """How many deliveries wait."""
        return self._count

    def add(self, deliveries: Iterable[Delivery]) -> None:
        """Let deliveries wait behind those of their jobs."""
        for one in deliveries:
            self._of_its_job(one).append(one)
            self._count += 1

    def take(self, delivery: Delivery) -> None:
        """Remove a delivery that waits, and note that it got a slot."""
        group, job_id = delivery.group, delivery.task.job_id
        jobs = self._waiting[group]
        jobs[job_id].remove(delivery)
        self._count -= 1
        if not jobs[job_id]:
            del jobs[job_id]
        if not jobs:
            del self._waiting[group]
        self._turn += 1
        _note(self._owners, group, self._turn)
        _note(self._jobs, job_id, self._turn)

    def put_back(self, delivery: Delivery) -> None:
        """Let a delivery that was taken wait again, as the first of its job."""
        self._of_its_job(delivery).appendleft(delivery)
        self._count += 1

    def clear(self) -> None:
        """Remove all deliveries."""
        self._waiting.clear()
        self._count = 0

    def __iter__(self) -> Iterator[Delivery]:
        """Yield the deliveries as they would be served; not to be gone on with after a change."""
        return _rounds([_rounds(_in_turn(jobs, self._jobs)) for jobs in _in_turn(self._waiting, self._owners)])

    def _of_its_job(self, delivery: Delivery) -> deque[Delivery]:
        return self._waiting.setdefault(delivery.group, {}).setdefault(delivery.task.job_id, deque())


def _note(served: OrderedDict[K, int], name: K, turn: int) -> None:
    served[name] = turn
    served.move_to_end(name)
    if len(served) > _MOST:
        served.popitem(last=False)


def _in_turn(waiting: Mapping[K, V], served: Mapping[K, int]) -> list[V]:
    """Return what waits, that of who was served longest ago first."""
    if len(waiting) == 1:  # nearly always, and this is asked several times for each page
        return list(waiting.values())
    return [waiting[name] for name in sorted(waiting, key=lambda name: served.get(name, 0))]


def _rounds(queues: Sequence[Iterable[Delivery]]) -> Iterator[Delivery]:
    """Yield the first of each queue, then the second of each."""
    if len(queues) == 1:
        return iter(queues[0])
    return (one for turns in zip_longest(*queues) for one in turns if one is not None)
