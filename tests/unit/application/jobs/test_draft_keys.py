"""Idempotency keys of drafts."""

from datetime import timedelta
from typing import Any

import pytest

from drafts import announced, upload
from ocrcore import Job, JobOptions
from ocrcore.domain.errors import IdempotencyMismatch, JobGone, JobNotFound
from worlds import World, picture


def test_a_repeated_request_gives_the_same_draft_with_new_addresses() -> None:
    world = World()
    first = world.owned.draft(announced(b"1"), key="key")
    world.tick(minutes=1)
    again = world.owned.draft(announced(b"1"), key="key")
    assert (first.replayed, again.replayed, again.job.id) == (False, True, first.job.id)
    assert again.addresses[0].expires_at == first.addresses[0].expires_at + timedelta(minutes=1)


def test_a_repeated_request_gives_the_job_that_became_of_it() -> None:
    world = World()
    draft = world.owned.draft(announced(picture()), key="key").job
    upload(world, draft, picture())
    job = world.owned.submit_draft(draft.id).job
    again = world.owned.draft(announced(picture()), key="key")
    assert (again.replayed, again.job.id, again.job.counts.total, again.addresses) == (True, job.id, 1, [])


def test_the_key_is_of_one_body() -> None:
    world = World()
    world.owned.draft(announced(b"1"), key="key")
    with pytest.raises(IdempotencyMismatch):
        world.owned.draft(announced(b"12"), key="key")
    with pytest.raises(IdempotencyMismatch):
        world.owned.submit_once([], JobOptions(), key="key")


def test_a_repeat_for_a_deleted_draft_makes_no_second_one() -> None:
    world = World()
    world.owned.delete(world.owned.draft(announced(b"1"), key="key").job.id)
    with pytest.raises(JobGone):
        world.owned.draft(announced(b"1"), key="key")
    with pytest.raises(IdempotencyMismatch):
        world.owned.draft(announced(b"12"), key="key")
    assert not world.database.jobs


def test_a_draft_that_is_deleted_while_a_repeat_finds_it_is_gone() -> None:
    world = World()
    world.owned.draft(announced(b"1"), key="key")
    world.jobs.before("transact", JobNotFound())
    with pytest.raises(JobGone):
        world.owned.draft(announced(b"1"), key="key")


def test_of_two_requests_at_once_one_makes_the_draft() -> None:
    world = World()
    jobs: Any = world.jobs.port
    find = jobs.find

    def find_too_early(owner: str, key: str) -> Job | None:
        found: Job | None = find(owner, key)
        jobs.find = find
        world.owned.draft(announced(b"1"), key="key")
        return found

    jobs.find = find_too_early
    assert world.owned.draft(announced(b"1"), key="key").replayed
    assert len(world.database.jobs) == 1
