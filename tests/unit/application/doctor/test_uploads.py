"""Uploads against rows: what is left of drafts."""

import io

import pytest

from examined import assert_mended, assert_stays, left, only, settled
from ocrcore import AnnouncedFile, FindingKind, Job
from ocrcore.application.upkeep.relay_audit import relay_audit_once
from ocrcore.domain.errors import StorageUnavailable
from ocrcore.domain.keys import job_folder, upload_folder
from ocrcore.testing.builders import an_id
from worlds import World, picture


def uploaded(world: World) -> Job:
    """Return a draft whose file is uploaded."""
    draft = world.owned.draft([AnnouncedFile("a.png", len(picture()))]).job
    world.owned.upload(draft.id, 0, io.BytesIO(picture()))
    return draft


def put(world: World, key: str) -> None:
    world.context.documents.put(key, io.BytesIO(b"x"))


def test_uploads_of_a_draft_are_in_order() -> None:
    world, _ = settled()
    uploaded(world)
    assert left(world) == []


def test_uploads_of_a_job_that_was_just_submitted_are_in_order() -> None:
    world, _ = settled()
    draft = uploaded(world)
    world.owned.submit_draft(draft.id)
    put(world, f"{job_folder(draft.id)}{an_id(5)}.png")
    world.process_all()
    assert left(world) == []


def test_uploads_of_a_deleted_draft_are_upkeeps() -> None:
    world, _ = settled()
    draft = uploaded(world)
    world.documents.before("keys", StorageUnavailable("away"))
    world.owned.delete(draft.id)
    assert left(world) == []


@pytest.mark.parametrize("folder", [upload_folder(an_id(9)), "uploads/none/", "uploads/0"])
def test_uploads_of_no_job_are_found_and_stay(folder: str) -> None:
    world, _ = settled()
    put(world, f"{folder}0" if folder.endswith("/") else folder)
    finding = only(world, FindingKind.STRAY_JOB)
    assert (finding.key, finding.number) == (folder, 1)
    assert_stays(world, FindingKind.STRAY_JOB)


def test_uploads_of_a_job_that_has_none_any_more_are_found_and_stay() -> None:
    world, job = settled()
    put(world, f"{upload_folder(job.id)}0")
    put(world, f"{upload_folder(job.id)}1")
    finding = only(world, FindingKind.STRAY_DOCUMENT)
    assert (finding.job_id, finding.key, finding.number) == (job.id, upload_folder(job.id), 2)
    assert_stays(world, FindingKind.STRAY_DOCUMENT)


def test_uploads_that_upkeep_should_have_removed_are_found_and_removed() -> None:
    world, _ = settled()
    draft = uploaded(world)
    world.owned.submit_draft(draft.id)
    world.process_all()
    relay_audit_once(world.context)
    world.tick(minutes=1)
    assert_mended(world, FindingKind.OLD_UPLOADS)
    assert world.context.documents.keys(upload_folder(draft.id), 10) == []
