"""Webhooks in the simulation: one for each owner, receivers that fail, are slow or lose answers, and what they got.

Ports of webhooks are called directly, so no fault of the catalogue is about them. What can go wrong is here: the answer
of a receiver takes longer than a lease, is an error, or is lost after the request has arrived, and the process that
sends is killed in between by the faults of other calls.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from ocrcore.application.service import OcrService
from ocrcore.domain.caller import Caller
from ocrcore.domain.job import Job
from ocrcore.domain.webhook import DeliveryError
from ocrcore.domain.webhook_target import Target
from ocrcore.ports.receivers import NoAnswer, Receivers
from ocrcore.testing.simulation.fakes import Fakes
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.kernel import SECOND, START, Kernel, micros

#: Parts of the answers that are late, by up to this long: longer than a lease.
_LATE: Final = 0.15
_LONGEST: Final = 60 * SECOND
#: What becomes of a request: its share, whether it arrives, and the answer.
_OUTCOMES: Final = (
    (0.15, True, 500),
    (0.15, True, DeliveryError.TIMEOUT),
    (0.15, False, DeliveryError.UNREACHABLE),
)
#: Rounds of sending after the faults, more than a day of attempts has.
_ROUNDS: Final = 200


class Hooks(Receivers):
    """The webhooks of all owners, their receivers, and the checker of what these get."""

    def __init__(self, kernel: Kernel, fakes: Fakes) -> None:
        self._kernel, self._fakes, self._tables = kernel, fakes, fakes.tables
        #: Host of a receiver -> the owner whose webhook leads there.
        self._owners: dict[str, str] = {}
        #: Job -> its row after its last commit.
        self._known: dict[UUID, Job] = {}
        #: (Webhook, message id) -> the body that was committed.
        self._bodies: dict[tuple[UUID, str], str] = {}
        #: (Owner, message id) of what arrived and was answered with 2xx.
        self._taken: set[tuple[str, str]] = set()
        self.is_healed = False

    def begin(self, *owners: str) -> None:
        """Make a webhook for each owner, before anything can fail."""
        service = OcrService(replace(self._fakes.context, receivers=self))
        for number, owner in enumerate(owners):
            host = f"receiver-{number}.example"
            self._owners[host] = owner
            service.webhooks_of(Caller(owner)).create(f"https://{host}/")

    def check(self, target: Target, *, allow_private: bool) -> None:
        """Accept every target."""

    def post(self, target: Target, headers: Mapping[str, str], body: str, *, allow_private: bool) -> int:
        """Let a request arrive or not, and return its answer, after a while."""
        del allow_private
        kernel, owner = self._kernel, self._owners[target.host]
        arrives, answer = self._outcome()
        if not self.is_healed:
            most = _LONGEST if kernel.random.random() < _LATE else SECOND
            kernel.sleep(int(kernel.random.random() * most))
        if arrives:
            self._arrived(owner, headers["webhook-id"], body)
        if isinstance(answer, DeliveryError):
            raise NoAnswer(answer)
        if answer == 200:
            self._taken.add((owner, headers["webhook-id"]))
        return answer

    def committed(self, job_id: UUID) -> None:
        """Check which notices a commit has written, and what they say."""
        before, after = self._known.get(job_id), self._tables.jobs.get(job_id)
        if after is None:
            self._known.pop(job_id, None)
        else:
            self._known[job_id] = after
        owner = (after or before or self._tables.tombstones[job_id]).owner
        if owner not in self._owners.values():
            return
        expected: Counter[str] = Counter()
        if before is not None and before.submitted_at is not None and after is None:
            expected["job.deleted"] += 1
        if after is not None and after.finished_at is not None and (before is None or before.finished_at is None):
            expected["job.finished"] += 1
        self._check_written(job_id, owner, after or before, expected)

    def _check_written(self, job_id: UUID, owner: str, job: Job | None, expected: Counter[str]) -> None:
        found: Counter[str] = Counter()
        for delivery in self._tables.deliveries.values():
            if delivery.job_id != job_id or (delivery.webhook_id, delivery.message_id) in self._bodies:
                continue
            self._bodies[delivery.webhook_id, delivery.message_id] = delivery.body
            webhook = self._tables.webhooks[delivery.webhook_id]
            if webhook.owner != owner:
                self._kernel.fail(
                    Invariant.NOTICES_OF_OWN_JOBS, f"{webhook.owner} is to be told of job {job_id} of {owner}"
                )
            data = json.loads(delivery.body)["data"]
            if delivery.event == "job.finished" and data["status"] == "EXPIRED" and not expected["job.finished"]:
                continue  # the deadline was applied, and a retry queued it again, in one transaction
            found[str(delivery.event)] += 1
            counts = job and (job.counts.total, job.counts.done, job.counts.error, job.counts.expired)
            told = tuple(data["items"][name] for name in ("total", "done", "error", "expired"))
            if job is None or counts != told or data["job_id"] != str(job_id) or job.name in delivery.body:
                self._kernel.fail(Invariant.NOTICES_FIXED, f"of job {job_id} is told {data}, and it has {counts}")
        if found != expected:
            self._kernel.fail(
                Invariant.NOTICES_COMPLETE, f"job {job_id}: {dict(found)} is told, and {dict(expected)} happened"
            )

    def _outcome(self) -> tuple[bool, int | DeliveryError]:
        draw = 1.0 if self.is_healed else self._kernel.random.random()
        for share, arrives, answer in _OUTCOMES:
            if draw < share:
                return arrives, answer
            draw -= share
        return True, 200

    def _arrived(self, owner: str, message_id: str, body: str) -> None:
        known = {
            committed
            for (webhook_id, name), committed in self._bodies.items()
            if name == message_id and self._tables.webhooks[webhook_id].owner == owner
        }
        if not known:
            self._kernel.fail(Invariant.NOTICES_OF_OWN_JOBS, f"{owner} is told {message_id}, which nobody committed")
        elif body not in known:
            self._kernel.fail(Invariant.NOTICES_FIXED, f"{message_id} is not told as it was committed: {body[:200]}")

    def finish(self, service: OcrService) -> None:
        """Send what is left, each when it is due, and check that every notice was taken."""
        kernel = self._kernel
        for _ in range(_ROUNDS):
            due = [each.due_at for each in self._tables.deliveries.values() if each.due_at is not None]
            if not due:
                break
            kernel.now = max(kernel.now, micros(min(due) - START))
            for webhook_id in service.due_webhooks():
                while service.deliver_once(webhook_id) is not None:
                    pass
        for delivery in self._tables.deliveries.values():
            owner = self._tables.webhooks[delivery.webhook_id].owner
            if (owner, delivery.message_id) not in self._taken and delivery.status != "FAILED":
                kernel.fail(
                    Invariant.NOTICES_COMPLETE, f"{delivery.message_id} was taken by nobody, and is {delivery.status}"
                )
