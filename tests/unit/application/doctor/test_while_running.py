"""A service at work has nothing to find: between every two calls of an examination something happens."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from functools import wraps
from random import Random
from typing import Any

import pytest

from ocrcore import ItemErrorCode, OcrService, Refusal
from ocrcore.application.context import Context
from ocrcore.domain.errors import DatabaseUnavailable, QueueUnavailable
from ocrcore.ports.engine import EngineFailure
from ocrcore.ports.row_scan import BEGINNING
from ocrcore.testing.builders import an_id
from worlds import World

#: The ports that an examination asks.
_ASKED = (
    "row_scan",
    "documents",
    "audit",
    "audit_outbox",
    "outbox",
    "due_work",
    "tombstones",
    "dead_letters",
    "workers",
)
_MOST_SUBMISSIONS = 60


class Busy:
    """A service whose users, workers and upkeep go on, a step at a time, by one source of chance."""

    def __init__(self, seed: int) -> None:
        self.world = World()
        self.random = Random(seed)  # noqa: S311 - it keeps no secret
        self.calls = 0
        self.submissions = 0
        self.steps: tuple[Callable[[], object], ...] = (
            self.submit,
            self.submit,
            self.crash,
            self.work,
            self.work,
            self.work,
            self.fail,
            lambda: self.on_a_job(self.world.owned.cancel),
            lambda: self.on_a_job(self.world.owned.retry),
            lambda: self.on_a_job(self.world.owned.delete),
            lambda: self.on_a_job(lambda job_id: self.world.owned.rename(job_id, "new")),
            self.keep_up,
        )

    def step(self) -> None:
        """Let something happen, or nothing."""
        self.world.tick(seconds=self.random.random() / 20)
        if self.random.random() < 0.5:
            self.random.choice(self.steps)()

    def may_submit(self) -> bool:
        """Tell whether there may be more, for an examination in small pages would never catch up with ever more."""
        self.submissions += 1
        return self.submissions < _MOST_SUBMISSIONS

    def submit(self) -> None:
        if not self.may_submit():
            return
        pages = self.random.randrange(1, 4)
        expires = timedelta(seconds=self.random.choice([1, 3600]))
        self.world.submit(*["PAGE"] * pages, expires_in=expires)

    def crash(self) -> None:
        """Leave a draft, which is young for as long as this lasts."""
        if not self.may_submit():
            return
        self.world.jobs.before("transact", DatabaseUnavailable("away"))
        with pytest.raises(DatabaseUnavailable):
            self.world.submit("PAGE", "PAGE")

    def work(self) -> None:
        self.world.receive()
        worker = self.world.worker
        verbs = (worker.fetch_once, worker.process_one, worker.commit_once, worker.acknowledge_once, worker.work_one)
        for _ in range(self.random.randrange(6)):
            self.random.choice(verbs)()
        worker.beat_once()

    def fail(self) -> None:
        code = self.random.choice([ItemErrorCode.IMAGE_CORRUPT, ItemErrorCode.OCR_TIMEOUT])
        self.world.engine.after("recognise", EngineFailure(code))
        self.world.queue.before("send", QueueUnavailable("away"))

    def on_a_job(self, verb: Callable[[Any], object]) -> None:
        if self.world.database.jobs:
            try:
                verb(self.random.choice(sorted(self.world.database.jobs)))
            except (Refusal, QueueUnavailable):
                return

    def keep_up(self) -> None:
        self.world.service.upkeep_once()
        self.world.service.report(worker_id=an_id(1), kind="w", host="h", slots=1, seconds_per_page=None)

    def examined(self) -> OcrService:
        """Return the service as an examination has it: whatever it asks, something happens before the answer."""
        context = self.world.context
        ports = {name: _Meddled(getattr(context, name), self) for name in _ASKED}
        return OcrService(_with(context, ports))


class _Meddled:
    """A port before whose every answer, and after it, something else happens."""

    def __init__(self, port: object, busy: Busy) -> None:
        self._port = port
        self._busy = busy

    def __getattr__(self, verb: str) -> Any:  # noqa: ANN401 - whatever the adapter has
        call = getattr(self._port, verb)
        if not callable(call):
            return call

        @wraps(call)
        def meddled(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            self._busy.step()
            answer = call(*args, **kwargs)
            self._busy.step()
            self._busy.calls += 1
            return answer

        return meddled


def _with(context: Context, ports: dict[str, Any]) -> Context:
    assert set(ports) < {field.name for field in fields(context)}
    return replace(context, **ports)


@pytest.mark.parametrize("seed", range(60))
def test_whatever_happens_meanwhile_is_no_finding(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for size in ("row_scan._ITEMS", "row_scan._JOBS", "documents._KEYS"):
        monkeypatch.setattr(f"ocrcore.application.doctor.{size}", 1 + seed % 5)
    busy = Busy(seed)
    for _ in range(40):
        busy.step()
    busy.keep_up()
    examined = busy.examined()
    for _ in range(2):
        found = [finding for finding in examined.examine(every_timeline=True) if finding.is_left]
        assert found == []
    assert busy.calls > 50


def test_these_meddlers_would_notice_an_examination_that_looks_once() -> None:
    """The first look alone, without the second, is full of false alarms."""
    hasty = 0
    for seed in range(60):
        busy = Busy(seed)
        for _ in range(40):
            busy.step()
        row_scan = busy.examined()._context.row_scan
        listed = set(busy.world.context.documents.keys("jobs/", 1000))
        for entry in row_scan.items(BEGINNING, 1000):
            hasty += entry.s3_key not in listed
    assert hasty
