"""Drafts whose client sends the files to addresses, until they are submitted."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from drafts import a_draft, announced, keys, upload, uploaded
from ocrcore import JobOptions, JobStatus, Policy, Refusal
from ocrcore.application.jobs.draft import grants_of
from ocrcore.domain.errors import (
    EmptyFile,
    FileTooLarge,
    InvalidOption,
    JobFinished,
    JobNotFound,
    JobOpen,
    NoFiles,
    NotSubmitted,
    TooManyFiles,
    UploadMismatch,
    UploadRefused,
)
from ocrcore.domain.time_limits import UPLOAD_LIFE
from ocrcore.domain.uploads import AnnouncedFile
from ocrcore.ports.jobs import JobCursor
from worlds import START, World, picture


def test_a_draft_has_an_address_for_each_file() -> None:
    world = World()
    draft = world.owned.draft(announced(b"one", b"three"))
    assert [address.expires_at for address in draft.addresses] == [START.replace(microsecond=0) + UPLOAD_LIFE] * 2
    for number, size in ((0, 3), (1, 5)):
        assert f"{draft.job.id}/{number}?size={size}&" in draft.addresses[number].url


def test_its_owner_sees_a_draft_as_a_job_of_nothing() -> None:
    world = World()
    draft = a_draft(world)
    job = world.job(draft)
    assert (job.status, job.counts.total, job.name, world.items(job)) == (JobStatus.PENDING, 0, "0.png", [])
    assert world.owned.list() == []


def test_nobody_else_sees_a_draft() -> None:
    world = World()
    draft = uploaded(world, picture())
    other = world.service.of("other")
    for verb in (other.get, other.delete, other.cancel, other.renew_addresses, other.submit_draft):
        with pytest.raises(JobNotFound):
            verb(draft.id)
    with pytest.raises(JobNotFound):
        other.upload(draft.id, 0, io.BytesIO(picture()))


def test_a_draft_takes_no_command_of_jobs_but_a_name_and_its_end() -> None:
    world = World()
    draft = a_draft(world)
    for verb in (world.owned.cancel, world.owned.retry, world.owned.result):
        with pytest.raises(NotSubmitted):
            verb(draft.id)
    assert world.owned.rename(draft.id, "another").name == "another"
    world.owned.delete(draft.id)
    with pytest.raises(JobNotFound):
        world.job(draft)
    world.owned.delete(draft.id)


def test_a_draft_says_what_it_waits_for() -> None:
    world = World()
    (why,) = world.owned.blocked_by(a_draft(world))
    assert why is not None
    assert "submit" in why


@pytest.mark.parametrize(
    ("files", "refusal", "index"),
    [
        ([], NoFiles, None),
        (announced(b"1", b"2", b"3"), TooManyFiles, None),
        (announced(b"1", b""), EmptyFile, 1),
        (announced(b"1", b"1" * 11), FileTooLarge, 1),
    ],
)
def test_limits_hold_for_what_is_announced(
    files: Sequence[AnnouncedFile], refusal: type[Refusal], index: int | None
) -> None:
    world = World(policy=Policy(max_files=2, max_file_bytes=10))
    with pytest.raises(refusal) as refused:
        world.owned.draft(files)
    assert refused.value.index == index
    assert world.database.jobs == {}


def test_options_are_looked_at_before_anything_is_uploaded() -> None:
    with pytest.raises(InvalidOption):
        World().owned.draft(announced(b"1"), replace(JobOptions(), expires_in=timedelta(days=3)))


def test_addresses_are_renewed() -> None:
    world = World()
    draft = a_draft(world)
    world.tick(minutes=10)
    renewed = world.owned.renew_addresses(draft.id)
    assert renewed.addresses[0].expires_at == START.replace(microsecond=0) + timedelta(minutes=25)


def test_a_submitted_job_has_no_addresses() -> None:
    world = World()
    draft = uploaded(world, picture())
    world.owned.submit_draft(draft.id)
    with pytest.raises(JobOpen, match="takes no more uploads"):
        world.owned.renew_addresses(draft.id)
    world.process_all()
    with pytest.raises(JobFinished):
        world.owned.renew_addresses(draft.id)


def test_a_submitted_job_takes_no_upload() -> None:
    world = World()
    draft = uploaded(world, picture())
    world.owned.submit_draft(draft.id)
    with pytest.raises(UploadRefused):
        upload(world, draft, picture())


@pytest.mark.parametrize("end", ["delete", "submit_draft"])
def test_a_body_that_outlasts_its_draft_is_not_stored(end: str) -> None:
    world = World()
    draft = uploaded(world, picture())
    (grant,) = grants_of(draft)
    (address,) = world.owned.renew_addresses(draft.id).addresses
    world.service.check_upload(grant, address.url.rpartition("=")[2])
    getattr(world.owned, end)(draft.id)
    world.service.upkeep_once()
    before = keys(world)
    with pytest.raises(UploadRefused):
        world.service.receive_upload(grant, io.BytesIO(picture()))
    assert keys(world) == before


def test_an_upload_through_the_process_is_of_a_file_that_was_announced() -> None:
    world = World()
    draft = a_draft(world, picture())
    with pytest.raises(UploadRefused):
        world.owned.upload(draft.id, 1, io.BytesIO(picture()))
    with pytest.raises(UploadMismatch):
        world.owned.upload(draft.id, 0, io.BytesIO(picture() + b"!"))
    with pytest.raises(JobNotFound):
        world.owned.upload(UUID(int=9), 0, io.BytesIO(picture()))
    assert keys(world) == []


def test_a_cursor_passes_over_drafts() -> None:
    world = World()
    job = world.submit()
    a_draft(world)
    assert [found.id for found in world.owned.list()] == [job.id]
    assert world.owned.list(after=JobCursor(job.created_at, job.id)) == []
