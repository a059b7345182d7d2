"""The checker of commits: the changes that one transaction may make to a job and its items."""

from collections import Counter
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final
from uuid import UUID

from ocrcore.application.policy import Policy
from ocrcore.domain.audit import AuditEntry
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.testing.simulation.client_history import ClientHistory, SentPage, Submitted
from ocrcore.testing.simulation.correction_checker import INTENTS, CorrectionChecker
from ocrcore.testing.simulation.fakes import Fakes
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.keeping_checker import KeepingChecker
from ocrcore.testing.simulation.kernel import SECOND, START, Actor, Kernel, Process, micros
from ocrcore.testing.simulation.look_checker import LookChecker
from ocrcore.testing.simulation.owner_checker import OwnerChecker
from ocrcore.testing.simulation.row_checker import check_rows, has_words, is_whole

#: A change that is committed longer after its instant may be missed by streams.
_OVERLAP: Final = timedelta(seconds=60)
#: (Status before, status after) of allowed transitions -> the user's request that alone may cause it; empty for any.
_EDGES: Final = {
    ("PENDING", "PENDING"): "",
    ("PENDING", "PROCESSING"): "",
    ("PENDING", "ERROR"): "",
    ("PROCESSING", "PENDING"): "",
    ("PROCESSING", "PROCESSING"): "",
    ("PROCESSING", "DONE"): "",
    ("PROCESSING", "ERROR"): "",
    ("ERROR", "PENDING"): "retry",
}
#: The largest difference between two clocks.
_DOUBT: Final = 10 * SECOND
_SWEPT: Final = frozenset({"expired", "cancelled"})


@dataclass(frozen=True, slots=True)
class Claim:
    """The claim of an attempt."""

    process: Process
    at: int
    #: Clock leaps so far.
    leaps: int


class CommitChecker:
    """Compares the rows after each commit with those after the previous commit."""

    def __init__(
        self, kernel: Kernel, fakes: Fakes, policy: Policy, client_history: ClientHistory, owners: OwnerChecker
    ) -> None:
        self._kernel = kernel
        self.looks = LookChecker(kernel, policy)
        self.corrections = CorrectionChecker(kernel, fakes)
        self.keeping = KeepingChecker(kernel, policy, client_history)
        self._fakes = fakes
        self._policy = policy
        self._client_history = client_history
        self._owners = owners
        self._jobs: dict[UUID, Job] = {}
        self._items: dict[UUID, Item] = {}
        self._pages: dict[UUID, SentPage] = {}
        self._last_entry = 0
        self._last_order = 0
        self._finishes: Counter[UUID] = Counter()
        self._over_until: dict[UUID, int] = {}
        self._given_back: dict[UUID, tuple[Process, int]] = {}
        #: Jobs whose latest change was committed longer after its instant than streams look back.
        self.late: set[UUID] = set()
        #: Commits so far.
        self.serial = 0
        #: (Item, attempt) -> its claim.
        self.claims: dict[tuple[UUID, int], Claim] = {}
        #: Item -> the commit that enqueued its latest message.
        self.ordered_at: dict[UUID, int] = {}
        #: Deleted jobs.
        self.graves: set[UUID] = set()
        #: (Job, event id) -> the entry, which the log must contain in the end.
        self.told: dict[tuple[UUID, str], AuditEntry] = {}
        #: Id of a row of the audit outbox -> its entry.
        self.entries: dict[int, AuditEntry] = {}
        #: Job -> the id of the request that submitted it.
        self.source: dict[UUID, str] = {}
        #: Pages, as file and page number, for which a fault made the engine return no text.
        self.blank: set[tuple[bytes, int]] = set()
        #: (Item, attempt) of recognitions that a fault hit.
        self.befallen: set[tuple[UUID, int]] = set()
        #: (Actor, key of an upload) -> the bytes that it read last.
        self.inspected: dict[tuple[Actor, str], bytes] = {}
        #: (Before, after, code) of every transition of an item.
        self.edges: Counter[tuple[str, str, str]] = Counter()

    def knows(self, item_id: UUID) -> bool:
        """Return whether the item was ever committed."""
        return item_id in self._pages

    def is_over(self, job_id: UUID, item_id: UUID, since: int) -> bool:
        """Return whether the item was finished or deleted at some time since this commit, and needed no message."""
        if job_id in self.graves:
            return True
        item = self._items.get(item_id)
        if item is None:
            return False
        return item.status in {"DONE", "ERROR"} or self._over_until.get(item_id, -1) > since

    def was_claimed_by(self, process: Process, item_id: UUID) -> bool:
        """Return whether the process ever claimed the item."""
        return any(claim.process is process for (of, _), claim in self.claims.items() if of == item_id)

    def was_given_back_by(self, process: Process, item: Item) -> bool:
        """Return whether the item waits because the process gave it back."""
        return item.status == "PENDING" and self._given_back.get(item.id) == (process, item.attempts)

    def renewed(self, item: Item) -> None:
        """Store an item after a heartbeat."""
        self._items[item.id] = item

    def committed(self, actor: Actor, job_id: UUID) -> None:
        """Compare a job with its state before the commit."""
        tables = self._fakes.tables
        before, after = self._jobs.get(job_id), tables.jobs.get(job_id)
        self.serial += 1
        events = self._new_events(job_id)
        self._note_lateness(job_id, before, after)
        if actor.owner:
            self._owners.committed(actor, before, after, events)
        if after is None:
            self._deleted(actor, job_id, before, events)
            return
        if before is not None and before.submitted_at is None:
            before = None
        if after.submitted_at is None:
            self._jobs[job_id] = after
            return
        items = tables.items_of(job_id)
        if before is None:
            self._submitted(actor, after, items)
            self._expect(events, {f"{job_id}#1#job.created"}, job_id, exact=True)
        else:
            self._changed(actor, before, after, items, events)
        self._jobs[job_id] = after
        check_rows(self._kernel, after, items)
        for item in items:
            if item.id in tables.pages and item.status.value != "DONE":
                self._fail(Invariant.SEARCHABLE_WHEN_DONE, f"item {item.id} is {item.status} in the search index")
        self._note_orders()

    def _note_lateness(self, job_id: UUID, before: Job | None, after: Job | None) -> None:
        """Note whether the change was committed so late that streams may miss it, as by a leap of all clocks."""
        stone = self._fakes.tables.tombstones.get(job_id)
        changed_at = after.last_event_at if after is not None else None if stone is None else stone.deleted_at
        if changed_at is None or (before is not None and after is not None and before.last_event_at == changed_at):
            return
        is_late = self._kernel.instant() - changed_at > _OVERLAP
        (self.late.add if is_late else self.late.discard)(job_id)

    def _fail(self, invariant: Invariant, detail: str) -> None:
        self._kernel.fail(invariant, detail)

    def _new_events(self, job_id: UUID) -> dict[str, AuditEntry]:
        """Return the audit entries of this commit by event id."""
        unsent = self._fakes.tables.unsent
        fresh: dict[str, AuditEntry] = {}
        for number in reversed([*takewhile(lambda number: number > self._last_entry, reversed(unsent))]):
            entry = unsent[number]
            self.entries[number] = entry
            if (job_id, entry.event_id) in self.told:
                self._fail(Invariant.AUDIT_COMPLETE, f"{entry.event_id} is told twice")
            fresh[entry.event_id] = self.told[job_id, entry.event_id] = entry
        self._last_entry = max(self._last_entry, next(reversed(self._fakes.tables.unsent), 0))
        return fresh

    def _ordered_now(self) -> set[UUID]:
        """Return the items that this commit enqueued a message for."""
        orders = self._fakes.tables.orders
        fresh = takewhile(lambda number: number > self._last_order, reversed(orders))
        return {orders[number].task.item_id for number in fresh}

    def _note_orders(self) -> None:
        self.ordered_at.update(dict.fromkeys(self._ordered_now(), self.serial))
        self._last_order = max(self._last_order, next(reversed(self._fakes.tables.orders), 0))

    def _expect(self, events: dict[str, AuditEntry], wanted: set[str], job_id: UUID, *, exact: bool) -> None:
        missing = wanted - events.keys()
        if missing:
            self._fail(
                Invariant.AUDIT_COMPLETE, f"job {job_id} changed, and the log will not tell of {sorted(missing)}"
            )
        if exact and events.keys() != wanted:
            self._fail(
                Invariant.AUDIT_COMPLETE, f"the log will tell of {sorted(events.keys() - wanted)}, which did not happen"
            )

    def _deleted(self, actor: Actor, job_id: UUID, before: Job | None, events: dict[str, AuditEntry]) -> None:
        tables = self._fakes.tables
        left = [item.id for item in self._items.values() if item.job_id == job_id]
        if job_id not in tables.tombstones:
            self._fail(Invariant.DELETION_COMPLETE, f"job {job_id} is gone without a tombstone")
        if any(order.task.job_id == job_id for order in tables.orders.values()):
            self._fail(Invariant.DELETION_COMPLETE, f"messages of the deleted job {job_id} wait in the outbox")
        if any(item_id in tables.items for item_id in left):
            self._fail(Invariant.DELETION_COMPLETE, f"items of the deleted job {job_id} are left")
        self.corrections.deleted(left)
        if before is not None and before.submitted_at is not None:
            told = next((entry for event, entry in events.items() if event.endswith("#job.deleted")), None)
            if told is None:
                self._fail(Invariant.AUDIT_COMPLETE, f"the log will not tell that job {job_id} was deleted")
            elif told.actor == "retention":
                self.keeping.let_go(actor, before)
            elif job_id not in self._client_history.deleting:
                self._fail(Invariant.ITEM_PER_PAGE, f"job {job_id} was deleted, and its owner did not ask for that")
        for item_id in left:
            del self._items[item_id]
        self._jobs.pop(job_id, None)
        self.graves.add(job_id)

    def _submitted(self, actor: Actor, job: Job, items: list[Item]) -> None:
        submission = self._client_history.submissions.get(job.request_id or "")
        if submission is None or submission.owner != job.owner:
            self._fail(Invariant.REFUSAL_LEAVES_NOTHING, f"job {job.id} is of nobody's making")
            return
        self.source[job.id] = submission.request_id
        self.keeping.submitted(job, submission)
        if job.id in self._client_history.drafts:
            self._check_uploads(actor, job, items, submission)
        if len(items) != len(submission.pages) or [item.position for item in items] != list(range(len(items))):
            self._fail(
                Invariant.ITEM_PER_PAGE, f"job {job.id} has {len(items)} items for {len(submission.pages)} pages"
            )
        if len({item.s3_key for item in items}) != len(submission.files):
            self._fail(Invariant.ITEM_PER_PAGE, f"job {job.id} has not one object for each of its files")
        waiting = self._ordered_now()
        for item, sent in zip(items, submission.pages, strict=True):
            if self._fakes.documents.get(item.s3_key) != sent.file:
                self._fail(Invariant.ITEM_PER_PAGE, f"the object of item {item.id} is missing or not what was uploaded")
            alone = sum(other.s3_key == item.s3_key for other in items) == 1
            if item.page != sent.number or item.s3_key.startswith(f"jobs/{job.id}/{item.id}.") is not alone:
                self._fail(Invariant.ITEM_PER_PAGE, f"item {item.id} is page {item.page} of {item.s3_key}")
            self._pages[item.id] = sent
            self._items[item.id] = item
            self._begun(item, sent, is_ordered=item.id in waiting)

    def _begun(self, item: Item, sent: SentPage, *, is_ordered: bool) -> None:
        """Check a new item: it waits, or it is of a refused file."""
        if item.attempts != 0 or (item.status != "PENDING" and not sent.refusal):
            self._fail(Invariant.ALLOWED_STEPS, f"item {item.id} begins as {item.status}")
        if sent.refusal and (item.status != "ERROR" or item.error_code != sent.refusal or is_ordered):
            self._fail(
                Invariant.REFUSED_FILES,
                f"item {item.id} begins as {item.status} {item.error_code}, {'with' if is_ordered else 'without'} a"
                f" message, and its file was refused as {sent.refusal}",
            )

    def _check_uploads(self, actor: Actor, job: Job, items: list[Item], submission: Submitted) -> None:
        """Check the documents of a draft that becomes a job, and note what was submitted."""
        names = set() if job.uploads is None else {str(name) for name in job.uploads.names}
        files, texts = [], []
        for index, key in enumerate(dict.fromkeys(item.s3_key for item in items)):
            file = self._fakes.documents.get(key, b"")
            if file != self.inspected.get((actor, f"uploads/{job.id}/{index}")):
                self._fail(Invariant.UPLOADS_INSPECTED, f"document {key} is not what {actor.name} inspected")
            if key.rpartition("/")[2].partition(".")[0] not in names:
                self._fail(Invariant.UPLOADS_INSPECTED, f"document {key} is not of the latest submit")
            files.append(file)
            texts.append(self._client_history.drafts[job.id].uploaded[index].get(file, ()))
        submission.files, submission.texts = tuple(files), tuple(texts)

    def _changed(self, actor: Actor, before: Job, after: Job, items: list[Item], events: dict[str, AuditEntry]) -> None:
        if after.counts.total != before.counts.total or len(items) != before.counts.total:
            self._fail(Invariant.TOTAL_FIXED, f"job {after.id} had {before.counts.total} items and has {len(items)}")
        if before.owner != after.owner or before.created_at != after.created_at:
            self._fail(Invariant.OWNERS_APART, f"job {after.id} changed its owner or age")
        wanted: set[str] = set()
        happened = {"job.renamed"} if before.name != after.name else set()
        for item in items:
            old = self._items[item.id]
            if item is not old and item.status == old.status == "DONE" and actor.intent in INTENTS:
                if self.corrections.changed(actor, after.owner, old, item):
                    happened.add("item.corrected")
            elif item is not old and item != replace(old, is_indexed=item.is_indexed):
                event = self._step(actor, before, old, item)
                if event:
                    wanted.add(event)
                elif action := _of_all(old, item):
                    happened.add(action)
            self._items[item.id] = item
        self._expect(events, wanted, after.id, exact=False)
        self._explain(actor, before, events.keys() - wanted, happened)

    def _explain(self, actor: Actor, before: Job, events: AbstractSet[str], happened: set[str]) -> None:
        """Check that the log has one entry for each event of the job itself, and no others."""
        logged = Counter(event_id.rpartition("#")[2] for event_id in events)
        if missing := happened - logged.keys():
            self._fail(
                Invariant.AUDIT_COMPLETE, f"job {before.id} changed, and the log will not tell of {sorted(missing)}"
            )
        possible = set(happened)
        if actor.intent == "retry":  # a retry applies a due deadline first, and the items show neither
            possible.add("job.retried")
            if actor.process.last_now >= _at(before.sqs_retention_deadline):
                possible.add("job.expired")
        if actor.intent == "rename":  # perhaps to its current name
            possible.add("job.renamed")
        strange = sorted(action for action, number in logged.items() if action not in possible or number > 1)
        if strange:
            self._fail(
                Invariant.AUDIT_COMPLETE,
                f"the log will tell of {strange} of job {before.id}, which did not happen, or once",
            )

    def _step(self, actor: Actor, job: Job, old: Item, new: Item) -> str:
        """Check an item's transition; return the id of its own audit event, or an empty string if there is none."""
        edge = (old.status.value, new.status.value)
        self.edges[*edge, new.error_code or ""] += 1
        intent = _EDGES.get(edge)
        if intent is None or (intent and actor.intent != intent):
            self._fail(Invariant.ALLOWED_STEPS, f"item {new.id} went from {edge[0]} to {edge[1]} ({actor.name})")
        if new.attempts < old.attempts or new.attempts > new.attempts_limit:
            self._fail(
                Invariant.ATTEMPTS_LIMITED,
                f"item {new.id} has {new.attempts} attempts of {new.attempts_limit}, and had {old.attempts}",
            )
        if old.status == "ERROR" and new.status == "PENDING":
            self._over_until[new.id] = self.serial
        if actor.intent == "retry":
            return ""
        if new.attempts > old.attempts:
            return self._claimed(actor, job, old, new)
        if new.status == "PROCESSING":
            self._fail(Invariant.ALLOWED_STEPS, f"item {new.id} changed in a commit while it was at work")
        if old.status == "PROCESSING":
            return self._ended(actor, job, old, new)
        if new.status == "ERROR":
            self._swept(actor, job, new)
        return ""

    def _claimed(self, actor: Actor, job: Job, old: Item, new: Item) -> str:
        process = actor.process
        if new.attempts != old.attempts + 1 or new.status != "PROCESSING" or new.lease_until is None:
            self._fail(
                Invariant.ALLOWED_STEPS, f"item {new.id} was claimed as {new.status} with {new.attempts} attempts"
            )
        if self._is_late(process, job):
            self._fail(Invariant.NO_LATE_START, f"item {new.id} was claimed at or after its deadline")
        if old.status == "PROCESSING":
            self._lapsed(old, process)
        self.claims[new.id, new.attempts] = Claim(process, self._kernel.now, self._kernel.leaps)
        actor.claimed = new
        return f"{new.id}#{new.attempts}#item.claimed"

    def _is_late(self, process: Process, job: Job) -> bool:
        """Return whether the deadline has passed, by the clock of this process or by every clock."""
        deadline = _at(job.sqs_retention_deadline)
        return process.last_now >= deadline or self._kernel.now >= deadline + _DOUBT

    def _lapsed(self, old: Item, process: Process) -> None:
        if old.lease_until is not None and _at(old.lease_until) > process.last_now:
            self._fail(Invariant.FINISHED_ONCE, f"item {old.id} was taken from a worker whose lease is alive")
        holder = self._quiet_holder(old)
        if holder is not None and not holder.dead and not holder.draining:
            self._fail(
                Invariant.PAGES_INDEPENDENT,
                f"item {old.id} lost attempt {old.attempts}, and nothing had happened to its worker",
            )

    def _quiet_holder(self, item: Item) -> Process | None:
        """Return the process that claimed the item, if no fault has hit it or the attempt since."""
        claim = self.claims.get((item.id, item.attempts))
        if claim is None or (item.id, item.attempts) in self.befallen:
            return None
        quiet = max(claim.process.disturbed_at, self._kernel.disturbed_at) < claim.at
        return claim.process if quiet else None

    def _ended(self, actor: Actor, job: Job, old: Item, new: Item) -> str:
        process = actor.process
        about = f"{new.id}#{new.attempts}"
        if self._pages[new.id].refusal and self._ends_as_refused(new):
            return f"{about}#item.failed"
        self.looks.attempt_ended(new)
        if new.status == "DONE":
            self._done(actor, job, new)
            return f"{about}#item.recognised"
        if new.error_code in _SWEPT:
            self._swept(actor, job, new)
            return ""
        if new.error_code == "too-many-attempts" or (new.status == "PENDING" and new.last_failure is None):
            given_back = new.attempts_limit == old.attempts_limit + 1
            if given_back:
                self._given_back[new.id] = (process, new.attempts)
            else:
                self._lapsed(old, process)
            if new.status == "ERROR" and new.attempts != new.attempts_limit:
                self._fail(
                    Invariant.ATTEMPTS_LIMITED,
                    f"item {new.id} was given up after {new.attempts} of {new.attempts_limit}",
                )
        elif self._quiet_holder(old) is not None:
            fault = new.error_code if new.status == "ERROR" else new.last_failure
            self._fail(
                Invariant.PAGES_INDEPENDENT,
                f"item {new.id} lost attempt {new.attempts} by {fault}, and nothing had befallen it",
            )
        return f"{about}#item.{'failed' if new.status == 'ERROR' else 'released'}"

    def _ends_as_refused(self, new: Item) -> bool:
        """Return whether the attempt on a refused file's item ended with the file's code; other results are wrong."""
        refusal = self._pages[new.id].refusal
        others = {refusal, "too-many-attempts", *_SWEPT}
        if new.status == "DONE" or new.last_failure is not None or new.error_code not in {None, *others}:
            self._fail(Invariant.REFUSED_FILES, f"item {new.id} was read, and its file was refused as {refusal}")
        return new.error_code == refusal

    def _done(self, actor: Actor, job: Job, new: Item) -> None:
        text, file, page, _ = self._pages[new.id]
        self._finishes[new.id] += 1
        claim = self.claims.get((new.id, new.attempts))
        if self._finishes[new.id] > 1:
            self._fail(Invariant.FINISHED_ONCE, f"item {new.id} finished twice")
        if claim is None or claim.process is not actor.process:
            self._fail(
                Invariant.FINISHED_ONCE,
                f"item {new.id} was finished by {actor.process.name}, which does not hold the attempt",
            )
        if self._is_late(actor.process, job):
            self._fail(Invariant.NO_LATE_START, f"item {new.id} finished at or after its deadline")
        is_first = self.looks.is_first_reading(new, text, self.claims[new.id, new.attempts].at)
        if is_first and self.looks.was_cut(new) and (holder := self._quiet_holder(new)) and not holder.draining:
            self._fail(
                Invariant.PAGES_INDEPENDENT,
                f"the second look at item {new.id} was cut, and nothing had befallen it",
            )
        if new.ocr_text != text and not is_first and not (new.ocr_text == "" and (file, page) in self.blank):
            self._fail(
                Invariant.OWN_TEXT, f"item {new.id} should read {text!r} and reads {(new.ocr_text or '')[:80]!r}"
            )
        stored = self._fakes.documents.get(new.layout_key or "")
        if stored is not None and not is_whole(stored):
            self._fail(Invariant.TEXT_WHOLE, f"item {new.id} is DONE with a part of what was found")
        row = self._fakes.tables.pages.get(new.id)
        if row is None or not new.is_indexed or not has_words(row.terms, new.ocr_text or ""):
            self._fail(Invariant.SEARCHABLE_WHEN_DONE, f"item {new.id} is DONE, and the search index lacks its text")
        if new.layout_key not in self._fakes.documents:
            self._fail(Invariant.DOCUMENTS_PRESENT, f"the layout of item {new.id} is not there")

    def _swept(self, actor: Actor, job: Job, new: Item) -> None:
        if new.error_code == "expired":
            deadline = _at(job.sqs_retention_deadline)
            if actor.process.last_now < deadline or self._kernel.now < deadline - _DOUBT:
                self._fail(Invariant.NO_EARLY_EXPIRY, f"item {new.id} expired before its deadline")
        elif new.error_code != "cancelled" or actor.intent != "cancel":
            self._fail(
                Invariant.ALLOWED_STEPS, f"item {new.id} became ERROR {new.error_code} without having been at work"
            )


def _of_all(old: Item, new: Item) -> str:
    """Return the action on the whole job that an item's transition implies, or an empty string."""
    if old.status == "ERROR" and new.status == "PENDING":
        return "job.retried"
    return f"job.{new.error_code}" if new.status == "ERROR" and new.error_code in _SWEPT else ""


def _at(instant: datetime) -> int:
    return micros(instant - START)
