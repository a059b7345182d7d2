from datetime import timedelta
from uuid import UUID

import pytest

from ocrcore import (
    ItemErrorCode,
    ItemStatus,
    JobOptions,
    JobStatus,
)
from ocrcore.domain.errors import (
    InvalidOption,
    ItemNotFound,
    JobFinished,
    JobNotFound,
    JobOpen,
    QueueUnavailable,
)
from worlds import World, half_done, uploads


def test_cancel_ends_what_is_open_and_keeps_what_is_done() -> None:
    world = World()
    job = world.submit("GOOD", "LATE")
    world.receive()
    world.worker.work_one()
    cancelled = world.owned.cancel(job.id)
    assert (cancelled.status, cancelled.counts.done, cancelled.counts.error) == (JobStatus.ERROR, 1, 1)
    assert [item.error_code for item in world.items(job)] == [None, ItemErrorCode.CANCELLED]
    assert cancelled.finished_at == world.clock.now()


def test_a_finished_job_cannot_be_cancelled() -> None:
    world = World()
    with pytest.raises(JobFinished):
        world.owned.cancel(half_done(world).id)


def test_an_open_job_cannot_be_retried() -> None:
    world = World()
    with pytest.raises(JobOpen):
        world.owned.retry(world.submit().id)


def test_a_done_job_cannot_be_retried() -> None:
    world = World()
    job = world.submit()
    world.process_all()
    with pytest.raises(JobFinished):
        world.owned.retry(job.id)


def test_retry_queues_every_error_item_again_with_fresh_attempts_and_a_new_deadline() -> None:
    world = World()
    job = half_done(world)
    world.tick(hours=1)
    retried = world.owned.retry(job.id)
    good, bad = world.items(job)
    assert (retried.status, retried.finished_at) == (JobStatus.PROCESSING, None)
    assert retried.sqs_retention_deadline == world.clock.now() + timedelta(days=2)
    assert (good.status, bad.status, bad.error_code, bad.attempts_limit) == (
        ItemStatus.DONE,
        ItemStatus.PENDING,
        None,
        bad.attempts + 3,
    )
    world.process_all()
    assert world.job(job).status is JobStatus.DONE


def test_an_expired_job_can_be_retried() -> None:
    world = World()
    job = world.submit(expires_in=timedelta(seconds=1))
    world.tick(seconds=1)
    assert world.owned.retry(job.id).counts.expired == 0
    world.process_all()
    assert world.job(job).status is JobStatus.DONE


def test_a_command_on_an_overdue_job_finds_it_expired() -> None:
    world = World()
    job = world.submit(expires_in=timedelta(seconds=1))
    world.tick(seconds=1)
    with pytest.raises(JobFinished):
        world.owned.cancel(job.id)
    assert world.database.jobs[job.id].status is JobStatus.EXPIRED


def test_a_retry_without_a_queue_is_sent_by_upkeep() -> None:
    world = World()
    job = half_done(world)
    world.queue.before("send", QueueUnavailable("away"))
    world.owned.retry(job.id)
    world.tick(seconds=5)
    world.service.upkeep_once()
    world.process_all()
    assert world.job(job).status is JobStatus.DONE


def test_rename_changes_the_name_alone() -> None:
    world = World()
    job = world.submit()
    renamed = world.owned.rename(job.id, "Invoices\n of May")
    assert renamed.name == "Invoices of May"
    assert world.job(job) == renamed


def test_a_name_of_nothing_is_refused() -> None:
    world = World()
    with pytest.raises(InvalidOption):
        world.owned.rename(world.submit().id, " \u200e\n")


def test_a_deleted_job_is_gone_with_its_documents() -> None:
    world = World()
    job = half_done(world)
    item = world.items(job)[0]
    world.owned.delete(job.id)
    with pytest.raises(JobNotFound):
        world.job(job)
    with pytest.raises(ItemNotFound):
        world.owned.item(item.id)
    assert not world.context.documents.keys("", 10)
    assert not world.owned.list()


def test_deleting_twice_is_as_once_but_for_the_owner_only() -> None:
    world = World()
    job = world.submit()
    world.owned.delete(job.id)
    world.owned.delete(job.id)
    with pytest.raises(JobNotFound):
        world.service.of("somebody").delete(job.id)


@pytest.mark.parametrize("verb", ["get", "items", "result", "timeline", "cancel", "retry", "delete"])
def test_another_owners_job_is_as_one_that_is_not_there(verb: str) -> None:
    world = World()
    job = world.submit()
    with pytest.raises(JobNotFound) as foreign:
        getattr(world.service.of("somebody"), verb)(job.id)
    with pytest.raises(JobNotFound) as unknown:
        getattr(world.service.of("somebody"), verb)(UUID(int=0))
    assert str(foreign.value) == str(unknown.value)


def test_the_messages_of_a_command_carry_the_id_of_its_request() -> None:
    world = World()
    owned = world.owned

    def request_id() -> str | None:
        (message,) = world.messages()
        return message.request_id

    job = owned.submit(uploads("A"), request_id="request-1")
    assert (job.request_id, request_id()) == ("request-1", "request-1")
    once = owned.submit_once(uploads("A"), JobOptions(), key="k", request_id="request-2").job
    assert (once.request_id, request_id()) == ("request-2", "request-2")
    owned.cancel(job.id)
    assert (owned.retry(job.id, request_id="request-3").request_id, request_id()) == ("request-3", "request-3")
    owned.cancel(job.id)
    assert (owned.retry(job.id).request_id, request_id()) == (None, None)
