"""Model-based test of ``Jobs``: random histories of one job, in the store and on plain objects."""

from collections import Counter
from datetime import timedelta
from itertools import count

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import TransitionRefused
from ocrcore.domain.item import Item, Sweep
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.ports.jobs import JobTransaction, Lease
from ocrcore.testing.builders import LEASE, START, StateOfRecord, a_draft, a_layout, all_items, change, submit
from ocrcore.testing.record import RecordContract

_PAGES = 3
_numbers = count(30_000)
_pages = st.integers(0, _PAGES - 1)
_attempts = st.integers(0, 4)
_codes = st.sampled_from([ItemErrorCode.IMAGE_CORRUPT, ItemErrorCode.OCR_TIMEOUT])


class _History(RuleBasedStateMachine):
    """The model is the domain itself: each verb is applied to plain items and to the store."""

    def __init__(self, record: StateOfRecord) -> None:
        super().__init__()
        self._record = record
        self._now = START
        draft = a_draft(next(_numbers))
        self._job: Job = submit(record.jobs, draft, _PAGES)
        self._events = list(draft.submitted(START, _PAGES).events)
        self._items: list[Item] = all_items(record.jobs, self._job)
        self._enqueued = 0

    @rule(seconds=st.integers(-5, 90))  # a clock may step back
    def time_passes(self, seconds: int) -> None:
        self._now += timedelta(seconds=seconds)

    @rule(page=_pages)
    def claim(self, page: int) -> None:
        self._apply(page, "claim", self._now, LEASE)

    @rule(page=_pages, attempt=_attempts, text=st.text("ab", max_size=3))
    def recognise(self, page: int, attempt: int, text: str) -> None:
        self._apply(page, "recognised", attempt, self._now, a_layout(text), f"{attempt}.gz")

    @rule(page=_pages, attempt=_attempts, code=_codes, verb=st.sampled_from(["failed", "released"]))
    def fail(self, page: int, attempt: int, code: ItemErrorCode, verb: str) -> None:
        self._apply(page, verb, attempt, self._now, code)

    @rule(page=_pages, attempt=_attempts)
    def give_back(self, page: int, attempt: int) -> None:
        self._apply(page, "given_back", attempt, self._now)

    @rule(page=_pages)
    def lapse(self, page: int) -> None:
        self._apply(page, "lease_lapsed", self._now)

    @rule(pages=st.lists(st.tuples(_pages, _attempts), unique=True))
    def renew(self, pages: list[tuple[int, int]]) -> None:
        until = self._now + LEASE
        refused = set()
        for page, attempt in pages:
            try:
                self._items[page] = self._items[page].heartbeat(attempt, self._now, LEASE)
            except TransitionRefused:
                refused.add(Lease(self._items[page].id, attempt))
        leases = [Lease(self._items[page].id, attempt) for page, attempt in pages]
        assert self._record.jobs.renew(leases, until) == refused

    @precondition(lambda self: self._job.is_open)
    @rule(cancel=st.booleans())
    def end(self, cancel: bool) -> None:  # noqa: FBT001 - drawn by name
        self._sweep(Sweep.cancel(self._now) if cancel else Sweep.expire(self._now))

    @precondition(lambda self: self._job.counts.error > 0 and not self._job.is_open)
    @rule()
    def retry(self) -> None:
        self._job = self._job.retried(self._now)
        self._enqueued += self._job.counts.error
        self._sweep(Sweep.retry(self._now, 2))

    @invariant()
    def the_store_agrees(self) -> None:
        assert all_items(self._record.jobs, self._job) == self._items
        assert self._record.jobs.get(self._job.id, "ana") == self._job
        assert len(self._record.outbox.waiting(100, job_id=self._job.id)) == min(self._enqueued, 100)

    @invariant()
    def the_events_are_complete_and_in_order(self) -> None:
        rows = self._record.audit_outbox.waiting(1000, job_id=self._job.id)
        assert [row.entry for row in rows] == self._events
        instants = [row.entry.at for row in rows]
        assert instants == sorted(set(instants))
        assert len({row.entry.event_id for row in rows}) == len(rows)

    @invariant()
    def the_counts_agree_with_the_items(self) -> None:
        counts = self._job.counts
        statuses = Counter(item.status for item in self._items)
        assert (counts.pending, counts.processing, counts.done, counts.error) == tuple(
            statuses[status] for status in ItemStatus
        )

    def _apply(self, page: int, verb: str, *arguments: object) -> None:
        before = self._items[page]

        def act(item: Item) -> Item:
            after: Item = getattr(item, verb)(*arguments)
            return after

        try:
            expected = act(before)
        except TransitionRefused:
            return
        assert change(self._record.jobs, before, act, self._now) == expected
        self._items[page] = expected
        self._keep(self._job.moved([(before, expected)], self._now))

    def _sweep(self, sweep: Sweep) -> None:
        job = self._job

        def decide(transaction: JobTransaction) -> Job:
            after = job.swept(sweep, transaction.sweep(sweep))
            assert transaction.save(after) == after
            return after

        self._keep(self._record.jobs.transact(job.id, decide))
        self._items = [item.swept(sweep) if item.status in sweep.sources else item for item in self._items]

    def _keep(self, job: Job) -> None:
        self._events += job.events
        self._job = job.without_events()


class JobsModelContract(RecordContract):
    """The model-based test; part of ``JobsContract``."""

    def test_any_history_ends_as_on_plain_objects(self, record: StateOfRecord) -> None:
        run_state_machine_as_test(
            lambda: _History(record),  # type: ignore[arg-type]  # its docstring allows a factory
            settings=settings(
                max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )
