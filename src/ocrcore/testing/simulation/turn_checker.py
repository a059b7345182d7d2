"""The checker of turns: the jobs of an owner, on a queue that takes turns."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from ocrcore.ports.queue import Received
from ocrcore.testing.simulation.bodies import task_of
from ocrcore.testing.simulation.fakes import Fakes, Message
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.kernel import Kernel

#: Most first deliveries of another job of the same owner before a job's next page.
_MOST: Final = 2


class TurnChecker:
    """Counts which jobs were served before the next page of each other job."""

    def __init__(self, kernel: Kernel, fakes: Fakes) -> None:
        self._kernel = kernel
        self._fakes = fakes
        #: (Message id of the next page of a job, another job) -> first deliveries of that one since it was sent.
        self._before: dict[tuple[str, UUID], int] = {}

    def delivered(self, received: Sequence[Received]) -> None:
        """Check the messages of a receive. Those that were delivered before are in nobody's turn."""
        if not self._fakes.context.queue.takes_turns:
            return
        firsts = [message for message in received if message.receive_count == 1]
        left = [message for message in self._fakes.messages() if not message.receives]
        for place, message in enumerate(firsts):
            task = task_of(message.body)
            if task is not None and message.group:
                self._served(message.group, task.job_id, [*firsts[place + 1 :], *left])

    def _served(self, owner: str, job_id: UUID, waits: Sequence[Received | Message]) -> None:
        """Count a page of a job at the next page of each other job of its owner."""
        heads: dict[UUID, str] = {}
        for message in waits:
            task = task_of(message.body)
            if task is not None and message.group == owner and task.job_id != job_id:
                heads.setdefault(task.job_id, message.message_id)
        for other, head in heads.items():
            count = self._before[head, job_id] = self._before.get((head, job_id), 0) + 1
            if count > _MOST:
                self._kernel.fail(
                    Invariant.JOBS_IN_TURN,
                    f"{count} pages of job {job_id} were received before the next one of job {other}, which waits",
                )
