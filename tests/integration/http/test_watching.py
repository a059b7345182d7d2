"""What operators watch: metrics, figures, and lines of the log that belong together."""

import logging
from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from integration.http.conftest import Server, running
from integration.http.site import Site
from ocrcore import LOCAL_OWNER
from ocrcore.testing.patience import FOREVER
from worlds import picture, uploads


@pytest.fixture
def server() -> Iterator[Server]:
    """An application for each test, since it counts, and keeps what it counted for a while."""
    with running() as server:
        yield server


def metrics(site: Site) -> dict[tuple[str, ...], float]:
    text = site.client.get("/metrics").text
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_count_jobs_and_items_by_status(site: Site) -> None:
    site.service.of(LOCAL_OWNER).submit(uploads("A", "B"))
    site.world.process_all()
    site.service.of(LOCAL_OWNER).submit(uploads("C"))
    site.world.tick(seconds=7)
    values = metrics(site)
    assert (values["ocr_jobs", "DONE"], values["ocr_jobs", "PENDING"], values["ocr_jobs", "EXPIRED"]) == (1, 1, 0)
    assert (values["ocr_items", "DONE"], values["ocr_items", "PENDING"], values["ocr_items", "ERROR"]) == (2, 1, 0)
    assert (values["ocr_queue_depth",], values["ocr_queue_age_seconds",]) == (1, 7)


def test_metrics_know_the_fleet(site: Site) -> None:
    site.service.report(worker_id=UUID(int=1), kind="worker", host="h", slots=2, seconds_per_page=0.5)
    values = metrics(site)
    assert (values["ocr_workers",], values["ocr_slots",], values["ocr_pages_per_minute",]) == (1, 2, 240)


def test_requests_are_counted_by_route_and_not_by_address(site: Site) -> None:
    for number in range(3):
        site.client.get(f"/api/v1/jobs/{UUID(int=number)}")
        site.client.get(f"/nowhere/{number}")
    values = metrics(site)
    assert values["ocr_http_request_seconds_count", "/api/v1/jobs/{job_id}", "404", "GET"] == 3
    assert values["ocr_http_request_seconds_count", "404", "any", "unmatched"] == 3


def test_figures_say_what_is_open_and_who_is_at_it(site: Site) -> None:
    site.service.report(worker_id=UUID(int=1), kind="worker", host="h", slots=2, seconds_per_page=0.5)
    site.service.of(LOCAL_OWNER).submit(uploads("A", "B"))
    stats = site.client.get("/api/v1/stats").json()
    assert stats["queue"] == {"pending": 2, "processing": 0}
    assert (stats["slots"], stats["pages_per_minute"], stats["backlog_minutes"]) == (2, 240.0, 0.0)
    assert [worker["kind"] for worker in stats["workers"]] == ["worker"]


def test_a_job_says_why_it_does_not_move_wherever_it_is_shown(site: Site) -> None:
    answer = site.client.post("/api/v1/jobs", files=[("files", ("a.png", picture()))]).json()
    listed = site.client.get("/api/v1/jobs").json()["jobs"][0]
    assert answer["blocked_by"] == listed["blocked_by"]
    assert answer["blocked_by"].startswith("No worker has been running yet")
    site.world.process_all()
    assert site.client.get(f"/api/v1/jobs/{answer['id']}").json()["blocked_by"] is None


def test_the_lines_of_a_job_carry_the_id_of_its_request(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        address, files = f"http://127.0.0.1:{site.port}/api/v1/jobs", [("files", ("a.png", picture()))]
        answer = httpx.post(address, files=files, timeout=FOREVER)
        site.world.process_all()
    (ended,) = [record for record in caplog.records if record.message == "attempt ended"]
    assert ended.__dict__["request_id"] == answer.headers["x-request-id"]
    assert ended.__dict__["job_id"] == answer.json()["id"]


def test_health_and_metrics_leave_no_lines(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        for path in ("/health/live", "/health/ready", "/metrics"):
            assert site.client.get(path).is_success
    assert not [record for record in caplog.records if record.name.startswith("entrypoints")]
