"""What a finding says, word for word, and whom it concerns."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.memory.clock import MemoryClock
from adapters.memory.history_log import MemoryHistoryLog
from adapters.memory.queue import MemoryQueue
from examined import findings, settled
from ocrcore import AnnouncedFile, Counts, Finding, FindingKind, ItemErrorCode, Job, OcrService
from ocrcore.application.upkeep.relay_audit import relay_audit_once
from ocrcore.application.worker.claim_item import claim_item
from ocrcore.domain.errors import DatabaseUnavailable, QueueUnavailable, StorageUnavailable
from ocrcore.domain.instants import format_instant
from ocrcore.domain.task import Task
from ocrcore.ports.queue import Outgoing
from ocrcore.testing.builders import an_id
from worlds import START, World, picture

Planted = Callable[[World, Job], Finding]


def put(world: World, key: str) -> None:
    world.context.documents.put(key, io.BytesIO(b"x"))


def of_item(world: World, job: Job, kind: FindingKind, seen: str, key: str | None = None) -> Finding:
    return Finding(kind, seen, job.id, world.item(job).id, key)


def missing_upload(world: World, job: Job) -> Finding:
    key = world.item(job).s3_key
    world.context.documents.delete([key])
    seen = f"DONE item, its upload is not there: {key}"
    return of_item(world, job, FindingKind.MISSING_UPLOAD, seen, key)


def missing_layout(world: World, job: Job) -> Finding:
    key = world.item(job).layout_key
    assert key is not None
    world.context.documents.delete([key])
    seen = f"DONE item, its layout is not there: {key}"
    return of_item(world, job, FindingKind.MISSING_LAYOUT, seen, key)


def unnamed_layout(world: World, job: Job) -> Finding:
    item = world.item(job)
    world.database.items[item.id] = replace(item, layout_key=None)
    seen = "DONE item, its layout is not there: the row names none"
    return of_item(world, job, FindingKind.MISSING_LAYOUT, seen)


def stray_document(world: World, job: Job) -> Finding:
    key = f"jobs/{job.id}/photo.jpg"
    put(world, key)
    return Finding(FindingKind.STRAY_DOCUMENT, f"no row refers to {key}", job.id, key=key)


def stray_job(world: World, _: Job) -> Finding:
    folder = f"jobs/{an_id(404)}/"
    put(world, f"{folder}a.png")
    seen = f"1 document of no job that is known: {folder}"
    return Finding(FindingKind.STRAY_JOB, seen, an_id(404), key=folder)


def stray_folder(world: World, _: Job) -> Finding:
    put(world, "jobs/holiday/a.png")
    put(world, "jobs/holiday/b.png")
    seen = "2 documents of no job that is known: jobs/holiday/"
    return Finding(FindingKind.STRAY_JOB, seen, key="jobs/holiday/", number=2)


def wrong_counts(world: World, job: Job) -> Finding:
    wrong = Counts(total=1, pending=1)
    world.database.jobs[job.id] = replace(world.database.jobs[job.id], counts=wrong, finished_at=None)
    seen = (
        "its row says PENDING, not finished, 1 items: 1 pending, 0 processing, 0 done, 0 error, 0 of them expired;"
        " its items say DONE, finished, 1 items: 0 pending, 0 processing, 1 done, 0 error, 0 of them expired"
    )
    return Finding(FindingKind.WRONG_COUNTS, seen, job.id)


def missing_items(world: World, job: Job) -> Finding:
    world.database.jobs[job.id] = replace(world.database.jobs[job.id], counts=Counts(total=2, done=2))
    seen = (
        "its row says DONE, finished, 2 items: 0 pending, 0 processing, 2 done, 0 error, 0 of them expired;"
        " its items say DONE, finished, 1 items: 0 pending, 0 processing, 1 done, 0 error, 0 of them expired"
    )
    return Finding(FindingKind.MISSING_ITEMS, seen, job.id)


def leaseless_item(world: World, _: Job) -> Finding:
    job = world.submit()
    world.receive()
    claim_item(world.context, world.take())
    item = world.item(job)
    world.database.items[item.id] = replace(item, lease_until=None)
    return of_item(world, job, FindingKind.LEASELESS_ITEM, "the item is PROCESSING, and has no lease")


def contradictory_item(world: World, job: Job) -> Finding:
    item = world.item(job)
    world.database.items[item.id] = replace(item, engine=None, attempts_limit=0)
    seen = "the item is DONE, and has no text, or no engine that read it, has begun 1 of 0 attempts"
    return of_item(world, job, FindingKind.CONTRADICTORY_ITEM, seen)


def foreign_page(world: World, job: Job) -> Finding:
    other = settled("BRAVO", world=world)[1]
    key = world.item(job).s3_key
    world.database.items[world.item(other).id] = replace(world.item(other), s3_key=key)
    seen = f"the item is DONE, and its page is that of another item: {key}"
    return of_item(world, other, FindingKind.CONTRADICTORY_ITEM, seen)


def missing_audit(world: World, job: Job) -> Finding:
    world.database.audit.clear()
    seen = "nothing in the audit log says that the item became DONE"
    return of_item(world, job, FindingKind.MISSING_AUDIT, seen)


def missing_cancellation(world: World, _: Job) -> Finding:
    job = world.submit()
    world.owned.cancel(job.id)
    world.tick(minutes=1)
    del world.database.unsent[max(world.database.unsent)]
    world.service.upkeep_once()
    code = ItemErrorCode.CANCELLED
    seen = f"nothing in the audit log says that the item became {code}"
    return of_item(world, job, FindingKind.MISSING_AUDIT, seen)


def unknown_dead_letter(world: World, _: Job) -> Finding:
    world.dead_letters.bury(Task(an_id(404), an_id(405), "b", "jobs/key", START).to_json())
    (letter,) = world.dead_letters.receive(1)
    world.tick(minutes=1)
    seen = f"message {letter.message_id} is for an item that nobody knows"
    return Finding(FindingKind.UNKNOWN_DEAD_LETTER, seen, an_id(404), an_id(405))


def hidden_dead_letter(world: World, _: Job) -> Finding:
    world.dead_letters.bury("not ours")
    world.dead_letters.receive(1)
    return Finding(FindingKind.HIDDEN_DEAD_LETTERS, "1 dead letter was not seen")


def hidden_dead_letters(world: World, _: Job) -> Finding:
    world.dead_letters.bury("not ours")
    world.dead_letters.bury("nor this")
    world.dead_letters.receive(2)
    return Finding(FindingKind.HIDDEN_DEAD_LETTERS, "2 dead letters were not seen", number=2)


def reject(world: World, number: int) -> str:
    """Let a worker reject so many messages, and return which is the latest, and when it came."""
    world.context.queue.send([Outgoing("not ours", "")] * number)
    world.receive()
    latest = max(world.database.rejected)
    return f"{latest} at {format_instant(world.clock.now())}"


def rejected_message(world: World, _: Job) -> Finding:
    return Finding(FindingKind.REJECTED_MESSAGES, f"1 message was not ours, the latest {reject(world, 1)}")


def rejected_messages(world: World, _: Job) -> Finding:
    seen = f"2 messages were not ours, the latest {reject(world, 2)}"
    return Finding(FindingKind.REJECTED_MESSAGES, seen, number=2)


def short_visibility(world: World, _: Job) -> Finding:
    world.queue._adapter = MemoryQueue(world.clock, timedelta(seconds=59))
    return Finding(FindingKind.SHORT_VISIBILITY, "messages are hidden for 59 s, and leases last 60 s")


def silent_service(world: World, _: Job) -> Finding:
    world.queue.before("check", QueueUnavailable("away"))
    return Finding(FindingKind.SERVICE_AWAY, "queue: it does not answer")


def vanished_service(world: World, _: Job) -> Finding:
    world.documents.before("keys", StorageUnavailable("it went away"))
    return Finding(FindingKind.SERVICE_AWAY, "documents: it went away")


def pages_without_a_worker(world: World, number: int) -> str:
    """Submit so many pages, let them wait, and return since when."""
    since = format_instant(world.clock.now())
    world.submit(*"ABCDE"[:number])
    world.service.upkeep_once()
    world.tick(minutes=1)
    return f"the first since {since}, and no worker reports"


def page_without_a_worker(world: World, _: Job) -> Finding:
    return Finding(FindingKind.NO_WORKER, f"1 page waits, {pages_without_a_worker(world, 1)}")


def two_pages_without_a_worker(world: World, _: Job) -> Finding:
    return Finding(FindingKind.NO_WORKER, f"2 pages wait, {pages_without_a_worker(world, 2)}", number=2)


def unsent_audit(world: World, job: Job) -> Finding:
    world.owned.rename(job.id, "new")
    world.owned.rename(job.id, "newer")
    world.tick(minutes=1, microseconds=1)
    seen = "2 entries wait to be written to the audit log"
    return Finding(FindingKind.UNSENT_AUDIT, seen, job.id, number=2)


def unsent_history(world: World, _: Job) -> Finding:
    world.context = replace(world.context, history_log=MemoryHistoryLog())
    world.use(OcrService(world.context))
    world.service.keys.create("ana")
    world.tick(minutes=1)
    return Finding(FindingKind.UNSENT_HISTORIES, "1 entries of owners' histories wait to be written to the audit log")


def old_draft(world: World, _: Job) -> Finding:
    world.jobs.before("transact", DatabaseUnavailable("away"))
    with pytest.raises(DatabaseUnavailable):
        world.submit()
    world.tick(days=1, minutes=1, microseconds=1)
    (draft,) = (job for job in world.database.jobs.values() if job.submitted_at is None)
    return Finding(FindingKind.OLD_DRAFTS, "1 drafts are older than a day", draft.id)


def old_uploads(world: World, _: Job) -> Finding:
    draft = world.owned.draft([AnnouncedFile("a.png", len(picture()))]).job
    world.owned.upload(draft.id, 0, io.BytesIO(picture()))
    world.owned.submit_draft(draft.id)
    world.process_all()
    relay_audit_once(world.context)
    world.tick(minutes=1)
    return Finding(FindingKind.OLD_UPLOADS, "1 jobs have uploads that are to be removed", draft.id)


def old_tombstone(world: World, job: Job) -> Finding:
    world.documents.before("keys", StorageUnavailable("away"))
    world.owned.delete(job.id)
    world.context.audit_outbox.remove(list(world.database.unsent))
    world.tick(minutes=1)
    return Finding(FindingKind.OLD_TOMBSTONES, "1 tombstones are due", job.id)


def open_job(world: World, expires_in: timedelta | None = None) -> Job:
    """Submit a page, and let its audit entry be written."""
    job = world.submit(expires_in=expires_in)
    world.service.upkeep_once()
    return job


def report(world: World) -> None:
    world.service.report(worker_id=an_id(1), kind="worker", host="h", slots=1, seconds_per_page=None)


def overdue_job(world: World, _: Job) -> Finding:
    job = open_job(world, timedelta(seconds=1))
    world.tick(minutes=2)
    report(world)
    return Finding(FindingKind.OVERDUE_JOBS, "1 open jobs are past their deadline", job.id)


def lapsed_lease(world: World, _: Job) -> Finding:
    job = open_job(world)
    world.receive()
    claim_item(world.context, world.take())
    world.service.upkeep_once()
    world.tick(minutes=2)
    return Finding(FindingKind.LAPSED_LEASES, "1 leases lapsed", job.id)


def forgotten_item(world: World, _: Job) -> Finding:
    job = open_job(world)
    world.tick(minutes=16)
    report(world)
    seen = "1 items wait without a message, as far as is known"
    return Finding(FindingKind.FORGOTTEN_ITEMS, seen, job.id)


def unsent_message(world: World, _: Job) -> Finding:
    world.queue.before("send", QueueUnavailable("away"), times=2)
    job = open_job(world)
    world.tick(minutes=1)
    report(world)
    return Finding(FindingKind.UNSENT_MESSAGES, "1 messages wait to be sent", job.id)


PLANTED: list[Planted] = [
    missing_upload,
    missing_layout,
    unnamed_layout,
    stray_document,
    stray_job,
    stray_folder,
    wrong_counts,
    missing_items,
    leaseless_item,
    contradictory_item,
    foreign_page,
    missing_audit,
    missing_cancellation,
    unknown_dead_letter,
    hidden_dead_letter,
    hidden_dead_letters,
    rejected_message,
    rejected_messages,
    short_visibility,
    silent_service,
    vanished_service,
    page_without_a_worker,
    two_pages_without_a_worker,
    unsent_audit,
    unsent_history,
    unsent_message,
    overdue_job,
    lapsed_lease,
    forgotten_item,
    old_draft,
    old_uploads,
    old_tombstone,
]


@pytest.mark.parametrize("plant", PLANTED)
def test_a_finding_says_what_was_seen_and_whom_it_concerns(plant: Planted) -> None:
    world, job = settled("ALPHA")
    expected = plant(world, job)
    assert findings(world) == [expected]


@pytest.mark.parametrize(
    ("seconds", "seen"),
    [
        (6, "this machine's clock is 6 s ahead of the database's"),
        (-7, "this machine's clock is 7 s behind the database's"),
    ],
)
def test_a_wrong_clock_is_told_by_how_much_and_to_which_side(seconds: int, seen: str) -> None:
    world = World()
    machine = MemoryClock(world.clock.now() + timedelta(seconds=seconds))
    assert list(world.service.examine(machine=machine)) == [Finding(FindingKind.WRONG_CLOCK, seen)]


@pytest.mark.parametrize(("jobs", "seen"), [(99, "99 open"), (100, "100 or more open"), (101, "100 or more open")])
def test_due_work_is_counted_up_to_a_batch(jobs: int, seen: str) -> None:
    world = World()
    for _ in range(jobs):
        world.submit(expires_in=timedelta(seconds=1))
    world.tick(minutes=2)
    (found,) = (finding for finding in findings(world) if finding.kind is FindingKind.OVERDUE_JOBS)
    assert (found.seen, found.number) == (f"{seen} jobs are past their deadline", min(jobs, 100))
