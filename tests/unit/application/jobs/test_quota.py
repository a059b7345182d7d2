from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from threading import Barrier, BrokenBarrierError
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.pictures import document
from drafts import a_draft, uploaded
from ocrcore import LOCAL_OWNER, Job, JobOptions, Policy
from ocrcore.application.jobs import quota
from ocrcore.domain.errors import (
    CommitUnknown,
    DatabaseUnavailable,
    JobFinished,
    QuotaExceeded,
    StorageUnavailable,
    Unavailable,
)
from ocrcore.domain.limits import LimitPolicy, Quotas, Usage
from worlds import World, of_contents, picture, uploads

_SIZE = len(picture("HELLO"))


def world_with(open_items: int = 0, stored_bytes: int = 0) -> World:
    return World(Policy(quotas=Quotas(open_items, stored_bytes)))


def fail(world: World) -> Job:
    """Return a job of two ERROR items."""
    job = world.submit("A", "B")
    return world.owned.cancel(job.id)


def test_more_open_pages_than_the_quota_are_refused_by_every_verb_that_adds_some() -> None:
    world = world_with(open_items=3)
    failed = fail(world)
    world.submit("A", "B")
    before = dict(world.database.jobs)
    for verb in (
        lambda: world.submit("A", "B"),
        lambda: world.owned.submit_once(uploads("A", "B"), JobOptions(), key="k"),
        lambda: a_draft(world, *[picture()] * 2),
        lambda: world.owned.retry(failed.id),
    ):
        with pytest.raises(QuotaExceeded) as refusal:
            verb()
        assert refusal.value.policy == "open-items"
    assert world.database.jobs == before
    assert world.meter.refusals == [LimitPolicy.OPEN_ITEMS] * 4
    world.submit("A")


def test_pages_that_are_done_make_room() -> None:
    world = world_with(open_items=2)
    world.submit("A", "B")
    world.process_all()
    world.submit("A", "B")


def test_more_bytes_than_the_quota_are_refused_and_leave_nothing() -> None:
    world = world_with(stored_bytes=2 * _SIZE)
    job = world.submit("HELLO")
    world.process_all()
    keys = set(world.context.documents.keys("jobs/", 100))
    with pytest.raises(QuotaExceeded) as refusal:
        world.submit("HELLO", "HELLO")
    with pytest.raises(QuotaExceeded):
        a_draft(world, *[picture()] * 2)
    assert refusal.value.policy == "bytes"
    assert list(world.database.jobs) == [job.id]
    assert set(world.context.documents.keys("jobs/", 100)) == keys
    world.owned.delete(job.id)
    world.submit("HELLO", "HELLO")


def test_a_retry_adds_no_bytes() -> None:
    world = world_with(stored_bytes=1000)
    failed = fail(world)
    small = replace(world.policy, quotas=Quotas(0, 1))
    object.__setattr__(world.context, "policy", small)
    assert world.owned.retry(failed.id).is_open


def test_a_draft_counts_its_bytes_and_is_judged_again_when_it_is_submitted() -> None:
    world = world_with(open_items=2)
    draft = uploaded(world, document("A", "B"))
    size = len(document("A", "B"))
    assert world.context.jobs.usage(draft.owner) == Usage(0, size)
    first = world.submit("HELLO")
    with pytest.raises(QuotaExceeded):
        world.owned.submit_draft(draft.id)
    assert world.job(draft).submitted_at is None
    assert not list(world.context.documents.keys(f"jobs/{draft.id}/", 100))
    world.owned.cancel(first.id)
    assert world.owned.submit_draft(draft.id).job.counts.pending == 2
    assert world.context.jobs.usage(draft.owner) == Usage(2, size + _SIZE)


@pytest.mark.parametrize(
    ("port", "call", "error"),
    [
        ("documents", "put", StorageUnavailable("away")),
        ("jobs", "transact", DatabaseUnavailable("away")),
        ("jobs", "transact", CommitUnknown("lost")),
    ],
)
def test_a_submission_that_fails_counts_for_no_quota(port: str, call: str, error: Unavailable) -> None:
    world = world_with(stored_bytes=2 * _SIZE)
    for _ in range(3):
        getattr(world, port).before(call, error)
        with pytest.raises(type(error)):
            world.submit("HELLO", "HELLO")
        assert world.context.jobs.usage(LOCAL_OWNER) == Usage(0, 0)
    world.submit("HELLO", "HELLO")
    assert world.context.jobs.usage(LOCAL_OWNER) == Usage(2, 2 * _SIZE)


def test_of_two_submissions_at_once_the_first_commit_gets_the_room() -> None:
    """Neither counts the documents of the other before they are a job's: both could be refused then."""
    world = world_with(stored_bytes=_SIZE)
    put = world.context.documents.put

    class Meeting(_Racing):
        """Documents where another submission comes and goes while the first one is stored."""

        def put(self, key: str, content: object) -> None:
            object.__setattr__(world.context, "documents", real)
            first.append(world.submit("HELLO"))
            put(key, content)  # type: ignore[arg-type]

    first, real = list[Job](), world.context.documents
    object.__setattr__(world.context, "documents", Meeting(real, None))
    with pytest.raises(QuotaExceeded):
        world.submit("HELLO")
    assert list(world.database.jobs) == [first[0].id]


def test_pages_of_files_that_cannot_be_read_are_not_open() -> None:
    world = world_with(open_items=1)
    options = replace(JobOptions(), accept_partial=True)
    job = world.owned.submit(of_contents(picture("A"), b"no picture"), options)
    assert (job.counts.pending, job.counts.error) == (1, 1)
    with pytest.raises(QuotaExceeded):
        world.owned.submit(uploads("A"), options)


def test_who_is_late_is_refused_in_the_transaction_and_leaves_nothing() -> None:
    world = world_with(open_items=1)
    real = world.context.jobs

    def usage(owner: str) -> Usage:
        found = real.usage(owner)
        if not raced:
            raced.append(True)
            world.submit("FIRST")
        return found

    raced: list[bool] = []
    racing = _Racing(real, usage)
    object.__setattr__(world.context, "jobs", racing)
    with pytest.raises(QuotaExceeded):
        world.submit("SECOND")
    (job,) = world.database.jobs.values()
    assert job.submitted_at is not None
    assert {key.split("/")[1] for key in world.context.documents.keys("jobs/", 100)} == {str(job.id)}


@pytest.mark.parametrize("adding", ["submit", "draft", "submit_draft", "retry"])
def test_threads_of_one_owner_add_one_after_the_other(adding: str) -> None:
    """A database of many connections lets both read the sums before either commits."""
    world = world_with(open_items=100)
    jobs, meeting, met = world.context.jobs, Barrier(2), list[bool]()
    prepared: dict[str, Callable[[], Callable[[], object]]] = {
        "submit": lambda: partial(world.submit, "A"),
        "draft": lambda: partial(a_draft, world, picture()),
        "submit_draft": lambda: partial(world.owned.submit_draft, uploaded(world, picture("A")).id),
        "retry": lambda: partial(world.owned.retry, fail(world).id),
    }
    verbs = [prepared[adding]() for _ in range(2)]

    def meet(real: Callable[..., Any], *given: Any, **named: Any) -> Any:  # noqa: ANN401 - as the port's
        with suppress(BrokenBarrierError):
            meeting.wait(0.3)
            met.append(True)
        return real(*given, **named)

    class Meeting(_Racing):
        """Jobs where two threads that may add something meet before they do."""

        def transact(self, job_id: UUID, decide: Any, **named: Any) -> Any:  # noqa: ANN401
            is_last = adding == "retry" or (adding != "draft" and not _begins(decide))
            return meet(jobs.transact, job_id, decide, **named) if is_last else jobs.transact(job_id, decide, **named)

        def add(self, draft: Job) -> None:
            meet(jobs.add, draft) if adding == "draft" else jobs.add(draft)

    object.__setattr__(world.context, "jobs", Meeting(jobs, jobs.usage))
    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(verb) for verb in verbs]:
            done.result()
    assert not met


def _begins(decide: Callable[..., object]) -> bool:
    """Return whether a transaction begins the submit of a draft, which adds nothing."""
    return "_begin" in decide.__qualname__


def test_who_waits_too_long_for_the_turn_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota, "_PATIENCE", 0.01)
    world = world_with(open_items=100)
    with world.context.quota_turns.of(LOCAL_OWNER), pytest.raises(DatabaseUnavailable):
        world.submit("A")
    world.submit("A")


def test_a_refused_retry_still_commits_a_deadline_that_was_due() -> None:
    world = world_with(open_items=1)
    job = world.submit("A")
    world.tick(days=3)
    with pytest.raises(JobFinished):
        world.owned.cancel(job.id)
    world.submit("B")
    with pytest.raises(QuotaExceeded):
        world.owned.retry(job.id)


def test_without_quotas_nothing_is_read() -> None:
    world = World()

    def usage(_: str) -> Usage:
        raise AssertionError

    object.__setattr__(world.context, "jobs", _Racing(world.context.jobs, usage))
    world.submit("A")


class _Racing:
    """A port, as ``Jobs``, whose ``usage`` is another."""

    def __init__(self, port: object, usage: object) -> None:
        self._port, self.usage = port, usage

    def __getattr__(self, name: str) -> object:
        return getattr(self._port, name)
