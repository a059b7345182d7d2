"""The checker of webhooks: which notices are written, who sends them, when, and what becomes of each delivery."""

import base64
import hmac
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from ocrcore.domain.job import Job
from ocrcore.domain.webhook import Delivery, Webhook
from ocrcore.ports.deliveries import Leased
from ocrcore.ports.webhooks import WebhookChange
from ocrcore.testing.simulation.fakes import Fakes
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.kernel import SECOND, Actor, Kernel

#: Deliveries of one webhook that may be under way.
_MOST: Final = 2
_DAY: Final = 24 * 3600 * SECOND
#: How long a delivery is listed.
_LISTED: Final = timedelta(days=30)
#: The largest difference between two clocks.
_DOUBT: Final = 10 * SECOND
#: Why a delivery may end without a day of attempts.
_AT_ONCE: Final = frozenset({"gone", "disabled"})
#: What never goes wrong here: the secret never changes, and every target may be reached.
_NEVER: Final = frozenset({"secret-lost", "forbidden-target", "unknown-name"})


@dataclass(slots=True)
class Course:
    """What happened to one delivery, in true time; -1: not yet."""

    row: Delivery
    leased_at: int = -1
    #: The begin of its latest request.
    sent_at: int = -1
    renewed_at: int = -1
    #: When its owner asked for that, by the clock of the process; what the receiver answers meanwhile counts.
    asked_at: int = -1
    #: The begin of the round: of its first attempt that failed, or when it was to be sent again.
    since: int = -1
    #: Whether an answer of 2xx was given.
    is_taken: bool = False


class HookChecker:
    """Knows every webhook and every delivery that there ever was."""

    def __init__(self, kernel: Kernel, fakes: Fakes) -> None:
        self._kernel, self._tables = kernel, fakes.tables
        #: Every webhook that was made, by id, and by URL.
        self._webhooks: dict[UUID, Webhook] = {}
        self._by_url: dict[str, UUID] = {}
        #: Webhook -> its secret, if its owner was shown it.
        self._secrets: dict[UUID, str] = {}
        #: Webhook -> when it was disabled last, and those that are.
        self._disabled_at: dict[UUID, int] = {}
        self._disabled: set[UUID] = set()
        #: Job -> its row after its last commit.
        self._jobs: dict[UUID, Job] = {}
        #: Delivery -> its course.
        self._courses: dict[UUID, Course] = {}
        #: Who sends -> when it took its lease.
        self._held: dict[Actor | None, int] = {}
        #: (Webhook, message id) -> its delivery.
        self._ids: dict[tuple[UUID, str], UUID] = {}
        self._checks: Mapping[str, Callable[[Actor, tuple[Any, ...], Any], None]] = MappingProxyType(
            {
                "jobs.transact": lambda _actor, args, _answer: self._committed(args[0]),
                "webhooks.change": lambda actor, args, change: self._changed(actor, args[0], change),
                "deliveries.lease": lambda actor, args, leased: self._leased(actor, args[1], leased),
                "deliveries.record": lambda _actor, args, was_written: self._recorded(args, was_written),
                "deliveries.add": lambda _actor, args, _answer: self._added(args[0]),
                "deliveries.renew": lambda _actor, args, renewed: self._renewed(args[2], renewed),
                "deliveries.drop": lambda _actor, _args, _answer: self._gone(),
                "deliveries.forget": lambda _actor, _args, _answer: self._gone(),
            }
        )

    def saw(self, operation: str, actor: Actor, args: tuple[Any, ...], answer: object) -> bool:
        """Check the effect of a call; return whether there are new deliveries, or some are due anew."""
        check = self._checks.get(operation)
        if check is None:
            return False
        known = len(self._courses)
        check(actor, args, answer)
        return len(self._courses) != known or operation == "deliveries.renew"

    def made(self, webhook: Webhook) -> None:
        """Note a webhook that was written."""
        self._webhooks[webhook.id] = webhook
        self._by_url[webhook.url] = webhook.id

    def shown(self, webhook: Webhook, secret: str) -> None:
        """Note the secret that an owner was shown."""
        self._secrets[webhook.id] = secret
        if webhook.id not in self._webhooks:
            self._fail(Invariant.NOTICES_COMPLETE, f"webhook {webhook.id} was made, and is not there")

    def was_removed(self, webhook_id: UUID) -> bool:
        """Return whether the webhook was deleted."""
        return webhook_id not in self._tables.webhooks

    def webhook_at(self, url: str) -> UUID:
        """Return the webhook that leads to a URL."""
        return self._by_url[url]

    def sending(self, webhook_id: UUID, headers: Mapping[str, str], body: str) -> None:
        """Check a request that is being sent."""
        message_id, webhook = headers["webhook-id"], self._webhooks[webhook_id]
        delivery_id = self._ids.get((webhook_id, message_id))
        if delivery_id is None:
            self._fail(
                Invariant.NOTICES_OF_OWN_JOBS, f"{webhook.owner} is told {message_id}, which nobody committed for it"
            )
            return
        course = self._courses.get(delivery_id)
        if course is None:
            return  # the webhook was deleted after the lease
        course.sent_at = self._kernel.now
        if body != course.row.body:
            self._fail(Invariant.NOTICES_FIXED, f"{message_id} is not told as it was committed: {body[:200]}")
        self._check_signature(webhook_id, headers, body)
        disabled_at = self._disabled_at.get(webhook_id, 0)
        leased_at = self._held.get(self._kernel.current, course.leased_at)  # it may be a lease that has lapsed
        was_disabled = webhook_id in self._disabled and disabled_at <= leased_at
        if was_disabled and course.since + _DOUBT < disabled_at:
            self._fail(
                Invariant.NOTICES_NO_LONGER, f"{message_id} is sent, and its receiver has answered that it is gone"
            )

    def taken(self, webhook_id: UUID, message_id: str) -> None:
        """Note that a receiver has answered a request with 2xx. Its row may be gone, if the webhook was deleted."""
        course = self._courses.get(self._ids[webhook_id, message_id])
        if course is not None:
            course.is_taken = True

    def check_ended(self, *, is_dead: Callable[[UUID], bool]) -> None:
        """Check that all has ended: what is not listed as failed was taken, and what was to be sent again was sent."""
        for course in self._courses.values():
            row = course.row
            if row.webhook_id not in self._tables.webhooks:
                continue
            if row.status == "WAITING" or (row.status == "DELIVERED" and not course.is_taken):
                self._fail(
                    Invariant.NOTICES_COMPLETE, f"{row.message_id} was taken by nobody, and is {row.status} in the end"
                )
            if row.status == "FAILED" and (row.error is None or not (row.attempts or row.error == "disabled")):
                self._fail(Invariant.NOTICES_COMPLETE, f"{row.message_id} is FAILED, and nothing says why: {row}")
            if row.status == "FAILED" and row.error not in _AT_ONCE and not is_dead(row.webhook_id):
                self._fail(Invariant.NOTICES_COMPLETE, f"{row.message_id} is {row.error}, and its receiver is well")
            if course.sent_at < course.renewed_at and row.error != "disabled":
                self._fail(Invariant.NOTICES_COMPLETE, f"{row.message_id} was to be sent again, and was not")

    def check_listed(self, webhook_id: UUID, listed: Sequence[Delivery]) -> None:
        """Check the list of the deliveries of a webhook."""
        own = {course.row.id: course.row for course in self._courses.values() if course.row.webhook_id == webhook_id}
        if {row.id: row for row in listed} != own or len(own) != len(listed):
            self._fail(Invariant.NOTICES_LISTED, f"{len(listed)} deliveries are listed, and there were {len(own)}")

    def check_forgotten(self) -> None:
        """Check that no delivery is left."""
        left = [row.message_id for row in self._tables.deliveries.values()]
        if left:
            self._fail(Invariant.NOTICES_LISTED, f"{left} are kept for ever")

    def failed(self, is_dead: Callable[[UUID], bool]) -> Delivery | None:
        """Return a delivery that failed for good, as its receiver is dead."""
        rows = (course.row for course in self._courses.values() if course.row.webhook_id in self._tables.webhooks)
        return next((row for row in rows if row.status == "FAILED" and is_dead(row.webhook_id)), None)

    def _fail(self, invariant: Invariant, detail: str) -> None:
        self._kernel.fail(invariant, detail)

    def _changed(self, actor: Actor, owner: str, change: WebhookChange) -> None:
        if change.add is not None:
            self.made(change.add)
        removed = None if change.remove is None else self._webhooks[change.remove]
        for webhook, action in ((change.add, "webhook.created"), (removed, "webhook.deleted")):
            if webhook is None:
                continue
            if webhook.owner != owner or actor.owner not in {"", owner}:
                self._fail(Invariant.OWNERS_APART, f"{actor.owner} changed webhook {webhook.id} of {webhook.owner}")
            if [(entry.action, entry.detail["webhook_id"]) for entry in change.entries] != [(action, str(webhook.id))]:
                self._fail(Invariant.AUDIT_COMPLETE, f"the history will not tell of {action} of {webhook.id}")

    def _committed(self, job_id: UUID) -> None:
        """Check which notices a commit has written, and what they say."""
        before, after = self._jobs.get(job_id), self._tables.jobs.get(job_id)
        if after is None:
            self._jobs.pop(job_id, None)
        else:
            self._jobs[job_id] = after
        owner = (after or before or self._tables.tombstones[job_id]).owner
        happened: set[str] = set()
        if before is not None and before.submitted_at is not None and after is None:
            happened.add("job.deleted")
        if after is not None and after.finished_at is not None and (before is None or before.finished_at is None):
            happened.add("job.finished")
        expected = Counter(
            (webhook.id, event)
            for webhook in self._tables.webhooks.values()
            if webhook.owner == owner
            for event in happened & webhook.events
        )
        self._check_written(job_id, owner, after or before, expected)

    def _check_written(self, job_id: UUID, owner: str, job: Job | None, expected: Counter[tuple[UUID, str]]) -> None:
        found: Counter[tuple[UUID, str]] = Counter()
        for delivery in reversed(self._tables.deliveries.values()):
            if delivery.id in self._courses:
                break  # new rows are the last ones
            self._note(delivery)
            told_to = self._webhooks[delivery.webhook_id].owner
            if told_to != owner or delivery.job_id != job_id:
                self._fail(Invariant.NOTICES_OF_OWN_JOBS, f"{told_to} is to be told of job {job_id} of {owner}")
            about, data = (delivery.webhook_id, str(delivery.event)), json.loads(delivery.body)["data"]
            if delivery.event == "job.finished" and data["status"] == "EXPIRED" and not expected[about]:
                continue  # the deadline was applied, and a retry queued it again, in one transaction
            found[about] += 1
            counts = job and (job.counts.total, job.counts.done, job.counts.error, job.counts.expired)
            told = tuple(data["items"][name] for name in ("total", "done", "error", "expired"))
            if job is None or counts != told or data["job_id"] != str(job_id) or job.name in delivery.body:
                self._fail(Invariant.NOTICES_FIXED, f"of job {job_id} is told {data}, and it has {counts}")
        if found != expected:
            self._fail(
                Invariant.NOTICES_COMPLETE, f"job {job_id}: {dict(found)} is told, and {dict(expected)} happened"
            )

    def _note(self, delivery: Delivery) -> None:
        self._courses[delivery.id] = Course(delivery)
        self._ids[delivery.webhook_id, delivery.message_id] = delivery.id

    def _added(self, delivery: Delivery) -> None:
        self._note(delivery)

    def _leased(self, actor: Actor, clock: datetime, leased: Leased | None) -> None:
        if leased is None:
            return
        self._held[actor] = self._kernel.now
        row, course = leased.delivery, self._courses[leased.delivery.id]
        before, course.row, course.leased_at = course.row, row, self._kernel.now
        if row.attempts != before.attempts + 1:
            self._fail(Invariant.NOTICES_FENCED, f"{row.message_id} had {before.attempts} attempts, and has {row}")
        if before.lease_until is not None and clock < before.lease_until:
            self._fail(Invariant.NOTICES_IN_TURN, f"{row.message_id} is sent by two at the same time")
        own = [each for each in self._tables.deliveries.values() if each.webhook_id == row.webhook_id]
        under_way = sum(each.lease_until is not None and clock < each.lease_until for each in own)
        if under_way > _MOST:
            self._fail(Invariant.NOTICES_IN_TURN, f"{under_way} deliveries of a webhook are under way")

    def _recorded(self, args: tuple[Any, ...], was_written: object) -> None:
        if not was_written:
            return
        ended: Delivery = args[0]
        webhook: Webhook | None = args[1] if len(args) > 1 else None
        course = self._courses[ended.id]
        before, course.row = course.row, ended
        is_latest = ended.attempts == before.attempts and course.renewed_at <= course.leased_at
        if not is_latest or before.lease_until is None or before.status != "WAITING":
            self._fail(
                Invariant.NOTICES_FENCED,
                f"attempt {ended.attempts} of {ended.message_id} was recorded, and it was {before}",
            )
        if ended.error in _NEVER:
            self._fail(Invariant.NOTICES_SIGNED, f"{ended.message_id} is {ended.error}")
        if ended.status == "DELIVERED" and not course.is_taken:
            self._fail(Invariant.NOTICES_COMPLETE, f"{ended.message_id} counts as delivered, and nobody took it")
        self._check_patience(ended, course)
        self._check_gone(ended, webhook, course)
        if webhook is not None and webhook.disabled_at is None:
            self._disabled.discard(webhook.id)
        elif webhook is not None:
            self._disabled.add(webhook.id)
            self._disabled_at[webhook.id] = self._kernel.now

    def _check_patience(self, ended: Delivery, course: Course) -> None:
        """Check that nothing is given up before a day of attempts."""
        if ended.status == "WAITING" and course.since < 0:
            course.since = course.leased_at
        tried = self._kernel.now - (course.since if course.since >= 0 else course.leased_at)
        if ended.status == "FAILED" and ended.error not in _AT_ONCE and tried < _DAY - _DOUBT:
            self._fail(
                Invariant.NOTICES_COMPLETE, f"{ended.message_id} was given up after {tried / SECOND:.0f} s: {ended}"
            )

    def _check_gone(self, ended: Delivery, webhook: Webhook | None, course: Course) -> None:
        """Check what was to be sent again after its webhook was disabled: it is sent, and enables it if it is taken."""
        if self._disabled_at.get(ended.webhook_id, -_DOUBT) + _DOUBT >= course.asked_at:
            return
        if ended.error == "disabled" and course.sent_at < course.renewed_at:
            self._fail(
                Invariant.NOTICES_COMPLETE,
                f"{ended.message_id} was to be sent again after its receiver was gone, and was not",
            )
        stays = webhook is None or webhook.disabled_at is not None
        if ended.status == "DELIVERED" and ended.webhook_id in self._disabled and stays:
            self._fail(
                Invariant.NOTICES_NO_LONGER,
                f"{ended.message_id} was to be sent again, and taken, and its webhook is told nothing more",
            )

    def _renewed(self, asked_at: datetime, renewed: Delivery | None) -> None:
        if renewed is not None:
            course = self._courses[renewed.id]
            course.asked_at = self._kernel.at(asked_at)
            course.row, course.renewed_at, course.since = renewed, self._kernel.now, self._kernel.now

    def _gone(self) -> None:
        """Check the deliveries that are not there any more."""
        for delivery_id in self._courses.keys() - self._tables.deliveries.keys():
            row = self._courses.pop(delivery_id).row
            if row.webhook_id not in self._tables.webhooks:
                continue
            young = self._kernel.instant() - row.created_at < _LISTED - timedelta(microseconds=_DOUBT)
            if young or row.status == "WAITING":
                self._fail(
                    Invariant.NOTICES_LISTED, f"{row.message_id} of {row.created_at} is gone, and was {row.status}"
                )

    def _check_signature(self, webhook_id: UUID, headers: Mapping[str, str], body: str) -> None:
        secret = self._secrets.get(webhook_id)
        if secret is None:
            return  # the answer to who made the webhook was lost
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
        expected = "v1," + base64.b64encode(hmac.new(key, signed, "sha256").digest()).decode()
        if not hmac.compare_digest(expected, headers["webhook-signature"]):
            self._fail(
                Invariant.NOTICES_SIGNED, f"{headers['webhook-id']} is not signed with the secret of its webhook"
            )
