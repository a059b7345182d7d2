"""Messages that begin no attempt: late, leased, foreign, or of what is deleted."""

from dataclasses import replace
from datetime import timedelta

from ocrcore import ItemErrorCode, ItemStatus, JobStatus, Policy, Step
from ocrcore.domain.task import Task
from ocrcore.ports.queue import Outgoing
from ocrcore.testing.builders import an_id
from working import claim_elsewhere, depth
from worlds import World


def test_a_message_of_a_finished_item_is_deleted_without_a_second_recognition() -> None:
    world = World()
    job = world.submit()
    (message,) = world.messages()
    world.context.queue.send([Outgoing(message.body, "local")])
    world.process_all()
    world.engine.before("recognise", AssertionError("recognised again"))
    world.tick(seconds=60)
    world.process_all()
    assert world.item(job).attempts == 1
    assert depth(world) == 0


def test_a_message_that_comes_after_the_deadline_expires_the_job() -> None:
    world = World()
    job = world.submit(expires_in=timedelta(seconds=30))
    world.tick(seconds=30)
    world.process_all()
    assert world.database.jobs[job.id].status is JobStatus.EXPIRED
    assert world.item(job).error_code is ItemErrorCode.EXPIRED
    assert depth(world) == 0


def test_a_message_of_a_leased_item_is_hidden_for_the_rest_of_the_lease() -> None:
    world = World()
    job = world.submit()
    claim_elsewhere(world, job)
    world.tick(seconds=20)
    world.process_all()
    world.tick(seconds=40)
    assert world.receive() is Step.IDLE
    world.tick(seconds=4)
    assert world.receive() is Step.DONE


def test_a_message_whose_last_lease_lapsed_ends_the_item() -> None:
    world = World(Policy(max_attempts=1))
    job = world.submit()
    claim_elsewhere(world, job)
    world.tick(seconds=60)
    world.process_all()
    assert world.item(job).error_code is ItemErrorCode.TOO_MANY_ATTEMPTS
    assert depth(world) == 0


def test_a_message_of_a_deleted_job_is_deleted() -> None:
    world = World()
    world.owned.delete(world.submit().id)
    world.process_all()
    assert depth(world) == 0


def test_a_message_of_an_unknown_item_is_shown_every_ten_minutes_and_never_deleted() -> None:
    world, elsewhere = World(), World()
    elsewhere.tick(days=1)
    elsewhere.context.ids.new()
    elsewhere.submit()
    (message,) = elsewhere.messages()
    world.context.queue.send([Outgoing(message.body, "local")])
    world.process_all()
    world.tick(minutes=10, seconds=-1)
    assert world.receive() is Step.IDLE
    world.tick(seconds=1)
    assert world.receive() is Step.DONE


def test_a_message_that_names_an_unknown_item_of_a_known_job_is_never_deleted() -> None:
    world = World()
    job = world.submit()
    (message,) = world.messages()
    task = replace(Task.from_json(message.body), item_id=an_id(404))
    world.context.queue.delete([message.receipt])
    world.context.queue.send([Outgoing(task.to_json(), "local")])
    world.process_all()
    world.tick(minutes=10, microseconds=-1)
    assert not world.messages()
    world.tick(microseconds=1)
    assert len(world.messages()) == 1
    assert world.item(job).status is ItemStatus.PENDING


def test_bodies_that_are_not_ours_are_recorded_and_deleted_and_the_rest_is_unaffected() -> None:
    world = World()
    world.context.queue.send([Outgoing("not json", "x"), Outgoing('{"job_id": 1}', "x")])
    job = world.submit()
    world.process_all()
    assert world.item(job).status is ItemStatus.DONE
    assert {rejection.body for rejection in world.database.rejected.values()} == {"not json", '{"job_id": 1}'}
    assert depth(world) == 0
