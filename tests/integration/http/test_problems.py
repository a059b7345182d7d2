"""Failures of the service and of what it depends on, and the table of problem codes."""

import time
from collections.abc import Sequence
from dataclasses import replace
from threading import Event
from typing import Any

import httpx
import pytest

from adapters.memory.queue import MemoryQueue
from entrypoints.http.app import create_app
from entrypoints.http.problems import PROBLEMS
from entrypoints.settings import Settings
from integration.http.site import JOBS, NOTHING, Site, listening, part, problem
from ocrcore import OcrService, ProblemCode
from ocrcore.domain import errors
from ocrcore.domain.errors import (
    AuditUnavailable,
    CommitUnknown,
    DatabaseFull,
    DatabaseUnavailable,
    QueueUnavailable,
    Refusal,
    StorageFull,
    StorageUnavailable,
    Unavailable,
)
from ocrcore.ports.clock import Clock
from ocrcore.ports.queue import Outgoing
from ocrcore.testing.patience import FOREVER
from worlds import picture

FILE = part(picture())
OURS = "SELECT * FROM jobs WHERE password='hunter2' at /usr/lib/secret.py"
KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, Refusal | Unavailable) and kind not in {Refusal, errors.LimitReached}
]
#: Codes whose responses have a Retry-After.
RETRYABLE = {
    "not-finished",
    "rate-limited",
    "quota-exceeded",
    "busy",
    "storage-full",
    "storage-unavailable",
    "database-unavailable",
    "issuer-unavailable",
}


def test_every_code_has_a_status_and_a_title() -> None:
    assert set(PROBLEMS) == set(ProblemCode)
    assert all(400 <= status < 600 and title for status, title in PROBLEMS.values())


class SlowQueue(MemoryQueue):
    """A queue whose ``send`` blocks until the test releases it."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.asked, self.released = Event(), Event()

    def send(self, messages: Sequence[Outgoing]) -> Sequence[bool]:
        self.asked.set()
        self.released.wait(FOREVER)
        return super().send(messages)


@pytest.mark.parametrize("code", ProblemCode)
def test_a_status_of_5xx_is_for_failures_of_the_service_only(code: ProblemCode) -> None:
    ours = code in {
        "internal-error",
        "storage-unavailable",
        "database-unavailable",
        "issuer-unavailable",
        "storage-full",
        "busy",
    }
    assert (PROBLEMS[code][0] >= 500) is ours


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_of_the_core_becomes_a_problem_response(kind: type[Refusal | Unavailable], site: Site) -> None:
    site.world.jobs.before("get", kind())
    answered = site.get("/jobs/00000000-0000-0000-0000-000000000000")
    problem(answered, kind.code)
    assert ("retry-after" in answered.headers) is (kind.code in RETRYABLE)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if issubclass(kind, Unavailable)])
def test_what_an_adapter_says_is_not_passed_on(kind: type[Unavailable], site: Site) -> None:
    site.world.jobs.before("get", kind(OURS))
    assert "hunter2" not in site.get("/jobs/00000000-0000-0000-0000-000000000000").text


def test_without_the_store_nothing_is_submitted(site: Site) -> None:
    site.world.documents.before("put", StorageUnavailable(OURS))
    answered = site.send(FILE)
    problem(answered, "storage-unavailable")
    assert int(answered.headers["retry-after"]) > 0
    assert site.get("/jobs").json()["jobs"] == []


@pytest.mark.parametrize(("port", "call", "error"), [("documents", "put", StorageFull), ("jobs", "add", DatabaseFull)])
def test_a_full_disk_is_told_to_who_submits(site: Site, port: str, call: str, error: type[Unavailable]) -> None:
    getattr(site.world, port).before(call, error(OURS))
    assert problem(site.send(FILE), "storage-full")["detail"].startswith("The disk of the service is full")
    assert site.get("/jobs").json()["jobs"] == []


def test_without_the_database_nothing_is_submitted(site: Site) -> None:
    site.world.jobs.before("add", DatabaseUnavailable(OURS))
    answered = site.send(FILE)
    problem(answered, "database-unavailable")
    assert int(answered.headers["retry-after"]) > 0
    assert site.stored == NOTHING


def test_a_commit_with_an_unknown_outcome_is_reported_as_unknown(site: Site) -> None:
    site.world.jobs.before("transact", CommitUnknown(OURS))
    assert "not known" in problem(site.send(FILE), "database-unavailable")["detail"]


def test_without_the_queue_a_job_is_accepted_and_sent_later(site: Site) -> None:
    site.world.queue.before("send", QueueUnavailable(OURS))
    job = site.submit()
    assert job["status"] == "PENDING"
    site.world.tick(seconds=10)
    site.service.upkeep_once()
    site.world.process_all()
    assert site.get(f"/jobs/{job['id']}").json()["status"] == "DONE"


def test_a_response_does_not_wait_for_the_queue(site: Site) -> None:
    queue = SlowQueue(site.world.clock)
    service = OcrService(replace(site.world.context, queue=queue))
    with listening(create_app(service, Settings()), finishing=False) as port:
        try:
            files = [("files", ("a.png", picture()))]
            answer = httpx.post(f"http://127.0.0.1:{port}{JOBS}", files=files, timeout=FOREVER)
            assert (answer.status_code, queue.asked.wait(FOREVER), len(queue)) == (202, True, 0)
        finally:
            queue.released.set()
    assert len(queue) == 1


def test_without_the_audit_log_a_job_is_accepted_and_read(site: Site) -> None:
    site.world.audit.before("append", AuditUnavailable(OURS), times=100)
    job = site.submit()
    site.world.process_all()
    site.service.upkeep_once()
    assert site.get(f"/jobs/{job['id']}").json()["status"] == "DONE"


@pytest.mark.parametrize("error", [RuntimeError(OURS), ZeroDivisionError(), KeyError("x"), MemoryError()])
def test_a_bug_reveals_only_the_request_id(site: Site, error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    site.world.jobs.before("get", error)
    answered = site.get("/jobs/00000000-0000-0000-0000-000000000000")
    fields = problem(answered, "internal-error")
    assert fields["detail"] == "A fault of the service; tell the operator the instance of this answer."
    assert any(record.exc_info and record.exc_info[1] is error for record in caplog.records)


def test_a_bug_in_a_submission_leaves_no_job(site: Site) -> None:
    site.world.documents.before("put", RuntimeError(OURS))
    problem(site.send(FILE), "internal-error")
    assert site.get("/jobs").json()["jobs"] == []


@pytest.mark.parametrize("port", ["jobs", "documents", "queue", "audit"])
def test_an_unavailable_service_is_named_by_readiness_alone(site: Site, port: str) -> None:
    fake: Any = getattr(site.world, port)
    fake.before("check", DatabaseUnavailable(OURS))
    answered = site.client.get("/health/ready")
    name = "database" if port == "jobs" else port
    assert name in problem(answered, answered.json()["code"])["detail"]
    assert (answered.status_code, "retry-after" in answered.headers) == (503, True)
    assert site.client.get("/health/live").json() == {"status": "ok"}


def test_all_unavailable_services_are_named(site: Site) -> None:
    site.world.documents.before("check", StorageUnavailable())
    site.world.queue.before("check", QueueUnavailable())
    fields = problem(site.client.get("/health/ready"), "storage-unavailable")
    assert "documents, queue" in fields["detail"]
    assert [(one["part"], one["code"], one["detail"]) for one in fields["failing"]] == [
        ("documents", "storage-unavailable", "The store of the documents does not answer."),
        ("queue", "storage-unavailable", "The queue does not answer."),
    ]


def test_a_service_that_stays_away_keeps_the_instant_it_was_first_missed(site: Site) -> None:
    def since() -> dict[str, str]:
        site.world.queue.before("check", QueueUnavailable())
        fields = problem(site.client.get("/health/ready"), "storage-unavailable")
        return {one["part"]: one["since"] for one in fields["failing"]}

    first = since()
    time.sleep(1.1)  # the instants are whole seconds
    assert since() == first
    assert site.client.get("/health/ready").is_success
    assert since()["queue"] > first["queue"]
