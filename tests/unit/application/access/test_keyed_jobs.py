from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, BinaryIO, cast
from uuid import UUID

import pytest

from ocrcore import JobOptions, OcrService, OwnerJobs
from ocrcore.application.access.keys import NewKey
from ocrcore.domain.audit import UPKEEP, AuditAction
from ocrcore.domain.caller import Caller
from ocrcore.domain.errors import JobNotFound, StorageUnavailable, Unauthenticated
from ocrcore.domain.uploads import AnnouncedFile
from ocrcore.ports.documents import Documents
from worlds import World, uploads

FILES = [AnnouncedFile("0.png", 13, "image/png")]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def key(world: World) -> NewKey:
    return world.service.keys.create("ana")


def by(world: World, key: NewKey) -> OwnerJobs:
    return world.service.by(world.service.authenticate(key.text))


def test_a_key_reaches_the_jobs_of_its_owner_alone(world: World, key: NewKey) -> None:
    job = by(world, key).submit(uploads("A"))
    other = by(world, world.service.keys.create("ana", name="other"))
    assert other.get(job.id) == job == world.service.of("ana").get(job.id)
    stranger = by(world, world.service.keys.create("bob"))
    for verb in (stranger.get, stranger.cancel, stranger.delete, stranger.result, stranger.timeline):
        with pytest.raises(JobNotFound):
            verb(job.id)
    assert list(stranger.list()) == []


def test_keys_of_the_local_owner_open_the_jobs_that_were_made_without_keys(world: World) -> None:
    job = world.submit("A")
    assert by(world, world.service.keys.create("local")).get(job.id) == job


CHANGES: dict[str, Callable[[OwnerJobs, World], object]] = {
    "submit": lambda jobs, _: jobs.submit(uploads("A")),
    "submit_once": lambda jobs, _: jobs.submit_once(uploads("A"), JobOptions(), key="k"),
    "draft": lambda jobs, _: jobs.draft(FILES),
    "renew_addresses": lambda jobs, world: jobs.renew_addresses(world.service.of("ana").draft(FILES).job.id),
    "submit_draft": lambda jobs, world: jobs.submit_draft(_filled(world)),
    "upload": lambda jobs, world: jobs.upload(
        world.service.of("ana").draft(FILES).job.id, 0, uploads("HELLO")[0].content
    ),
    "rename": lambda jobs, world: jobs.rename(_job(world), "other"),
    "cancel": lambda jobs, world: jobs.cancel(_job(world)),
    "delete": lambda jobs, world: jobs.delete(_job(world)),
    "retry": lambda jobs, world: jobs.retry(_cancelled(world)),
}


def _job(world: World) -> UUID:
    return world.service.of("ana").submit(uploads("A")).id


def _cancelled(world: World) -> UUID:
    return world.service.of("ana").cancel(_job(world)).id


def _filled(world: World) -> UUID:
    jobs = world.service.of("ana")
    draft = jobs.draft(FILES).job
    jobs.upload(draft.id, 0, uploads("HELLO")[0].content)
    return draft.id


@pytest.mark.parametrize("change", CHANGES)
def test_a_live_key_makes_every_change(world: World, key: NewKey, change: str) -> None:
    CHANGES[change](by(world, key), world)


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_is_changed_by_a_key_that_was_revoked_after_the_request_began(
    world: World, key: NewKey, change: str
) -> None:
    jobs = by(world, key)
    world.service.keys.revoke(key.key.id)
    visible = len(list(world.service.of("ana").list()))
    with pytest.raises(Unauthenticated):
        CHANGES[change](jobs, world)
    left = world.service.of("ana").list()
    assert len(left) == visible or [job.name for job in left] == ["0.png"]
    assert not any(entry.actor == f"key:{key.key.id}" for entry in world.database.unsent.values())


def test_no_draft_is_added_by_a_key_that_is_revoked_just_before(world: World, key: NewKey) -> None:
    add = world.context.jobs.add

    def revoke_and_add(*given: Any, **more: Any) -> None:  # noqa: ANN401 - the port's
        world.service.keys.revoke(key.key.id)
        add(*given, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.context.jobs, "add", revoke_and_add)
        jobs = by(world, key)
        with pytest.raises(Unauthenticated):
            jobs.draft(FILES)
    assert list(world.service.of("ana").list()) == []


@pytest.mark.parametrize("change", CHANGES)
def test_a_token_and_a_session_make_every_change_until_they_end(world: World, key: NewKey, change: str) -> None:
    for caller in (token(world), world.service.open_session(key.text, "127.0.0.1").caller):
        CHANGES[change](world.service.by(caller), world)


def token(world: World) -> Caller:
    """Return the holder of an access token that ends in a minute."""
    return Caller("ana", expires_at=world.service.now() + timedelta(minutes=1))


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_is_changed_by_a_token_that_has_ended_since_the_request_began(world: World, change: str) -> None:
    jobs = world.service.by(token(world))
    visible = len(list(world.service.of("ana").list()))
    world.tick(minutes=1)
    with pytest.raises(Unauthenticated):
        CHANGES[change](jobs, world)
    assert len(list(world.service.of("ana").list())) - visible == (change in {"rename", "cancel", "delete", "retry"})


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_is_changed_by_a_session_that_was_closed_since_the_request_began(
    world: World, key: NewKey, change: str
) -> None:
    caller = world.service.open_session(key.text, "127.0.0.1").caller
    jobs = world.service.by(caller)
    world.service.close_session(caller)
    with pytest.raises(Unauthenticated):
        CHANGES[change](jobs, world)


@pytest.mark.parametrize("by_session", [True, False])
def test_no_key_is_made_by_who_has_ended_since_the_request_began(world: World, key: NewKey, by_session: bool) -> None:  # noqa: FBT001
    caller = world.service.open_session(key.text, "127.0.0.1").caller if by_session else token(world)
    world.service.keys_of(caller).create(name="early")
    world.service.close_session(caller)
    world.tick(minutes=1)
    with pytest.raises(Unauthenticated):
        world.service.keys_of(caller).create(name="late")
    with pytest.raises(Unauthenticated):
        world.service.keys_of(caller).rotate(key.key.id, overlap=timedelta())


@pytest.mark.parametrize("told", [Unauthenticated, StorageUnavailable])
def test_a_submission_whose_key_is_revoked_before_its_commit_makes_no_job(
    world: World, key: NewKey, told: type[Exception]
) -> None:
    """Nor if it fails otherwise: its draft is left to upkeep then, because the key may not even discard it."""
    caller = world.service.authenticate(key.text)
    documents = world.context.documents

    class Revoking:
        """Documents that are stored while the key is revoked."""

        def put(self, name: str, content: BinaryIO) -> None:
            documents.put(name, content)
            world.service.keys.revoke(key.key.id)
            if told is StorageUnavailable:
                raise told

        def __getattr__(self, verb: str) -> Any:  # noqa: ANN401 - any verb
            return getattr(documents, verb)

    service = OcrService(replace(world.context, documents=cast("Documents", Revoking())))
    with pytest.raises(told):
        service.by(caller).submit(uploads("A"))
    assert list(world.service.of("ana").list()) == []
    assert not world.database.orders


def test_the_audit_log_names_the_key_of_a_change_and_upkeep_for_a_deadline(world: World, key: NewKey) -> None:
    jobs = by(world, key)
    job = jobs.submit(uploads("A"), JobOptions())
    jobs.rename(job.id, "other")
    world.tick(days=3)
    jobs.retry(job.id)
    jobs.delete(job.id)
    entries = sorted(world.database.unsent.values(), key=lambda entry: entry.at)
    assert [(entry.action, entry.actor) for entry in entries] == [
        (AuditAction.JOB_CREATED, f"key:{key.key.id}"),
        (AuditAction.JOB_RENAMED, f"key:{key.key.id}"),
        (AuditAction.JOB_EXPIRED, UPKEEP),
        (AuditAction.JOB_RETRIED, f"key:{key.key.id}"),
        (AuditAction.JOB_DELETED, f"key:{key.key.id}"),
    ]
