"""The checker of what is kept: jobs for their time, and idempotency keys beyond it."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from ocrcore.application.policy import Policy
from ocrcore.domain.job import Job
from ocrcore.testing.simulation.client_history import ClientHistory, Submitted
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.kernel import SECOND, START, Actor, Kernel, Process, micros

#: The largest difference between two clocks.
_DOUBT: Final = 10 * SECOND


class KeepingChecker:
    """Knows for how long each job is to be kept, and which keys were ever used."""

    def __init__(self, kernel: Kernel, policy: Policy, client_history: ClientHistory) -> None:
        self._kernel = kernel
        self._policy = policy
        self._client_history = client_history
        #: Job -> the time for which it is kept; jobs that nobody deletes but their owner have none.
        self.times: dict[UUID, timedelta] = {}
        #: (Owner, idempotency key) -> the submission that made a job with it, whether that is deleted or not.
        self.used: dict[tuple[str, str], Submitted] = {}
        #: Process -> the jobs whose time is over, as its upkeep saw last.
        self.found: dict[Process, frozenset[UUID]] = {}

    def submitted(self, job: Job, submission: Submitted) -> None:
        """Note a job that was committed."""
        wishes = [keep for keep in (submission.options.keep, self._policy.keep) if keep is not None]
        if wishes:
            self.times[job.id] = min(wishes)
        if submission.key is not None:
            first = self.used.setdefault((job.owner, submission.key), submission)
            if first is not submission:
                self._kernel.fail(
                    Invariant.ONE_JOB_PER_KEY,
                    f"{submission.request_id} made job {job.id} with the key of {first.request_id}",
                )

    def let_go(self, actor: Actor, job: Job) -> None:
        """Check a job that retention deleted, as it was before."""
        self._client_history.outlived.add(job.id)
        keep = self.times.get(job.id)
        if keep is None or job.finished_at is None:
            why = f"finished at {job.finished_at}, to be kept for {keep}"
            self._kernel.fail(Invariant.KEPT_FOR_ITS_TIME, f"{actor.name} deleted job {job.id}, {why}")
            return
        end = micros(job.finished_at + keep - START)
        if actor.process.last_now < end or self._kernel.now < end - _DOUBT:
            self._kernel.fail(Invariant.KEPT_FOR_ITS_TIME, f"job {job.id} was deleted before its time was over")

    def gone(self, submitted: Submitted) -> None:
        """Check a submission that was told that its job is deleted."""
        first = self.used.get((submitted.owner, submitted.key or ""))
        if first is None or first.files != submitted.files:
            self._kernel.fail(
                Invariant.ONE_JOB_PER_KEY,
                f"{submitted.request_id} was told that its job is deleted, and its key made none of this body",
            )

    def mismatched(self, submitted: Submitted) -> None:
        """Check a submission that was told that its key is of another body."""
        first = self.used.get((submitted.owner, submitted.key or ""))
        if first is None or first.files == submitted.files:
            self._kernel.fail(
                Invariant.ONE_JOB_PER_KEY,
                f"{submitted.request_id} was told that its key is of another body, which its owner never sent",
            )
