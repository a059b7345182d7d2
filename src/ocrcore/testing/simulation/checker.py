"""The witness: it looks at the tables after every call, and compares with what it saw before.

It knows the invariants by their numbers in the reliability page and none of the product's rules: every rule is
written here a second time, in terms of rows before and after.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from ocrcore.application.context import Policy
from ocrcore.domain.audit import AuditEntry
from ocrcore.domain.item import Item
from ocrcore.domain.task import Task
from ocrcore.ports.jobs import Lease
from ocrcore.ports.queue import Outgoing, Received
from ocrcore.testing.simulation.bodies import task_of
from ocrcore.testing.simulation.client_history import ClientHistory
from ocrcore.testing.simulation.commit_checker import CommitChecker
from ocrcore.testing.simulation.fakes import Fakes
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.kernel import SECOND, START, Actor, Kernel, Process, micros

#: Beside the recognition, what a heartbeat may still keep alive.
_MARGIN: Final = 45 * SECOND
#: What the last words of a process that ends may take beyond its grace period.
_LATE: Final = SECOND
_READS: Final = ("job.read", "result.read")


class InvariantChecker:
    """Looks at the effect of every call."""

    def __init__(self, kernel: Kernel, fakes: Fakes, policy: Policy) -> None:
        self._kernel = kernel
        self._fakes = fakes
        self._policy = policy
        self.client_history = ClientHistory()
        self.commits = CommitChecker(kernel, fakes, policy, self.client_history)
        #: Pages that the engine was made to find empty.
        self.blank = self.commits.blank
        self._received: dict[str, tuple[int, Received]] = {}
        self._letters: dict[str, tuple[int, Received]] = {}
        self._holders: dict[str, Process] = {}
        #: Message -> its latest receipt, when it was handed out, and whether its batch held a body that is not ours.
        self._beside: dict[str, tuple[str, int, bool]] = {}
        self._touched: set[str] = set()
        self._delays: dict[str, timedelta] = {}
        self._refused: dict[Lease, int] = {}
        self._accepted: set[Task] = set()
        self._orders: dict[int, Task] = {}
        self._sights: Mapping[str, Callable[[Actor, tuple[Any, ...], Any], None]] = MappingProxyType(
            {
                "jobs.transact": lambda actor, args, _: self.commits.committed(actor, args[0]),
                "jobs.renew": self._renewed,
                "documents.delete": self._documents_deleted,
                "documents.get": self._document_read,
                "queue.send": self._sent,
                "queue.receive": self._handed_out,
                "queue.change_visibility": self._hidden,
                "queue.delete": self._deleted,
                "engine.recognise": self._recognised,
                "dead_letters.receive": self._letters_handed_out,
                "dead_letters.delete": self._letters_deleted,
                "outbox.waiting": self._waiting,
                "outbox.remove": self._orders_struck,
                "audit.write": self._written,
                "audit_outbox.remove": self._entries_struck,
            }
        )

    def saw(self, operation: str, actor: Actor, args: tuple[Any, ...], answer: object) -> None:
        """Look at what a call did."""
        sight = self._sights.get(operation)
        if sight is not None:
            sight(actor, args, answer)

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

    def _documents_deleted(self, _actor: Actor, _args: tuple[Any, ...], _answer: object) -> None:
        documents = self._fakes.documents
        for item in self._fakes.tables.items.values():
            if item.s3_key not in documents or (item.layout_key is not None and item.layout_key not in documents):
                self._fail(Invariant.DOCUMENTS_PRESENT, f"a document of item {item.id} was deleted")

    def _document_read(self, actor: Actor, args: tuple[str], _answer: object) -> None:
        claimed = actor.claimed
        if isinstance(claimed, Item) and actor.name.startswith("slot") and claimed.s3_key != args[0]:
            self._fail(
                Invariant.ROW_DECIDES,
                f"{actor.name} reads {args[0]} for item {claimed.id}, whose row says {claimed.s3_key}",
            )

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
        """Look at what a process that was told to stop, and to be gone by then, has left."""
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
                continue  # it may have been refused since, and its message forgotten
            if item.status == "PENDING" and item.last_failure is None and message.visible_at > soon:
                self._fail(
                    Invariant.STOPS_GRACEFULLY,
                    f"{process.name} ended, and the message of item {item.id} is still hidden",
                )

    def _hidden(self, _actor: Actor, args: tuple[Mapping[str, timedelta]], _answer: object) -> None:
        self._delays.update(args[0])
        self._touched.update(args[0])

    def _handed_out(self, actor: Actor, _args: tuple[Any, ...], received: Sequence[Received]) -> None:
        mixed = any(task_of(message.body) is None for message in received)
        for message in received:
            self._not_left_alone(message)
            self._beside[message.message_id] = (message.receipt, self._kernel.now, mixed)
            self._holders[message.receipt] = actor.process
            self._received[message.receipt] = (self.commits.serial, message)

    def _not_left_alone(self, message: Received) -> None:
        """Demand that a message which comes again did not come because it was in bad company the last time."""
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

    def _letters_handed_out(self, _actor: Actor, _args: tuple[Any, ...], received: Sequence[Received]) -> None:
        for message in received:
            self._letters[message.receipt] = (self.commits.serial, message)

    def _deleted(self, actor: Actor, args: tuple[Iterable[str]], _answer: object) -> None:
        for receipt in args[0]:
            since, message = self._received[receipt]
            if not self._may_go(since, message):
                self._fail(
                    Invariant.MESSAGE_NEEDED,
                    f"{actor.name} deleted a message whose item may still need it: {message.body[:120]}",
                )

    def _letters_deleted(self, actor: Actor, args: tuple[Iterable[str]], _answer: object) -> None:
        for receipt in args[0]:
            since, message = self._letters[receipt]
            task = task_of(message.body)
            ordered = task is not None and self.commits.ordered_at.get(task.item_id, -1) >= since
            if not ordered and not self._may_go(since, message):
                self._fail(
                    Invariant.MESSAGE_NEEDED,
                    f"{actor.name} deleted a dead letter that nothing replaces: {message.body[:120]}",
                )

    def _may_go(self, since: int, message: Received) -> bool:
        task = task_of(message.body)
        if task is None:
            return message.message_id in self._fakes.rejected
        return self.commits.is_over(task.job_id, task.item_id, since)

    def _waiting(self, _actor: Actor, _args: tuple[Any, ...], orders: Sequence[Any]) -> None:
        for order in orders:
            self._orders[order.id] = order.task

    def _orders_struck(self, actor: Actor, args: tuple[Iterable[int]], _answer: object) -> None:
        for number in args[0]:
            if self._orders[number] not in self._accepted:
                self._fail(
                    Invariant.OUTBOX_UNTIL_ACCEPTED,
                    f"{actor.name} struck out order {number}, whose message no queue accepted",
                )

    def _written(self, _actor: Actor, args: tuple[Sequence[AuditEntry]], _answer: object) -> None:
        for entry in args[0]:
            if entry.action not in _READS and (entry.job_id, entry.event_id) not in self.commits.told:
                self._fail(Invariant.AUDIT_COMPLETE, f"the log tells of {entry.event_id}, which was not committed")
            if "simulated page" in str(entry.detail.values()):
                self._fail(Invariant.AUDIT_WITHOUT_TEXT, f"the log entry {entry.event_id} holds text")

    def _entries_struck(self, _actor: Actor, args: tuple[Iterable[int]], _answer: object) -> None:
        for number in args[0]:
            entry = self.commits.entries.get(number)
            if entry is not None and (entry.job_id, entry.at, entry.event_id) not in self._fakes.tables.audit:
                self._fail(
                    Invariant.OUTBOX_UNTIL_ACCEPTED,
                    f"audit row {number} was struck out, and the log does not have {entry.event_id}",
                )
