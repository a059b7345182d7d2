"""A thousand pages through three workers and two services, all of which are replaced twice while the pages flow.

The deployment begins as release 0.1. Its schema is upgraded, each process is replaced by one of this version, and then
each of these by another. Every step waits for its share of the pages, so both releases read them, beside each other.
"""

import itertools
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, Final, Self

import httpx
import pytest
import sqlalchemy as sa

from chaos.deployment import Deployment, deployment
from chaos.inspection import inspect, wait_until_finished
from chaos.load import Sent
from chaos.uploads import TEXTS, File, document
from e2e.house import Running
from ocrcore.testing.patience import FOREVER, eventually
from old_release import FIRST
from pictures import png

_PAGES: Final = 1000
_WORKERS, _SERVICES, _SENDERS = 3, 2, 2
#: Pages of a job, in turns.
_SIZES: Final = (1, 12, 3, 24, 7, 2, 16)
#: Pages that are left for the time after the last step: more than two senders can have at hand.
_LAST: Final = 3 * max(_SIZES)
#: Pages that may be open, so that some are at every step, and the senders are never long before the workers.
_MOST_OPEN: Final = 80
#: Answers after which the same submission is sent again.
_AGAIN: Final = frozenset({429, 503})


@dataclass
class Fleet:
    """The processes of a deployment. One that is replaced stops, and then the other starts."""

    deployment: Deployment
    #: None: a place that was not filled yet.
    workers: list[Running | None] = field(default_factory=lambda: [None] * _WORKERS)
    services: list[Running | None] = field(default_factory=lambda: [None] * _SERVICES)
    #: Where the services are, the one that was replaced last until the other one serves.
    urls: list[str] = field(default_factory=lambda: [""] * _SERVICES)
    #: All that ever ran, and the release of each, by its log.
    all: list[tuple[str, Running]] = field(default_factory=list)

    def replace_worker(self, place: int, program: str | None) -> None:
        self._stop(self.workers[place])
        self.workers[place] = worker = self._start("worker", program, "worker", "--slots", "1")
        assert eventually(lambda: worker.process.poll() is not None or "working" in worker.log.read_text())

    def replace_service(self, place: int, program: str | None) -> None:
        """Senders go on asking the old one, which does not answer, until the new one serves."""
        self._stop(self.services[place])
        self.services[place] = service = self._start("serve", program, "serve", "--port", "0", "--slots", "0")
        self.urls[place] = service.url

    def stop(self) -> None:
        for running in (*self.workers, *self.services):
            self._stop(running)

    def _start(self, kind: str, program: str | None, *arguments: str) -> Running:
        running = self.deployment.house.start(*arguments, program=program, **self.deployment.environment)
        self.all.append((f"{kind} of {'this version' if program is None else FIRST.name}", running))
        return running

    @staticmethod
    def _stop(running: Running | None) -> None:
        if running is not None:
            running.stop()


@dataclass
class Senders:
    """People who send jobs to all services in turns, each job until it is accepted, until enough pages were sent."""

    fleet: Fleet
    sent: list[Sent] = field(default_factory=list)
    #: How many pages may be accepted now: whatever a step takes, pages are left for the next ones.
    most: int = 0
    #: Whether documents of several pages are sent besides pictures; release 0.1 does not know them.
    documents: Event = field(default_factory=Event)
    #: Answers that nobody should ever see.
    wrong: list[str] = field(default_factory=list)
    #: How often a service did not answer, or asked to be asked again.
    repeats: int = 0
    _accepted: int = 0
    _lock: Lock = field(default_factory=Lock)
    _turns: Iterator[int] = field(default_factory=itertools.count)
    _stopping: Event = field(default_factory=Event)
    _threads: list[Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._threads = [Thread(target=self._live, daemon=True) for _ in range(_SENDERS)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self.join()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(FOREVER)

    @property
    def accepted(self) -> int:
        """Return how many pages were accepted."""
        with self._lock:
            return self._accepted

    def _live(self) -> None:
        with httpx.Client(timeout=FOREVER) as http:
            while not self._stopping.is_set() and (sent := self._next()) is not None:
                while not self._may_send() and not self._stopping.wait(0.05):
                    pass
                self._send(http, sent)

    def _may_send(self) -> bool:
        return self.accepted < min(self.most, done(self.fleet) + _MOST_OPEN)

    def _next(self) -> Sent | None:
        """Return the next job to be sent."""
        with self._lock:
            number = len(self.sent)
            left = _PAGES - sum(len(one.pages) for one in self.sent)
            if not left:
                return None
            draw = random.Random(number)  # noqa: S311 - to be repeated, not secret
            texts = draw.sample(TEXTS, min(_SIZES[number % len(_SIZES)], left))
            if self.documents.is_set() and len(texts) > 1 and number % 2:
                files = [document(draw.choice(("pdf", "tif")), texts)]
            else:
                files = [File("page.png", png(text), [text]) for text in texts]
            self.sent.append(Sent(f"job-{number}", files, None))
            return self.sent[-1]

    def _send(self, http: httpx.Client, sent: Sent) -> None:
        parts = [("files", (file.name, file.content)) for file in sent.files]
        while not self._stopping.is_set():
            url = self.fleet.urls[next(self._turns) % _SERVICES]
            try:
                answer = http.post(f"{url}/api/v1/jobs", files=parts, headers={"idempotency-key": sent.key})
            except httpx.TransportError:  # it is being replaced, and may have accepted the job before
                self.repeats += 1
            else:
                if answer.status_code == 202:
                    sent.job_id = answer.json()["id"]
                    with self._lock:
                        self._accepted += len(sent.pages)
                    return
                if answer.status_code not in _AGAIN:
                    self.wrong.append(f"{sent.key}: {answer.status_code} {answer.text}")
                    return
                self.repeats += 1
            time.sleep(0.1)


def done(fleet: Fleet) -> int:
    """Return how many pages are done, as the database has it."""
    return int(_rows(fleet.deployment, "SELECT COUNT(*) AS pages FROM job_items WHERE status = 'DONE'")[0]["pages"])


def _rows(deployed: Deployment, query: str) -> Sequence[dict[str, Any]]:
    with deployed.engine.connect() as connection:
        return [dict(row) for row in connection.execute(sa.text(query)).mappings()]


@pytest.fixture
def deployed(tmp_path: Path, tesseract: str) -> Iterator[Deployment]:
    """Yield a deployment that release 0.1 has set up."""
    assert tesseract
    with deployment(tmp_path / "rolling", "aws-fauxqs", settings={}, program=FIRST.program) as deployed:
        yield deployed


@pytest.mark.long
def test_a_thousand_pages_survive_an_upgrade_and_two_rolling_restarts(deployed: Deployment) -> None:
    fleet = Fleet(deployed)
    for place in range(_WORKERS):
        fleet.replace_worker(place, FIRST.program)
    for place in range(_SERVICES):
        fleet.replace_service(place, FIRST.program)

    def upgrade() -> None:
        made = deployed.house.run("init", **deployed.environment)
        assert made.returncode == 0, made.stderr

    def replace(place: int) -> Callable[[], None]:
        """Return the step that replaces a process by one of this version: the workers come first."""
        if place < _WORKERS:
            return lambda: fleet.replace_worker(place, None)
        return lambda: fleet.replace_service(place - _WORKERS, None)

    with ExitStack() as stack:
        senders = Senders(fleet)
        round_ = [replace(place) for place in range(_WORKERS + _SERVICES)]
        steps = [upgrade, *round_, senders.documents.set, *round_]
        stack.enter_context(senders)
        share = _PAGES // (len(steps) + 2)
        senders.most = 2 * share
        for number, step in enumerate(steps, 1):
            assert eventually(lambda number=number: done(fleet) >= number * share or senders.wrong), done(fleet)  # type: ignore[misc]
            assert senders.wrong == []
            senders.most = min((number + 2) * share, _PAGES - _LAST)
            step()
            assert done(fleet) < _PAGES, "the pages ended before the steps"
        senders.most = _PAGES
        senders.join()
        wait_until_finished(deployed)
    assert senders.wrong == []
    assert sum(len(one.pages) for one in senders.sent) == _PAGES
    assert list(inspect(deployed, senders.sent)) == []
    _inspect_rows(deployed)
    _inspect_answers(fleet, senders.sent)
    fleet.stop()
    for kind, running in fleet.all:
        log = running.log.read_text()
        assert running.process.returncode == 0, f"{kind}: {log}"
        assert "Traceback" not in log, f"{kind}: {log}"
        assert "attempt ended" in log or not kind.startswith("worker"), f"{kind} has read nothing"
    checked = deployed.house.run("doctor", "--every-timeline", **deployed.environment)
    assert checked.returncode == 0, checked.stdout
    assert deployed.messages.all() == 0


def _inspect_rows(deployed: Deployment) -> None:
    """Demand that every page is done, and that no stop took an attempt: what was given back counts none."""
    jobs = _rows(deployed, "SELECT status, COUNT(*) AS jobs FROM jobs GROUP BY status")
    assert [row["status"] for row in jobs] == ["DONE"]
    items = _rows(deployed, "SELECT id, status, attempts, attempts_limit FROM job_items")
    assert len(items) == _PAGES
    assert {item["status"] for item in items} == {"DONE"}
    least = min(item["attempts_limit"] for item in items)
    assert [item for item in items if item["attempts"] != 1 + item["attempts_limit"] - least] == []


def _inspect_answers(fleet: Fleet, sent: Sequence[Sent]) -> None:
    """Demand that every service tells of each page what is on it."""
    for url in fleet.urls:
        with httpx.Client(base_url=f"{url}/api/v1", timeout=FOREVER) as http:
            for one in sent:
                items = http.get(f"/jobs/{one.job_id}/items", params={"limit": "100"}).json()["items"]
                assert [item["ocr_text"] for item in items] == [page.text for page in one.pages]
