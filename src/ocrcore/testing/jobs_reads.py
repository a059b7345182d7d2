"""The contract of the reads of ``Jobs``, and of ``renew``."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocrcore.domain.codes import ItemErrorCode, ItemWarning
from ocrcore.domain.errors import ItemNotFound, JobNotFound
from ocrcore.domain.item import Sweep
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import Counts, ItemStatus, JobStatus
from ocrcore.domain.normalisation import clean_name, normalise_text
from ocrcore.domain.options import AUTO, ENGINES, OPTIONS, PAGE_SEGMENTATION_MODES, JobOptions
from ocrcore.ports.jobs import JobCursor, JobFilter, JobTransaction, Lease
from ocrcore.testing.builders import (
    LEASE,
    START,
    TICK,
    StateOfRecord,
    a_draft,
    a_page,
    all_items,
    an_id,
    claim,
    finish,
    force,
    submit,
)
from ocrcore.testing.record import RecordContract

_ALL = JobFilter()
_numbers = count(20_000)
_examples = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,  # each example has a job of its own
        HealthCheck.differing_executors,  # one suite, several adapters
        HealthCheck.too_slow,
    ],
)

_HARD = ["🙂 👩‍👩‍👧", "漢字かな", "שלום עולם", 'it\'s "quoted" `\\` %_;--', " x", "é\n\t\n", "", "NULL"]
_names = (st.sampled_from(_HARD) | st.text(max_size=300)).map(clean_name)
_texts = (st.sampled_from([*_HARD, "漢" * 34_000]) | st.text(max_size=400)).map(normalise_text)
_instants = st.datetimes(datetime(1000, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - UTC is given
_maybe = st.none() | _instants
_codes = st.lists(st.sampled_from(["eng", "por", "chi_sim", "script/Latin"]), min_size=1, unique=True).map(tuple)
#: Strategies of options with many values; the others have a few, or examples of each kind.
_DRAWN = {
    "languages": _codes,
    "engine": st.sampled_from(ENGINES),
    "psm": st.sampled_from(PAGE_SEGMENTATION_MODES),
    "expires_in": st.integers(1, 10**6).map(lambda seconds: timedelta(seconds=seconds)),
    "dpi": st.none() | st.integers(72, 600),
    "keep": st.none() | st.integers(60, 10**6).map(lambda seconds: timedelta(seconds=seconds)),
}
_FEW = {
    option.name: st.sampled_from([option.read(text) for text in option.choices or option.examples])
    for option in OPTIONS
    if option.name not in _DRAWN
}
_values = st.fixed_dictionaries(_DRAWN | _FEW)
_warnings = st.lists(st.sampled_from(ItemWarning), unique=True).map(tuple)
_sizes = st.none() | st.integers(0, 2**31 - 1)
_numbers_up = st.integers(0, 2**31 - 1)


@st.composite
def _options(draw: st.DrawFn) -> JobOptions:
    values = draw(_values)
    if values["engine"] != AUTO:
        values["quality"] = AUTO  # which alone goes with an engine that is named
    return JobOptions(**values)


@st.composite
def _counts(draw: st.DrawFn) -> Counts:
    pending, processing, done, error = (draw(st.integers(0, 10**6)) for _ in range(4))
    total = pending + processing + done + error
    return Counts(total, pending, processing, done, error, expired=draw(st.integers(0, error)))


class JobsReadsContract(RecordContract):
    """The contract of reads and of ``renew``; part of ``JobsContract``."""

    @_examples
    @given(data=st.data())
    def test_a_job_comes_back_as_it_was_written(self, record: StateOfRecord, data: st.DataObject) -> None:
        number = next(_numbers)
        job = Job(
            id=an_id(number),
            owner=data.draw(st.text("abc", min_size=1, max_size=20)),
            name=data.draw(_names),
            created_at=data.draw(_instants),
            s3_bucket="ocr-jobs-bucket",
            options=data.draw(_options()),
            sqs_retention_deadline=data.draw(_instants),
            submitted_at=data.draw(_instants),
            finished_at=data.draw(_maybe),
            counts=data.draw(_counts()),
        )
        record.jobs.add(job)
        assert record.jobs.get(job.id, job.owner) == job
        later = replace(
            job,
            name=data.draw(_names),
            counts=data.draw(_counts()),
            finished_at=data.draw(_maybe),
            sqs_retention_deadline=data.draw(_instants),
        )
        record.jobs.transact(job.id, lambda transaction: transaction.save(later))
        assert record.jobs.get(job.id, job.owner) == later

    @_examples
    @given(data=st.data())
    def test_an_item_comes_back_as_it_was_written(self, record: StateOfRecord, data: st.DataObject) -> None:
        job = submit(record.jobs, a_draft(next(_numbers)))
        item = replace(
            a_page(job, data.draw(st.integers(1, 2**31 - 1))),
            s3_key=data.draw(st.text("abc/-.0", max_size=120)),
            created_at=data.draw(_instants),
            filename=data.draw(_names),
            page=data.draw(_numbers_up),
            attempts_limit=data.draw(_numbers_up),
            queued_at=data.draw(_instants),
        )
        record.jobs.transact(job.id, lambda transaction: transaction.add([item]))
        assert all_items(record.jobs, job)[1] == item
        later = replace(
            item,
            status=data.draw(st.sampled_from(ItemStatus)),
            attempts=data.draw(_numbers_up),
            attempts_limit=data.draw(_numbers_up),
            queued_at=data.draw(_instants),
            requeues=data.draw(_numbers_up),
            lease_until=data.draw(_maybe),
            recognised_text=data.draw(st.none() | _texts),
            corrected_text=data.draw(st.none() | _texts),
            revision=data.draw(st.integers(0, 2**31 - 1)),
            reviewed_at=data.draw(_maybe),
            reviewed_by=data.draw(st.none() | _names),
            last_failure=data.draw(st.none() | st.sampled_from(ItemErrorCode)),
            error_code=data.draw(st.none() | st.sampled_from(ItemErrorCode)),
            refusal=data.draw(st.none() | st.sampled_from(ItemErrorCode)),
            confidence=data.draw(st.none() | st.floats(0, 100)),
            width=data.draw(_sizes),
            height=data.draw(_sizes),
            dpi=data.draw(st.none() | st.floats(50, 2400)),
            rotation=data.draw(st.none() | st.sampled_from((0, 90, 180, 270))),
            skew=data.draw(st.none() | st.floats(-45, 45)),
            engine=data.draw(st.none() | st.just("tesseract 5.3.0")),
            layout_key=data.draw(st.none() | st.just("jobs/1/2.3.layout.json.gz")),
            warnings=data.draw(_warnings),
            started_at=data.draw(_maybe),
            worker=data.draw(st.none() | st.uuids()),
            finished_at=data.draw(_maybe),
        )
        force(record.jobs, [later])
        assert record.jobs.item(item.id, "ana") == later
        assert all_items(record.jobs, job)[1] == later

    def test_a_job_is_read_by_its_owner_alone(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(owner="ana"))
        assert record.jobs.get(job.id, "ana") == job
        for stranger in ("bob", "ANA", "ana ", ""):
            with pytest.raises(JobNotFound):
                record.jobs.get(job.id, stranger)

    def test_an_item_is_read_by_its_owner_alone(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(owner="ana"))
        assert record.jobs.item(a_page(job).id, "ana") == a_page(job)
        for stranger in ("bob", "ANA", ""):
            with pytest.raises(ItemNotFound):
                record.jobs.item(a_page(job).id, stranger)

    def test_what_is_unknown_is_not_found(self, record: StateOfRecord) -> None:
        with pytest.raises(JobNotFound):
            record.jobs.get(an_id(404), "ana")
        with pytest.raises(ItemNotFound):
            record.jobs.item(an_id(404), "ana")
        assert record.jobs.items(an_id(404), None, -1, 10) == []
        assert record.jobs.list("ana", _ALL, None, 10) == []

    def test_a_draft_is_shown_to_nobody(self, record: StateOfRecord) -> None:
        draft = a_draft()
        record.jobs.add(draft)
        assert record.jobs.list("ana", _ALL, None, 10) == []
        with pytest.raises(JobNotFound):
            record.jobs.get(draft.id, "ana")

    def test_an_item_of_a_draft_is_shown_to_nobody(self, record: StateOfRecord) -> None:
        draft = a_draft()
        record.jobs.add(draft)
        record.jobs.transact(draft.id, lambda transaction: transaction.add([a_page(draft)]))
        with pytest.raises(ItemNotFound):
            record.jobs.item(a_page(draft).id, "ana")

    def test_lists_run_from_the_newest_to_the_oldest(self, record: StateOfRecord) -> None:
        _several(record, {1: 0, 2: 5, 3: 3})
        assert _numbers_of(record.jobs.list("ana", _ALL, None, 10)) == [2, 3, 1]

    def test_at_one_instant_the_id_decides(self, record: StateOfRecord) -> None:
        _several(record, {2: 0, 1: 0, 3: 0})
        assert _numbers_of(record.jobs.list("ana", _ALL, None, 10)) == [3, 2, 1]

    @pytest.mark.parametrize("size", [1, 2, 3, 7])
    def test_pages_show_each_job_once(self, record: StateOfRecord, size: int) -> None:
        _several(record, {1: 0, 2: 0, 3: 1, 4: 1, 5: 1, 6: 2, 7: 0})
        seen: list[Job] = []
        cursor = None
        while page := record.jobs.list("ana", _ALL, cursor, size):
            assert len(page) <= size
            seen += page
            assert len(seen) <= 7
            cursor = JobCursor(page[-1].created_at, page[-1].id)
        assert _numbers_of(seen) == [6, 5, 4, 3, 7, 2, 1]

    def test_a_list_shows_one_owner(self, record: StateOfRecord) -> None:
        mine = submit(record.jobs, a_draft(1, owner="ana"))
        submit(record.jobs, a_draft(2, owner="bob"))
        assert record.jobs.list("ana", _ALL, None, 10) == [mine]

    def test_a_list_can_be_limited_to_a_status(self, record: StateOfRecord) -> None:
        waiting, begun, done, expired, cancelled = (submit(record.jobs, a_draft(n)) for n in range(1, 6))
        claim(record.jobs, a_page(begun))
        finish(record.jobs, claim(record.jobs, a_page(done)))
        _sweep(record, expired, Sweep.expire(START))
        _sweep(record, cancelled, Sweep.cancel(START))
        shown = {status: record.jobs.list("ana", JobFilter(status=status), None, 10) for status in JobStatus}
        assert {status: [job.id for job in jobs] for status, jobs in shown.items()} == {
            JobStatus.PENDING: [waiting.id],
            JobStatus.PROCESSING: [begun.id],
            JobStatus.DONE: [done.id],
            JobStatus.EXPIRED: [expired.id],
            JobStatus.ERROR: [cancelled.id],
        }

    @pytest.mark.parametrize(
        ("prefix", "found"),
        [
            *(("", 8), ("a", 3), ("A", 1), ("a%", 1), ("a_", 1), ("%", 1), ("漢", 1), ("漢字x", 0), ("a%bc", 0)),
            *(("\ud7ff", 1), ("\U0010ffff", 1), ("a\U0010ffff", 0)),
        ],
    )
    def test_a_name_is_sought_by_its_exact_beginning(self, record: StateOfRecord, prefix: str, found: int) -> None:
        for number, name in enumerate(["a%b", "a_b", "axb", "Abc", "%a", "漢字", "\ud7ffx", "\U0010ffffx"]):
            submit(record.jobs, a_draft(number, name=name))
        assert len(record.jobs.list("ana", JobFilter(name_prefix=prefix), None, 10)) == found

    def test_a_list_can_be_limited_to_a_time_between_two_instants(self, record: StateOfRecord) -> None:
        _several(record, {1: 0, 2: 1, 3: 2, 4: 3})
        only = JobFilter(created_after=START, created_before=START + 3 * TICK)
        assert _numbers_of(record.jobs.list("ana", only, None, 10)) == [3, 2]

    def test_filters_and_the_cursor_hold_together(self, record: StateOfRecord) -> None:
        _several(record, {1: 0, 2: 1, 3: 2, 4: 3})
        claim(record.jobs, a_page(a_draft(3)))
        only = JobFilter(
            status=JobStatus.PENDING, name_prefix="scan", created_after=START - TICK, created_before=START + 9 * TICK
        )
        cursor = JobCursor(START + 3 * TICK, an_id(4))
        assert _numbers_of(record.jobs.list("ana", only, cursor, 10)) == [2, 1]

    def test_the_deadlines_are_those_of_the_open_jobs_of_all_owners(self, record: StateOfRecord) -> None:
        waiting, finished = submit(record.jobs, a_draft(1, owner="ana")), submit(record.jobs, a_draft(2))
        other, draft = submit(record.jobs, a_draft(3, owner="bo"), 2), a_draft(4)
        record.jobs.add(draft)
        _sweep(record, finished, Sweep.cancel(START))
        asked = [job.id for job in (waiting, finished, other, draft)]
        assert record.jobs.open_deadlines([*asked, an_id(1)]) == {
            job.id: job.sqs_retention_deadline for job in (waiting, other)
        }
        assert record.jobs.open_deadlines([]) == {}

    def test_items_run_by_position(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())
        record.jobs.transact(job.id, lambda transaction: transaction.add([a_page(job, p) for p in (10, 2, 1)]))
        assert [item.position for item in record.jobs.items(job.id, None, -1, 10)] == [0, 1, 2, 10]
        assert [item.position for item in record.jobs.items(job.id, None, 1, 10)] == [2, 10]
        assert [item.position for item in record.jobs.items(job.id, None, -1, 2)] == [0, 1]

    def test_items_can_be_limited_to_a_status(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), 4)
        claim(record.jobs, a_page(job, 1))
        assert [item.position for item in record.jobs.items(job.id, ItemStatus.PENDING, 0, 1)] == [2]
        assert [item.position for item in record.jobs.items(job.id, ItemStatus.PROCESSING, -1, 9)] == [1]
        assert record.jobs.items(job.id, ItemStatus.DONE, -1, 9) == []

    def test_a_current_lease_is_renewed(self, record: StateOfRecord) -> None:
        item = claim(record.jobs, a_page(submit(record.jobs, a_draft())))
        assert record.jobs.renew([Lease(item.id, 1)], START + 2 * LEASE) == set()
        assert record.jobs.item(item.id, "ana") == replace(item, lease_until=START + 2 * LEASE)

    def test_what_is_not_current_is_refused(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), 5)
        pages = [a_page(job, position) for position in range(5)]
        for page in pages[1:]:
            claim(record.jobs, page)
        finish(record.jobs, replace(pages[2], attempts=1))
        before = all_items(record.jobs, job)
        wrong = {Lease(pages[0].id, 0), Lease(pages[1].id, 0), Lease(pages[2].id, 1), Lease(pages[3].id, 2)}
        wrong.add(Lease(an_id(404), 1))
        right = Lease(pages[4].id, 1)
        assert record.jobs.renew([*wrong, right], START + 2 * LEASE) == wrong
        after = [*before[:4], replace(before[4], lease_until=START + 2 * LEASE)]
        assert all_items(record.jobs, job) == after

    def test_no_leases_are_no_work(self, record: StateOfRecord) -> None:
        assert record.jobs.renew([], START) == set()


def _several(record: StateOfRecord, ticks: dict[int, int]) -> None:
    for number, after in ticks.items():
        submit(record.jobs, a_draft(number, created_at=START + after * TICK))


def _numbers_of(jobs: Sequence[Job]) -> list[int]:
    return [job.id.int - an_id(0).int for job in jobs]


def _sweep(record: StateOfRecord, job: Job, sweep: Sweep) -> None:
    def decide(transaction: JobTransaction) -> None:
        transaction.save(transaction.job.swept(sweep, transaction.sweep(sweep)))

    record.jobs.transact(job.id, decide)
