"""Liveness: after the faults have ended, everything must finish in time and leave consistent state."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from io import BytesIO
from typing import Final
from uuid import UUID

from ocrcore.domain.audit import AuditEntry
from ocrcore.testing.simulation.bodies import task_of
from ocrcore.testing.simulation.following import Follower
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.kernel import SECOND, START, Kernel, Process, micros
from ocrcore.testing.simulation.plan import Plan
from ocrcore.testing.simulation.processes import Processes
from ocrcore.testing.simulation.row_checker import has_words
from ocrcore.testing.simulation.world import World

_OPEN: Final = frozenset({"PENDING", "PROCESSING"})
#: How late an attempt may end after its timeout.
_SPARE: Final = timedelta(seconds=5)
#: The wait before the first requeue of a lost message.
_FIRST_REQUEUE: Final = timedelta(minutes=15)
_FIRST_DELAY: Final = timedelta(seconds=10)
#: For clock skew, postponed commits and the last run of upkeep.
_SLACK: Final = 60 * SECOND
_DRAFT_LIFE: Final = 25 * 3600 * SECOND
#: Of the last address of an upload, and of what may still arrive at it.
_ADDRESS_LIFE: Final = 36 * 60 * SECOND
#: How long after the end of its address the store may take an upload that began before.
_UPLOAD_REST: Final = 20 * 60 * SECOND
_TOMBSTONE_LIFE: Final = 16 * 24 * 3600 * SECOND
#: The largest difference between two clocks.
_DOUBT: Final = 10 * SECOND
#: How long the last streams may take.
_LAST_STREAM: Final = 600 * SECOND
_READS: Final = ("job.read", "result.read")


class Liveness:
    """Ends the faults, waits until everything is finished, and checks the remaining state."""

    def __init__(
        self, kernel: Kernel, world: World, processes: Processes, plan: Plan, followers: Sequence[Follower] = ()
    ) -> None:
        self._kernel = kernel
        self._world = world
        self._processes = processes
        self._plan = plan
        self._followers = followers
        self._tables = world.fakes.tables
        #: Job -> the time for which it is kept.
        self._times = world.checker.commits.keeping.times
        self._healed_at = 0
        #: When everything was finished.
        self.ended_at = 0

    def heal(self) -> None:
        """End all faults and pauses, and replace dead and hung processes."""
        self._world.heal()
        self._healed_at = self._kernel.now
        for process in self._processes.processes:
            self._kernel.thaw(process)
            if process.hung:
                self._processes.kill(process)
        for kind in ("api", "worker"):
            if not self._processes.live(kind):
                self._processes.start(kind)

    def finish(self) -> None:
        """Run until nothing is left to do, within the time that the protocol promises, and check the result."""
        kernel = self._kernel
        if kernel.violation is not None:
            return
        began, work, requeue = kernel.now, self._work_time(), self._requeue_time()

        def bound() -> int:
            """Return the time limit, evaluated again because a receive in progress may still lose a message."""
            return began + work + (requeue if self._world.lost else 0)

        is_over = kernel.run(self._is_over, bound()) or kernel.run(self._is_over, bound())
        if not is_over and kernel.violation is None:
            is_open = any(item.status in _OPEN for item in self._tables.items.values())
            left = f"after {(kernel.now - began) / SECOND:.0f} s without a fault: {self._left()}"
            drained = Invariant.SEARCH_COMPLETE if self._unindexed() else Invariant.OUTBOXES_DRAIN
            kernel.fail(Invariant.FINISHED_IN_TIME if is_open else drained, left)
        self.ended_at = kernel.now
        if kernel.violation is None:
            self._check()
            self._finish_following()
        if kernel.violation is None:
            self._outlive()

    def _work_time(self) -> int:
        policy = self._plan.policy
        attempts = max((item.attempts_limit - item.attempts for item in self._tables.items.values()), default=0) + 1
        longest = min(_FIRST_DELAY * 2 ** (attempts + 3), timedelta(minutes=5))
        attempt = policy.item_timeout + _SPARE + policy.lease + longest
        items = len(self._tables.items) * int(0.1 * micros(policy.item_timeout))
        return attempts * micros(attempt) + 2 * self._plan.upkeep_period + items + _SLACK

    def _requeue_time(self) -> int:
        """Return the longest wait for the requeue of a lost message, which doubles with each requeue."""
        return micros(_FIRST_REQUEUE) << max((item.requeues for item in self._tables.items.values()), default=0)

    def _is_over(self) -> bool:
        tables = self._tables
        if tables.orders or tables.unsent or self._unlogged():
            return False
        if any(process.requests and not process.dead for process in self._processes.processes):
            return False  # a request whose client has lost patience may still submit a draft
        waiting = [job for job in tables.jobs.values() if job.submitted_at is not None and job.status in _OPEN]
        for job in waiting:
            due = max(self._healed_at, micros(job.sqs_retention_deadline - START))
            if self._kernel.now > due + 2 * self._plan.upkeep_period + _SLACK:
                self._kernel.fail(Invariant.FINISHED_IN_TIME, f"job {job.id} is {job.status} long after its deadline")
        if waiting or self._unindexed():
            return False
        return not any(self._is_known(letter.body) for letter in self._world.fakes.dead_letters())

    def _is_known(self, body: str) -> bool:
        """Return whether upkeep must handle a dead letter: all except those of unknown items."""
        task = task_of(body)
        commits = self._world.checker.commits
        return task is None or task.job_id in commits.graves or commits.knows(task.item_id)

    def _left(self) -> str:
        items = [
            f"item {item.id} is {item.status}, attempt {item.attempts} of {item.attempts_limit}"
            for item in self._tables.items.values()
            if item.status in _OPEN
        ]
        letters = sum(self._is_known(letter.body) for letter in self._world.fakes.dead_letters())
        rows = f"{len(self._tables.orders)} orders, {len(self._tables.unsent)} entries, "
        rows += f"{self._unlogged()} entries of owners, {len(self._unindexed())} pages"
        return f"{items}, {rows}, {letters} letters"

    def _unlogged(self) -> int:
        """Return how many entries of owners' histories are not in the log."""
        return len(self._tables.key_entries.keys() - self._world.fakes.histories.keys())

    def _unindexed(self) -> list[UUID]:
        """Return the DONE items that the search index lacks."""
        pages = self._tables.pages
        return [item.id for item in self._tables.items.values() if item.status == "DONE" and item.id not in pages]

    def _finish_following(self) -> None:
        """Let those who follow events resume once more, and compare what they know."""
        kernel = self._kernel
        for number, follower in enumerate(self._followers):
            kernel.spawn(self._processes.house, f"last-stream-{number}", follower.finish)
        kernel.run(lambda: all(follower.done for follower in self._followers), kernel.now + _LAST_STREAM)
        if kernel.violation is None and not all(follower.done for follower in self._followers):
            kernel.fail(Invariant.EVENTS_COMPLETE, "a stream was not read to its end without a fault")

    def _check(self) -> None:
        self._check_jobs()
        self._check_search()
        self._check_log()

    def _check_jobs(self) -> None:
        kernel, client_history, tables = self._kernel, self._world.checker.client_history, self._tables
        documents = self._world.fakes.documents
        for job_id, submitted in client_history.told.items():
            if job_id not in tables.jobs and not client_history.may_be_gone(job_id):
                kernel.fail(
                    Invariant.ITEM_PER_PAGE, f"job {job_id}, which was answered to {submitted.request_id}, is lost"
                )
        for item in tables.items.values():
            if item.s3_key not in documents or (item.layout_key is not None and item.layout_key not in documents):
                kernel.fail(Invariant.DOCUMENTS_PRESENT, f"a document of item {item.id} is missing")
        keys: dict[tuple[str, str], UUID] = {}
        for job in tables.jobs.values():
            if job.submitted_at is not None and job.idempotency is not None:
                other = keys.setdefault((job.owner, job.idempotency.value), job.id)
                if other != job.id:
                    kernel.fail(Invariant.ONE_JOB_PER_KEY, f"jobs {job.id} and {other} have the same key")

    def _check_search(self) -> None:
        items = self._tables.items
        for page in self._tables.pages.values():
            item = items.get(page.item_id)
            if item is not None and not has_words(page.terms, item.ocr_text or ""):
                self._kernel.fail(Invariant.SEARCH_COMPLETE, f"the search index has another text of item {item.id}")
            if item is None and page.job_id not in self._tables.tombstones:
                self._kernel.fail(
                    Invariant.DELETION_COMPLETE, f"the search index has a page of the lost job {page.job_id}"
                )

    def _check_log(self) -> None:
        kernel, told = self._kernel, self._world.checker.commits.told
        logged = [entry for entry in self._tables.audit.values() if entry.action not in _READS]
        ids = {(entry.job_id, entry.event_id) for entry in logged}
        if ids != told.keys() or len(logged) != len(ids):
            missing = sorted(event for _, event in told.keys() - ids)
            kernel.fail(
                Invariant.AUDIT_COMPLETE, f"the log lacks {missing}, has {len(logged)} entries of {len(ids)} events"
            )
        self._check_order(list(told.values()))
        histories = self._world.fakes.histories
        if histories != self._tables.key_entries:
            foreign = sorted(event for *_, event in histories.keys() ^ self._tables.key_entries.keys())
            kernel.fail(Invariant.AUDIT_COMPLETE, f"the log of owners' histories differs from them in {foreign}")

    def _check_order(self, entries: list[AuditEntry]) -> None:
        last: dict[UUID, AuditEntry] = {}
        for entry in entries:
            before = last.get(entry.job_id)
            if before is not None and before.at >= entry.at:
                self._kernel.fail(Invariant.AUDIT_COMPLETE, f"{entry.event_id} is not told after {before.event_id}")
            last[entry.job_id] = entry

    def _outlive(self) -> None:
        """Let drafts, addresses and tombstones expire, if there are any, and check that upkeep removes what is left."""
        tables, kernel = self._tables, self._kernel
        drafts = any(job.submitted_at is None for job in tables.jobs.values())
        longest = max((time for job_id, time in self._times.items() if job_id in tables.jobs), default=None)
        uploads = any(job.uploads for job in tables.jobs.values())
        if not drafts and not tables.tombstones and not uploads and longest is None:
            return
        keeper = Process("keeper", 0)
        self._processes.end()
        keeper.service = self._processes.service_of(keeper)

        def keep_up() -> None:
            keeper.service.upkeep_once()

        def later(wait: int) -> None:
            kernel.now += wait
            kernel.spawn(keeper, "upkeep", keep_up)
            kernel.run(lambda: False, kernel.now + 600 * SECOND)

        self._upload_late(keeper, keep_up)
        if longest is not None:
            later(micros(longest) + _DOUBT)
            self._check_kept()
        again = micros(self._plan.policy.item_timeout) + SECOND
        for wait in (*([_DRAFT_LIFE] if drafts else []), again, again, _ADDRESS_LIFE, _TOMBSTONE_LIFE):
            later(wait)
        if kernel.violation is None:
            self._check_leftovers()

    def _upload_late(self, keeper: Process, keep_up: Callable[[], None]) -> None:
        """Let an upload end as long after the end of its address as one may, shortly after a round of upkeep."""
        kernel, drafts = self._kernel, self._world.checker.client_history.drafts
        if not drafts:
            return
        until, job_id = max((draft.until, job_id) for job_id, draft in drafts.items())
        end = until + _UPLOAD_REST - _DOUBT
        if kernel.now < end:
            kernel.now = max(kernel.now, end - _SLACK)
            kernel.spawn(keeper, "upkeep", keep_up)
            kernel.run(lambda: False, end)
            self._world.fakes.context.uploads.store(f"uploads/{job_id}/0", BytesIO(b"late"))

    def _check_kept(self) -> None:
        """Check that no job is left whose time is over: all are finished, and no process has another clock now."""
        for job_id in self._times:
            if job_id in self._tables.jobs and self._kernel.violation is None:
                self._kernel.fail(Invariant.KEPT_NO_LONGER, f"job {job_id} is kept longer than {self._times[job_id]}")

    def _check_leftovers(self) -> None:
        """Check that nothing is left that belongs to no job, after all that may have held it has expired."""
        tables, kernel = self._tables, self._kernel
        if any(job.submitted_at is None for job in tables.jobs.values()):
            kernel.fail(Invariant.REFUSAL_LEAVES_NOTHING, "a draft outlived its time")
        if tables.tombstones:
            kernel.fail(Invariant.DELETION_COMPLETE, "a tombstone outlived its time")
        for page in tables.pages.values():
            if page.item_id not in tables.items:
                kernel.fail(Invariant.DELETION_COMPLETE, f"the search index still has a page of job {page.job_id}")
        wanted = {item.s3_key for item in tables.items.values()}
        for key in self._world.fakes.documents:
            if UUID(key.split("/")[1]) not in tables.jobs:
                kernel.fail(Invariant.DELETION_COMPLETE, f"{key} belongs to no job, and nobody deletes it")
            if key not in wanted and not key.endswith(".layout.json.gz"):
                kernel.fail(Invariant.UPLOADS_GONE, f"{key} is of no item, and nobody deletes it")
