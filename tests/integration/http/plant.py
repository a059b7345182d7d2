"""The embedded service with the real engine, over HTTP, on a clock that only moves when told to."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from dependency_injector import providers

from adapters.memory.clock import MemoryClock
from entrypoints.backends import parts
from entrypoints.container import Container
from entrypoints.http.app import create_app
from entrypoints.settings import Settings
from integration.http.site import listening
from ocrcore import OcrService, Step, Worker
from ocrcore.application.context import Context
from ocrcore.ports.engine import Engine
from ocrcore.testing.patience import FOREVER
from worlds import START

#: Longer than any delay between two attempts.
_LATER: Final = timedelta(minutes=6)


@dataclass
class Plant:
    """A service, a worker that is taken step by step, and an address."""

    service: OcrService
    context: Context
    worker: Worker
    clock: MemoryClock
    client: httpx.Client
    documents: Path

    def submit(self, *files: bytes) -> str:
        """Return the id of a new job."""
        parts = [("files", (f"{number}.png", content)) for number, content in enumerate(files)]
        answer = self.client.post("/api/v1/jobs", files=parts)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def work(self) -> None:
        """Take every step that can be taken now."""
        while self.worker.receive_once(timedelta()) is Step.DONE or self.worker.has_waiting:
            assert self.worker.work_one() is not Step.BLOCKED

    def finish(self, job_id: str) -> list[dict[str, Any]]:
        """Return the items of a job when nothing of it is open any more, however often it is tried."""
        for _ in range(5):
            self.work()
            if self.job(job_id)["finished_at"]:
                break
            self.clock.advance(_LATER)
        else:
            raise AssertionError(self.job(job_id))
        return self.items(job_id)

    def read(self, *files: bytes) -> list[dict[str, Any]]:
        """Return the items of a new job when it is finished."""
        return self.finish(self.submit(*files))

    def job(self, job_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"/api/v1/jobs/{job_id}").json()
        return found

    def items(self, job_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.get(f"/api/v1/jobs/{job_id}/items?limit=200").json()["items"]
        return found

    def file(self, item: dict[str, Any]) -> Path:
        """Return the file in which the store keeps the bytes of an item."""
        (found,) = self.documents.rglob(Path(item["s3_key"]).name)
        return found

    @property
    def messages(self) -> int:
        """How many messages there are, hidden ones included: all of them come to light an hour later."""
        self.clock.advance(timedelta(hours=1))
        return len(self.context.queue.receive(10, wait=timedelta()))


@contextlib.contextmanager
def planted(data: Path, settings: Settings, engine: Engine | None = None) -> Iterator[Plant]:
    """Yield the service on a data folder; with an engine of one's own in place of the settings'."""
    clock = MemoryClock(START)
    container = Container(settings=settings, slots=1, kind="local")
    if engine is not None:
        container.engine.override(providers.Object(engine))
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(parts, "SystemClock", lambda: clock)
            container.init_resources()
        service = container.service()
        with (
            listening(create_app(service, settings)) as port,
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=FOREVER) as client,
        ):
            yield Plant(service, container.context(), service.worker(), clock, client, data / "documents")
    finally:
        container.shutdown_resources()


def codes(items: Sequence[dict[str, Any]]) -> list[str | None]:
    return [item["error_code"] for item in items]
