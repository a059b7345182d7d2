"""Rows 34 to 37 and 41 of the table of bad input: what goes wrong on this side; and the table of codes."""

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
    DatabaseUnavailable,
    QueueUnavailable,
    Refusal,
    StorageUnavailable,
    Unavailable,
)
from ocrcore.ports.clock import Clock
from ocrcore.ports.queue import Outgoing
from worlds import picture

FILE = part(picture())
OURS = "SELECT * FROM jobs WHERE password='hunter2' at /usr/lib/secret.py"
KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, Refusal | Unavailable) and kind is not Refusal
]
#: Codes whose answers say when to ask again.
PASSING = {"not-finished", "rate-limited", "storage-unavailable", "database-unavailable"}


def test_every_code_has_a_status_and_a_title() -> None:
    assert set(PROBLEMS) == set(ProblemCode)
    assert all(400 <= status < 600 and title for status, title in PROBLEMS.values())


class SlowQueue(MemoryQueue):
    """A queue that takes messages when it is told to."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.asked, self.released = Event(), Event()

    def send(self, messages: Sequence[Outgoing]) -> Sequence[bool]:
        self.asked.set()
        self.released.wait(20)
        return super().send(messages)


@pytest.mark.parametrize("code", ProblemCode)
def test_a_status_of_the_server_is_for_faults_of_the_server_only(code: ProblemCode) -> None:
    ours = code in {"internal-error", "storage-unavailable", "database-unavailable"}
    assert (PROBLEMS[code][0] >= 500) is ours


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_of_the_core_is_an_answer(kind: type[Refusal | Unavailable], site: Site) -> None:
    site.world.jobs.before("get", kind())
    answered = site.get("/jobs/00000000-0000-0000-0000-000000000000")
    problem(answered, kind.code)
    assert ("retry-after" in answered.headers) is (kind.code in PASSING)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if issubclass(kind, Unavailable)])
def test_what_an_adapter_says_is_not_passed_on(kind: type[Unavailable], site: Site) -> None:
    site.world.jobs.before("get", kind(OURS))
    assert "hunter2" not in site.get("/jobs/00000000-0000-0000-0000-000000000000").text


def test_row_34_without_the_store_nothing_is_submitted(site: Site) -> None:
    site.world.documents.before("put", StorageUnavailable(OURS))
    answered = site.send(FILE)
    problem(answered, "storage-unavailable")
    assert int(answered.headers["retry-after"]) > 0
    assert site.get("/jobs").json()["jobs"] == []


def test_row_35_without_the_database_nothing_is_submitted(site: Site) -> None:
    site.world.jobs.before("add", DatabaseUnavailable(OURS))
    answered = site.send(FILE)
    problem(answered, "database-unavailable")
    assert int(answered.headers["retry-after"]) > 0
    assert site.stored == NOTHING


def test_row_35_a_commit_that_nobody_answered_says_so(site: Site) -> None:
    site.world.jobs.before("transact", CommitUnknown(OURS))
    assert "not known" in problem(site.send(FILE), "database-unavailable")["detail"]


def test_row_36_without_the_queue_a_job_is_accepted_and_sent_later(site: Site) -> None:
    site.world.queue.before("send", QueueUnavailable(OURS))
    job = site.submit()
    assert job["status"] == "PENDING"
    site.world.tick(seconds=10)
    site.service.upkeep_once()
    site.world.process_all()
    assert site.get(f"/jobs/{job['id']}").json()["status"] == "DONE"


def test_an_answer_does_not_wait_for_the_queue(site: Site) -> None:
    queue = SlowQueue(site.world.clock)
    service = OcrService(replace(site.world.context, queue=queue))
    with listening(create_app(service, Settings()), finishing=False) as port:
        try:
            files = [("files", ("a.png", picture()))]
            answer = httpx.post(f"http://127.0.0.1:{port}{JOBS}", files=files, timeout=20)
            assert (answer.status_code, queue.asked.wait(20), len(queue)) == (202, True, 0)
        finally:
            queue.released.set()
    assert len(queue) == 1


def test_row_37_without_the_audit_log_all_goes_on(site: Site) -> None:
    site.world.audit.before("append", AuditUnavailable(OURS), times=100)
    job = site.submit()
    site.world.process_all()
    site.service.upkeep_once()
    assert site.get(f"/jobs/{job['id']}").json()["status"] == "DONE"


@pytest.mark.parametrize("error", [RuntimeError(OURS), ZeroDivisionError(), KeyError("x"), MemoryError()])
def test_row_41_a_bug_says_nothing_but_the_id_of_its_request(
    site: Site, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    site.world.jobs.before("get", error)
    answered = site.get("/jobs/00000000-0000-0000-0000-000000000000")
    fields = problem(answered, "internal-error")
    assert fields["detail"] == "A fault of the service; tell the operator the instance of this answer."
    assert any(record.exc_info and record.exc_info[1] is error for record in caplog.records)


def test_row_41_a_bug_in_a_submission_leaves_nothing_to_be_seen(site: Site) -> None:
    site.world.documents.before("put", RuntimeError(OURS))
    problem(site.send(FILE), "internal-error")
    assert site.get("/jobs").json()["jobs"] == []


@pytest.mark.parametrize("away", ["jobs", "documents", "queue", "audit"])
def test_a_service_that_is_away_is_named_by_readiness_alone(site: Site, away: str) -> None:
    port: Any = getattr(site.world, away)
    port.before("check", DatabaseUnavailable(OURS))
    answered = site.client.get("/health/ready")
    name = "database" if away == "jobs" else away
    assert name in problem(answered, answered.json()["code"])["detail"]
    assert (answered.status_code, "retry-after" in answered.headers) == (503, True)
    assert site.client.get("/health/live").json() == {"status": "ok"}


def test_all_services_that_are_away_are_named(site: Site) -> None:
    site.world.documents.before("check", StorageUnavailable())
    site.world.queue.before("check", QueueUnavailable())
    assert "documents, queue" in problem(site.client.get("/health/ready"), "storage-unavailable")["detail"]
