"""What is left of uploads, and when it goes."""

import io
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.pictures import document
from drafts import during, keys, uploaded
from ocrcore import LOCAL_OWNER, Job, JobStatus
from ocrcore.application.jobs.draft import grants_of
from ocrcore.application.jobs.submit_draft import submit_draft
from ocrcore.domain.errors import JobNotFound, StorageUnavailable
from ocrcore.domain.keys import upload_folder
from ocrcore.domain.time_limits import DRAFT_LIFE
from ocrcore.ports.due_work import Leftovers
from worlds import World, picture

#: After this long nothing arrives any more: an address is valid for 15 minutes, and an upload or a copy that begins
#: then takes 20 at most.
ARRIVED = timedelta(minutes=15 + 20)


def crash(world: World, draft: Job) -> None:
    """Let a submit die after its first copy."""

    class Crash(BaseException):
        """The process ends."""

    def end() -> None:
        raise Crash

    def first() -> None:
        during(world, "copy", end)

    port: Any = world.context.uploads
    call = port.copy

    def then_end(*args: object) -> object:
        answer = call(*args)
        port.copy = call
        first()
        return answer

    port.copy = then_end
    with suppress(Crash):
        submit_draft(world.context, LOCAL_OWNER, draft.id)


def test_uploads_go_when_the_job_is_submitted() -> None:
    world = World()
    draft = uploaded(world, picture())
    world.owned.submit_draft(draft.id)
    world.service.upkeep_once()
    assert keys(world) == [world.item(draft).s3_key]


def test_what_is_uploaded_to_an_address_that_is_still_valid_goes_afterwards() -> None:
    world = World()
    draft = uploaded(world, picture())
    job = world.owned.submit_draft(draft.id).job
    world.service.upkeep_once()
    world.context.uploads.store(grants_of(draft)[0].key, io.BytesIO(picture()))
    world.clock.advance(ARRIVED - timedelta(seconds=1))
    world.service.upkeep_once()
    assert keys(world, upload_folder(draft.id)) != []
    world.tick(seconds=1)
    world.service.upkeep_once()
    assert keys(world) == [world.item(job).s3_key]
    assert world.database.jobs[job.id].uploads is None


def test_copies_of_an_earlier_submit_go_when_the_next_begins() -> None:
    world = World()
    draft = uploaded(world, picture("ONE"), picture("TWO"))
    crash(world, draft)
    assert len(keys(world, "jobs/")) == 1
    world.service.upkeep_once()
    assert len(keys(world, "jobs/")) == 1
    during(world, "copy", world.service.upkeep_once)
    job = world.owned.submit_draft(draft.id).job
    assert keys(world, "jobs/") == sorted(item.s3_key for item in world.items(job))


def test_documents_of_a_submit_that_begins_during_the_purge_stay() -> None:
    world = World()
    draft = uploaded(world, picture("ONE"), picture("TWO"))
    crash(world, draft)
    crash(world, draft)
    documents: Any = world.context.documents
    list_keys = documents.keys

    def submit_after_listing(prefix: str, limit: int, *, after: str = "") -> Sequence[str]:
        found: Sequence[str] = list_keys(prefix, limit, after=after)
        documents.keys = list_keys
        world.owned.submit_draft(draft.id)
        return found

    documents.keys = submit_after_listing
    world.service.upkeep_once()
    wanted = {item.s3_key for item in world.items(draft)}
    assert wanted <= set(keys(world, "jobs/"))
    world.service.upkeep_once()
    assert set(keys(world)) == wanted


def test_layouts_are_no_copies() -> None:
    world = World()
    draft = uploaded(world, document("ONE", "TWO"))
    job = world.owned.submit_draft(draft.id).job
    world.process_all()
    before = keys(world, "jobs/")
    world.service.upkeep_once()
    assert keys(world) == before
    assert world.job(job).status is JobStatus.DONE


def test_a_deleted_draft_leaves_nothing() -> None:
    world = World()
    draft = uploaded(world, picture())
    world.owned.delete(draft.id)
    assert keys(world) == []
    world.tick(minutes=5)
    world.service.upkeep_once()
    world.context.uploads.store(grants_of(draft)[0].key, io.BytesIO(picture()))  # by an address that is valid
    world.clock.advance(ARRIVED - timedelta(minutes=5, seconds=1))
    world.service.upkeep_once()
    assert keys(world) != []
    world.tick(seconds=1)
    world.service.upkeep_once()
    assert keys(world) == []
    assert world.context.tombstones.get(draft.id) is not None


def test_a_draft_vanishes_after_a_day_with_its_uploads() -> None:
    world = World()
    draft = uploaded(world, picture("ONE"), picture("TWO"))
    crash(world, draft)
    world.clock.advance(DRAFT_LIFE + timedelta(seconds=1))
    world.service.upkeep_once()
    with pytest.raises(JobNotFound):
        world.job(draft)
    assert keys(world) == []


def test_a_job_that_is_gone_stops_no_other_purge() -> None:
    world = World()
    drafts = [uploaded(world, picture("ONE")), uploaded(world, picture("TWO"))]
    for draft in drafts:
        world.owned.submit_draft(draft.id)
    due: Any = world.context.due_work
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(due, "leftovers", lambda *_: Leftovers([], [UUID(int=9), *(draft.id for draft in drafts)]))
        world.service.upkeep_once()
    assert keys(world, "uploads/") == []


def test_uploads_that_cannot_be_deleted_stop_no_other_purge_and_no_retention() -> None:
    world = World()
    finished = world.submit(keep=timedelta(minutes=1))
    world.process_all()
    drafts = [uploaded(world, picture("ONE")), uploaded(world, picture("TWO"))]
    for draft in drafts:
        world.owned.submit_draft(draft.id)
    world.tick(hours=1)
    world.documents.before("delete", StorageUnavailable("held"))
    world.service.upkeep_once()
    assert len(keys(world, "uploads/")) == 1
    with pytest.raises(JobNotFound):
        world.job(finished)
    world.tick(seconds=10)
    world.service.upkeep_once()
    assert keys(world, "uploads/") == []
