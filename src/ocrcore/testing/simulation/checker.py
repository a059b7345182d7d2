"""The invariant checker: compares the tables before and after every port call.

It shares no rule with the product. Every rule is written here a second time, in terms of rows before and after; the
numbers of the invariants are those in ``docs/delivery-guarantee.md``.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, BinaryIO, Final

from ocrcore.application.policy import Policy
from ocrcore.domain.audit import AuditEntry
from ocrcore.domain.errors import OcrError
from ocrcore.domain.item import Item
from ocrcore.domain.job import Tombstone
from ocrcore.domain.task import Task
from ocrcore.ports.due_work import Leftovers
from ocrcore.ports.jobs import Lease
from ocrcore.ports.queue import Outgoing, Received
from ocrcore.testing.simulation.bodies import task_of
from ocrcore.testing.simulation.client_history import ClientHistory
from ocrcore.testing.simulation.commit_checker import CommitChecker
from ocrcore.testing.simulation.fakes import Fakes
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.kernel import SECOND, START, Actor, Kernel, Process, micros
from ocrcore.testing.simulation.limit_checker import LimitChecker
from ocrcore.testing.simulation.owner_checker import OwnerChecker
from ocrcore.testing.simulation.quota_checker import QuotaChecker
from ocrcore.testing.simulation.turn_checker import TurnChecker

#: How long heartbeats may extend a lease beyond the recognition's timeout.
_MARGIN: Final = 45 * SECOND
#: How much longer than its grace period a stopping process may take.
_LATE: Final = SECOND
#: The delay of a message whose claim was refused for fairness, which no other message gets; and how often that may be.
_UNFAIR: Final = timedelta(seconds=5)
_MOST_REFUSALS: Final = 3
_READS: Final = ("job.read", "result.read")


class InvariantChecker:
    """Checks the effect of every port call."""

    def __init__(self, kernel: Kernel, fakes: Fakes, policy: Policy) -> None:
        self._kernel = kernel
        self._fakes = fakes
        self._policy = policy
        self.client_history = ClientHistory()
        self.owners = OwnerChecker(kernel, fakes)
        self.limits = LimitChecker(kernel, policy.limit_requests)
        self.quotas = QuotaChecker(kernel, fakes, policy.quotas)
        self._turns = TurnChecker(kernel, fakes)
        self.commits = CommitChecker(kernel, fakes, policy, self.client_history, self.owners)
        #: Pages for which a fault made the engine return no text.
        self.blank = self.commits.blank
        #: Receipt -> the number of the last commit before the delivery, and the message.
        self._received: dict[str, tuple[int, Received]] = {}
        #: The same for dead letters.
        self._letters: dict[str, tuple[int, Received]] = {}
        #: Receipt -> the process that received the message.
        self._holders: dict[str, Process] = {}
        #: Message id -> its latest receipt, the time of delivery, and whether its batch had a body that is no task.
        self._beside: dict[str, tuple[str, int, bool]] = {}
        #: Receipts whose visibility was changed.
        self._touched: set[str] = set()
        #: Message id -> the receipts of deliveries whose claim was refused for fairness.
        self._refusals: dict[str, set[str]] = {}
        #: Receipt -> its latest visibility change.
        self._delays: dict[str, timedelta] = {}
        #: Lease -> when its renewal was first refused.
        self._refused: dict[Lease, int] = {}
        #: Tasks whose messages the queue accepted.
        self._accepted: set[Task] = set()
        #: (Process, key) -> how many times the worker has this document open.
        self._open: Counter[tuple[str, str]] = Counter()
        #: Id of an outbox row -> its task.
        self._outbox: dict[int, Task] = {}
        self._checks: Mapping[str, Callable[[Actor, tuple[Any, ...], Any], None]] = MappingProxyType(
            {
                "jobs.transact": lambda actor, args, _: self.commits.committed(actor, args[0]),
                "jobs.renew": self._renewed,
                "api_keys.change": lambda _actor, _args, keys: self.owners.keys_changed(keys),
                "due_work.leftovers": self._leftovers_found,
                "documents.delete": self._documents_deleted,
                "documents.open": self._document_read,
                "uploads.open": self._upload_read,
                "queue.send": self._sent,
                "queue.receive": self._delivered,
                "queue.change_visibility": self._hidden,
                "queue.delete": self._deleted,
                "engine.recognise": self._recognised,
                "dead_letters.receive": self._letters_delivered,
                "dead_letters.delete": self._letters_deleted,
                "outbox.waiting": self._waiting,
                "outbox.remove": self._rows_removed,
                "audit.write": self._written,
                "audit_outbox.remove": self._audit_rows_removed,
                "tombstones.replace": self._purged,
            }
        )

    def saw(
        self, operation: str, actor: Actor, args: tuple[Any, ...], answer: object, named: Mapping[str, Any]
    ) -> None:
        """Check the effect of a call. ``named`` are the arguments that were given by name."""
        check = self._checks.get(operation)
        if check is not None:
            check(actor, args, answer)
        self.quotas.look(actor)
        if actor.owner:
            self.owners.read(operation, actor, args, answer, named)

    def refused(
        self, operation: str, actor: Actor, args: tuple[Any, ...], error: OcrError, named: Mapping[str, Any]
    ) -> None:
        """Check a call that was refused."""
        if actor.owner:
            self.owners.refused(operation, actor, args, error, named)

    def opened(self, process: Process, key: str) -> None:
        """Check a document that a worker has fetched: a fault aside, it has no other copy of it."""
        self._open[process.name, key] += 1
        if self._open[process.name, key] > 1 and process.clean:
            self._fail(Invariant.FETCHED_ONCE, f"{process.name} fetched {key} again while it had it")

    def closed(self, process: Process, key: str) -> None:
        """Note that a worker has given a document back."""
        self._open[process.name, key] -= 1

    def _fail(self, invariant: Invariant, detail: str) -> None:
        self._kernel.fail(invariant, detail)

    def _renewed(self, _actor: Actor, args: tuple[Sequence[Lease], Any], refused: AbstractSet[Lease]) -> None:
        for lease in args[0]:
            claim = self.commits.claims.get((lease.item_id, lease.attempt))
            if lease in refused:
                self._refused.setdefault(lease, self._kernel.now)
                continue
            item = self._fakes.tables.items[lease.item_id]
            self.commits.renewed(item)
            if claim is None or claim.leaps != self._kernel.leaps:
                continue
            budget = micros(self._policy.item_timeout + self._policy.lease) + _MARGIN
            if item.lease_until is not None and micros(item.lease_until - START) > claim.at + budget:
                self._fail(
                    Invariant.LEASES_END, f"item {item.id} is kept alive beyond its time, until {item.lease_until}"
                )

    def _leftovers_found(self, actor: Actor, _args: tuple[Any, ...], found: Leftovers) -> None:
        self.commits.keeping.found[actor.process] = frozenset(found.kept)

    def _documents_deleted(self, _actor: Actor, _args: tuple[Any, ...], _answer: object) -> None:
        documents = self._fakes.documents
        for item in self._fakes.tables.items.values():
            if item.s3_key not in documents or (item.layout_key is not None and item.layout_key not in documents):
                self._fail(Invariant.DOCUMENTS_PRESENT, f"a document of item {item.id} was deleted")

    def _document_read(self, actor: Actor, args: tuple[str], _answer: object) -> None:
        if actor.owner:
            self.owners.document_read(actor, args[0])
        claimed = actor.claimed
        if isinstance(claimed, Item) and actor.name.startswith("slot") and claimed.s3_key != args[0]:
            self._fail(
                Invariant.ROW_DECIDES,
                f"{actor.name} reads {args[0]} for item {claimed.id}, whose row says {claimed.s3_key}",
            )

    def _upload_read(self, actor: Actor, args: tuple[str, str], content: BinaryIO) -> None:
        self.commits.inspected[actor, args[0]] = content.read()
        content.seek(0)

    def _sent(self, _actor: Actor, args: tuple[Sequence[Outgoing]], accepted: Sequence[bool]) -> None:
        for message, taken in zip(args[0], accepted, strict=True):
            if taken:
                task = task_of(message.body)
                if task is None or not self.commits.knows(task.item_id):
                    self._fail(
                        Invariant.OUTBOX_UNTIL_ACCEPTED,
                        f"a message was sent for item {task and task.item_id}, which is not committed",
                    )
                else:
                    self._accepted.add(task)

    def _recognised(self, actor: Actor, _args: tuple[Any, ...], _answer: object) -> None:
        claimed = actor.claimed
        if isinstance(claimed, Item):
            refused_at = self._refused.get(Lease(claimed.id, claimed.attempts), self._kernel.now)
            if actor.process.clean and refused_at < self._kernel.now - SECOND:
                self._fail(
                    Invariant.LEASES_END, f"item {claimed.id} was still read long after its heartbeat was refused"
                )

    def exited(self, process: Process, end: int) -> None:
        """Check a process that stopped after SIGTERM, whose grace period ended at ``end``."""
        if not process.clean or self._kernel.disturbed_at >= 0:
            return
        if process.busy or self._kernel.now > end + _LATE:
            self._fail(Invariant.STOPS_GRACEFULLY, f"{process.name} did not end within its grace period")
        soon = self._kernel.instant() + timedelta(seconds=5)
        for message in self._fakes.messages():
            task = task_of(message.body)
            item = None if task is None else self._fakes.tables.items.get(task.item_id)
            delay = self._delays.get(message.receipt, self._policy.lease)
            if item is None or self._holders.get(message.receipt) is not process or delay != self._policy.lease:
                continue
            if self.commits.was_claimed_by(process, item.id) and not self.commits.was_given_back_by(process, item):
                continue  # the fence may have refused its outcome, so that its message was left
            waits = item.status == "PENDING" and item.last_failure is None
            if waits and not self._is_shown(item, soon):
                self._fail(
                    Invariant.STOPS_GRACEFULLY,
                    f"{process.name} ended, and the message of item {item.id} is still hidden",
                )

    def _is_shown(self, item: Item, soon: datetime) -> bool:
        """Return whether a message of the item is visible by then; others may belong to an attempt that was fenced."""
        return any(
            message.visible_at <= soon and (task := task_of(message.body)) is not None and task.item_id == item.id
            for message in self._fakes.messages()
        )

    def _hidden(self, actor: Actor, args: tuple[Mapping[str, timedelta]], _answer: object) -> None:
        for receipt, delay in args[0].items():
            if delay == _UNFAIR and receipt in self._received:
                refused = self._refusals.setdefault(self._received[receipt][1].message_id, set())
                refused.add(receipt)
                if len(refused) > _MOST_REFUSALS:
                    self._fail(Invariant.REFUSED_SELDOM, f"{actor.name} refused a message once more: {receipt}")
        self._delays.update(args[0])
        self._touched.update(args[0])

    def _delivered(self, actor: Actor, _args: tuple[Any, ...], received: Sequence[Received]) -> None:
        self._turns.delivered(received)
        mixed = any(task_of(message.body) is None for message in received)
        for message in received:
            self._check_company(message)
            self._beside[message.message_id] = (message.receipt, self._kernel.now, mixed)
            self._holders[message.receipt] = actor.process
            self._received[message.receipt] = (self.commits.serial, message)

    def _check_company(self, message: Received) -> None:
        """Check that a message is not redelivered because its last batch had a body that is not a task."""
        receipt, at, mixed = self._beside.get(message.message_id, ("", 0, False))
        if not mixed or receipt in self._touched or task_of(message.body) is None:
            return
        holder = self._holders[receipt]
        quiet = max(holder.disturbed_at, self._kernel.disturbed_at) < at
        if quiet and not holder.dead and not holder.draining:
            self._fail(
                Invariant.FOREIGN_MESSAGE_HARMLESS,
                f"{holder.name} left message {message.message_id} alone, which came beside one not ours",
            )

    def _letters_delivered(self, _actor: Actor, _args: tuple[Any, ...], received: Sequence[Received]) -> None:
        for message in received:
            self._letters[message.receipt] = (self.commits.serial, message)

    def _deleted(self, actor: Actor, args: tuple[Iterable[str]], _answer: object) -> None:
        for receipt in args[0]:
            since, message = self._received[receipt]
            if not self._may_be_deleted(since, message):
                self._fail(
                    Invariant.MESSAGE_NEEDED,
                    f"{actor.name} deleted a message whose item may still need it: {message.body[:120]}",
                )

    def _letters_deleted(self, actor: Actor, args: tuple[Iterable[str]], _answer: object) -> None:
        for receipt in args[0]:
            since, message = self._letters[receipt]
            task = task_of(message.body)
            enqueued = task is not None and self.commits.ordered_at.get(task.item_id, -1) >= since
            if not enqueued and not self._may_be_deleted(since, message):
                self._fail(
                    Invariant.MESSAGE_NEEDED,
                    f"{actor.name} deleted a dead letter that nothing replaces: {message.body[:120]}",
                )

    def _may_be_deleted(self, since: int, message: Received) -> bool:
        task = task_of(message.body)
        if task is None:
            return message.message_id in self._fakes.rejected
        return self.commits.is_over(task.job_id, task.item_id, since)

    def _waiting(self, _actor: Actor, _args: tuple[Any, ...], rows: Sequence[Any]) -> None:
        for row in rows:
            self._outbox[row.id] = row.task

    def _rows_removed(self, actor: Actor, args: tuple[Iterable[int]], _answer: object) -> None:
        for number in args[0]:
            if self._outbox[number] not in self._accepted:
                self._fail(
                    Invariant.OUTBOX_UNTIL_ACCEPTED,
                    f"{actor.name} removed outbox row {number}, whose message no queue accepted",
                )

    def _written(self, _actor: Actor, args: tuple[Sequence[AuditEntry]], _answer: object) -> None:
        for entry in args[0]:
            if entry.action not in _READS and (entry.job_id, entry.event_id) not in self.commits.told:
                self._fail(Invariant.AUDIT_COMPLETE, f"the log tells of {entry.event_id}, which was not committed")
            if "simulated page" in str(entry.detail.values()):
                self._fail(Invariant.AUDIT_WITHOUT_TEXT, f"the log entry {entry.event_id} holds text")

    def _purged(self, actor: Actor, args: tuple[Tombstone, Tombstone | None], was_replaced: object) -> None:
        job_id = args[0].job_id
        if was_replaced and any(page.job_id == job_id for page in self._fakes.tables.pages.values()):
            self._fail(
                Invariant.DELETION_COMPLETE, f"{actor.name} purged job {job_id}, and the search index has pages of it"
            )

    def _audit_rows_removed(self, _actor: Actor, args: tuple[Iterable[int]], _answer: object) -> None:
        for number in args[0]:
            entry = self.commits.entries.get(number)
            if entry is not None and (entry.job_id, entry.at, entry.event_id) not in self._fakes.tables.audit:
                self._fail(
                    Invariant.OUTBOX_UNTIL_ACCEPTED,
                    f"audit row {number} was removed, and the log does not have {entry.event_id}",
                )
