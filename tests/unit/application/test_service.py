from datetime import timedelta

import pytest

from ocrcore import LOCAL_OWNER, OcrService, ProblemCode
from ocrcore.domain.errors import (
    AuditUnavailable,
    DatabaseUnavailable,
    QueueUnavailable,
    StorageFull,
    StorageUnavailable,
)
from ocrcore.domain.fleet import WorkerReport
from ocrcore.domain.task import Task
from ocrcore.testing.builders import an_id
from worlds import World, uploads


def test_a_service_without_sending_leaves_the_messages_of_each_job_to_its_caller() -> None:
    world = World()
    quiet = world.service.without_sending()
    first, second = (quiet.of(LOCAL_OWNER).submit(uploads("A")) for _ in range(2))
    assert not world.messages()
    quiet.send(second.id)
    (message,) = world.messages()
    assert Task.from_json(message.body).job_id == second.id
    quiet.send(first.id)
    (message,) = world.messages()
    assert Task.from_json(message.body).job_id == first.id


def test_a_retry_of_a_service_without_sending_is_left_to_its_caller() -> None:
    world = World()
    job = world.submit()
    world.owned.cancel(job.id)
    world.messages()
    world.service.without_sending().of(LOCAL_OWNER).retry(job.id)
    assert not world.messages()


def test_the_deadlines_of_open_jobs_are_told_for_those_asked_for() -> None:
    world = World()
    asked, other, done = world.submit(expires_in=timedelta(hours=1)), world.submit(), world.submit()
    world.owned.cancel(done.id)
    deadlines = world.service.open_deadlines([asked.id, done.id])
    assert deadlines == {asked.id: world.clock.now() + timedelta(hours=1)}
    assert other.id not in deadlines


def test_a_report_of_a_process_says_who_and_where_it_is_and_what_it_reads_with() -> None:
    world = World()
    world.service.report(worker_id=an_id(1), kind="serve", host="a-host", slots=3, seconds_per_page=1.5)
    (report,) = world.service.fleet().reports
    engine = world.engine.port.version
    assert report == WorkerReport(an_id(1), "serve", "a-host", 3, engine, 1.5, world.clock.now(), documents=True)


def test_a_report_is_kept_for_a_week() -> None:
    world = World()
    world.service.report(worker_id=an_id(1), kind="worker", host="h", slots=1, seconds_per_page=None)
    world.tick(days=7)
    world.service.report(worker_id=an_id(2), kind="worker", host="h", slots=1, seconds_per_page=None)
    assert {report.id for report in world.service.fleet().reports} == {an_id(1), an_id(2)}
    world.tick(microseconds=1)
    world.service.report(worker_id=an_id(2), kind="worker", host="h", slots=1, seconds_per_page=None)
    assert {report.id for report in world.service.fleet().reports} == {an_id(2)}


@pytest.mark.parametrize("away", ["database", "documents", "queue", "audit"])
def test_every_service_has_a_probe_of_its_own(away: str) -> None:
    world = World()
    world.jobs.before("check", DatabaseUnavailable("away"), times=away == "database")
    world.documents.before("check", StorageUnavailable("away"), times=away == "documents")
    world.queue.before("check", QueueUnavailable("away"), times=away == "queue")
    world.audit.before("check", AuditUnavailable("away"), times=away == "audit")
    answers = {name: probe() for name, probe in world.service.probes().items()}
    assert {name for name, code in answers.items() if code is not None} == {away}
    assert set(answers) == {"database", "documents", "queue", "audit", "engine"}


def test_a_full_disk_is_told_as_that() -> None:
    world = World()
    world.documents.before("check", StorageFull("full"))
    assert world.service.probes()["documents"]() is ProblemCode.STORAGE_FULL


def test_a_probe_hides_no_fault_of_the_program() -> None:
    world = World()
    world.queue.before("check", RuntimeError("a bug"))
    with pytest.raises(RuntimeError, match="a bug"):
        world.service.checks()


def test_a_service_sends_unless_it_is_told_otherwise() -> None:
    world = World()
    OcrService(world.context).of(LOCAL_OWNER).submit(uploads("A"))
    assert len(world.messages()) == 1


def test_checks_name_every_service() -> None:
    world = World()
    world.queue.before("check", QueueUnavailable("away"))
    checks = world.service.checks()
    assert set(checks) == {"database", "documents", "queue", "audit", "engine"}
    assert [name for name, is_available in checks.items() if not is_available] == ["queue"]
