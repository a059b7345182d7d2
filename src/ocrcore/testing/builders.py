"""Builders of valid jobs and items for tests, with fixed ids and instants."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from ocrcore.domain.codes import JobWarning
from ocrcore.domain.file_warning import FileWarning
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job, Tombstone
from ocrcore.domain.layout import Layout, Line, Word
from ocrcore.domain.options import JobOptions
from ocrcore.domain.search_page import SearchPage
from ocrcore.domain.uploads import AnnouncedFile, Uploads
from ocrcore.ports.api_keys import ApiKeys
from ocrcore.ports.audit_outbox import AuditOutbox
from ocrcore.ports.changes import Changes
from ocrcore.ports.deliveries import Deliveries
from ocrcore.ports.due_work import DueWork
from ocrcore.ports.jobs import Jobs, JobTransaction
from ocrcore.ports.outbox import Outbox
from ocrcore.ports.rate_windows import RateWindows
from ocrcore.ports.search import SearchIndex
from ocrcore.ports.sessions import Sessions
from ocrcore.ports.tombstones import Tombstones
from ocrcore.ports.webhooks import Webhooks

#: The instant at which tests begin.
START: Final = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
#: The duration of leases.
LEASE: Final = timedelta(seconds=60)
#: One microsecond, the resolution of instants.
TICK: Final = timedelta(microseconds=1)
BUCKET: Final = "ocr-jobs-bucket"


@dataclass(frozen=True, slots=True)
class StateOfRecord:
    """The ports of one database."""

    jobs: Jobs
    due_work: DueWork
    outbox: Outbox
    tombstones: Tombstones
    audit_outbox: AuditOutbox
    search: SearchIndex
    api_keys: ApiKeys
    sessions: Sessions
    rate_windows: RateWindows
    changes: Changes
    webhooks: Webhooks
    deliveries: Deliveries


def an_id(number: int) -> UUID:
    """Return the UUID of version 7 with this number; ids sort by number."""
    return UUID(int=UUID("01900000-0000-7000-8000-000000000000").int + number)


def a_draft(number: int = 1, *, owner: str = "ana", name: str = "scan.png", created_at: datetime = START) -> Job:
    """Return a draft that is not stored."""
    options = JobOptions()
    return Job(
        id=an_id(number),
        owner=owner,
        name=name,
        created_at=created_at,
        s3_bucket=BUCKET,
        options=options,
        sqs_retention_deadline=created_at + options.expires_in,
        stored_bytes=1000,
        warnings=(FileWarning(0, "scan.pdf", JobWarning.SIGNATURE), FileWarning(1, "b.pdf", JobWarning.PAGES_LOST)),
    )


def an_announced_draft(number: int = 1, *, files: int = 2, name: str = "scan.png") -> Job:
    """Return a draft with uploads that is not stored."""
    announced = tuple(AnnouncedFile(name, 1000 + position, "image/png") for position in range(files))
    return replace(a_draft(number), uploads=Uploads.announced(announced, START))


def a_page(job: Job, position: int = 0, *, attempts_limit: int = 3) -> Item:
    """Return a waiting item of the job that is not stored."""
    item_id = UUID(int=job.id.int + ((position + 1) << 80))
    return Item(
        id=item_id,
        job_id=job.id,
        s3_key=f"jobs/{job.id}/{item_id}.png",
        created_at=job.created_at,
        position=position,
        filename=f"page-{position}.png",
        page=1,
        attempts=0,
        attempts_limit=attempts_limit,
        queued_at=job.submitted_at or job.created_at,
    )


def a_layout(text: str = "hello") -> Layout:
    """Return a layout with this text, all of it in the same place."""
    box = (0, 0, 100, 50)
    words = tuple(Word(word, box, 90.0) for word in text.split())
    lines = (Line(box, words),) if words else ()
    return Layout(width=100, height=50, engine="fake 1.0", languages=("eng",), text=text, lines=lines, dpi=150.5)


def a_tombstone(job: Job, deleted_at: datetime = START) -> Tombstone:
    """Return the tombstone of a deleted job."""
    return Tombstone(job.id, job.owner, deleted_at=deleted_at, purge_at=deleted_at, idempotency=job.idempotency)


def submit(jobs: Jobs, draft: Job, pages: int = 1, *, now: datetime | None = None, order: bool = False) -> Job:
    """Store the draft and submit it with this many pages; with ``order``, write their outbox rows too."""
    at = draft.created_at if now is None else now
    jobs.add(draft)

    def decide(transaction: JobTransaction) -> Job:
        job = transaction.job.submitted(at, pages)
        items = [a_page(job, position) for position in range(pages)]
        transaction.add(items)
        job = transaction.save(job)
        if order:
            transaction.enqueue(items, at)
        return job

    return jobs.transact(draft.id, decide)


def change(jobs: Jobs, item: Item, verb: Callable[[Item], Item], now: datetime = START) -> Item:
    """Apply a verb to a stored item, and update the counts of its job."""

    def decide(transaction: JobTransaction) -> Item:
        before = transaction.item(item.id)
        assert before is not None
        after = verb(before)
        transaction.save(transaction.job.moved([(before, after)], now), after)
        return after

    return jobs.transact(item.job_id, decide, items=[item.id])


def claim(jobs: Jobs, item: Item, now: datetime = START) -> Item:
    """Begin an attempt on a stored item."""
    return change(jobs, item, lambda before: before.claim(now, LEASE), now)


def finish(jobs: Jobs, item: Item, text: str = "hello", now: datetime = START) -> Item:
    """Finish the attempt of ``item`` with a text."""
    key = f"jobs/{item.job_id}/{item.id}.{item.attempts}.layout.json.gz"
    return change(jobs, item, lambda before: before.recognised(item.attempts, now, a_layout(text), key), now)


def finish_searchable(jobs: Jobs, item: Item, text: str = "hello", now: datetime = START) -> Item:
    """Finish a waiting item with a text, and add it to the search index."""
    (finished,) = finish_all_searchable(jobs, {item: text}, now)
    return finished


def finish_all_searchable(jobs: Jobs, texts: Mapping[Item, str], now: datetime = START) -> Sequence[Item]:
    """Finish waiting items of one job with these texts, and add them to the search index, in one transaction."""

    def decide(transaction: JobTransaction) -> Sequence[Item]:
        changes = []
        for item, text in texts.items():
            before = transaction.item(item.id)
            assert before is not None
            begun = before.claim(now, LEASE)
            key = f"jobs/{item.job_id}/{item.id}.{begun.attempts}.layout.json.gz"
            done = begun.recognised(begun.attempts, now, a_layout(text), key)
            changes.append((before, replace(done, is_indexed=True)))
        finished = [after for _, after in changes]
        transaction.save(transaction.job.moved(changes, now), *finished)
        transaction.index([SearchPage.read(after, transaction.job.owner) for after in finished])
        return finished

    (job_id,) = {item.job_id for item in texts}
    return jobs.transact(job_id, decide, items=[item.id for item in texts])


def force(jobs: Jobs, items: Sequence[Item]) -> None:
    """Overwrite stored items with any state, legal or not, without updating the counts."""

    def decide(transaction: JobTransaction) -> None:
        for item in items:
            assert transaction.item(item.id) is not None
        transaction.save(transaction.job, *items)

    jobs.transact(items[0].job_id, decide)


def all_items(jobs: Jobs, job: Job) -> list[Item]:
    """Return the items of a job by position."""
    return list(jobs.items(job.id, None, -1, 100_000))


def delete(jobs: Jobs, job: Job, deleted_at: datetime = START) -> Tombstone:
    """Delete a stored job."""
    tombstone = a_tombstone(job, deleted_at)
    jobs.transact(job.id, lambda transaction: transaction.delete(transaction.job.deleted(deleted_at), tombstone))
    return tombstone


def renamed(job: Job, name: str) -> Job:
    """Return the job with another name, bypassing its verbs."""
    return replace(job, name=name)
