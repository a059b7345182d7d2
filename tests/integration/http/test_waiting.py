"""``?wait=``: answers that are held by nothing but a sleeping coroutine."""

import socket
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import httpx
import pytest

import pictures
from held_requests import held
from integration.http.site import JOBS, Site
from ocrcore import LOCAL_OWNER
from ocrcore.testing.patience import FOREVER, eventually, seconds_of, within
from serving import serving
from worlds import uploads


def test_a_wait_ends_when_the_job_is_finished(site: Site) -> None:
    job = site.service.of(LOCAL_OWNER).submit(uploads("A"))
    with held(f"http://127.0.0.1:{site.port}{JOBS}/{job.id}?wait=30s") as (answer,):
        assert not answer.done()
        with within(2):
            site.world.process_all()
            assert answer.result(FOREVER).json()["status"] == "DONE"


def test_a_wait_ends_with_its_client(site: Site) -> None:
    job = site.service.of(LOCAL_OWNER).submit(uploads("A"))
    with socket.create_connection(("127.0.0.1", site.port)) as connection:
        connection.sendall(f"GET {JOBS}/{job.id}?wait=30s HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
    assert eventually(lambda: 'status="499"' in site.client.get("/metrics").text)


def test_a_wait_for_a_finished_job_is_no_wait(site: Site) -> None:
    job = site.service.of(LOCAL_OWNER).submit(uploads("A"))
    site.world.process_all()
    with within(5):
        assert site.get(f"/jobs/{job.id}", wait="30s").json()["status"] == "DONE"


def test_a_wait_for_an_unknown_job_is_no_wait(site: Site) -> None:
    with within(5):
        assert site.get("/jobs/00000000-0000-0000-0000-000000000000", wait="30s").status_code == 404


@pytest.mark.parametrize("waiters", [40])
def test_many_who_wait_keep_nobody_else_waiting(site: Site, waiters: int) -> None:
    job = site.service.of(LOCAL_OWNER).submit(uploads("A"))

    def look() -> None:
        assert site.get("/jobs", limit=1).status_code == 200

    def usual() -> float:
        return median(seconds_of(look) for _ in range(20))

    alone = usual()
    with held(f"http://127.0.0.1:{site.port}{JOBS}/{job.id}?wait=30s", waiters) as answers:
        beside = usual()
        assert not any(answer.done() for answer in answers)
        site.world.process_all()  # nobody needs to wait for the end
        assert [answer.result(FOREVER).json()["status"] for answer in answers] == ["DONE"] * waiters
    assert beside < 20 * alone


def test_when_the_service_stops_waits_are_answered_with_the_job_as_it_is(tmp_path: Path) -> None:
    data, picture = tmp_path / "data", {"files": ("a.png", pictures.png("A"))}
    with ExitStack() as stack:
        with serving(data, "--slots", "0") as url:
            job = httpx.post(f"{url}{JOBS}", files=picture, timeout=FOREVER).json()
            waiting = stack.enter_context(held(f"{url}{JOBS}/{job['id']}?wait=30s", 20))
            assert not any(one.done() for one in waiting)
        answers = [one.result(FOREVER) for one in waiting]
    assert [(answer.status_code, answer.json()["status"]) for answer in answers] == [(200, "PENDING")] * 20
    log = data.with_suffix(".log").read_text()
    assert "Traceback" not in log
    assert "CancelledError" not in log
