"""``?wait=``: answers that are held by nothing but a sleeping coroutine."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

import pictures
from integration.http.site import Site
from ocrcore import LOCAL_OWNER
from serving import serving
from worlds import uploads


def get(site: Site, path: str) -> tuple[httpx.Response, float]:
    begun = time.monotonic()
    answer = httpx.get(f"http://127.0.0.1:{site.port}{path}", timeout=30)
    return answer, time.monotonic() - begun


def seconds_of(client: httpx.Client, address: str) -> float:
    begun = time.monotonic()
    assert client.get(address).status_code == 200
    return time.monotonic() - begun


def test_a_wait_ends_when_the_job_is_finished(site: Site) -> None:
    job = site.service.of(LOCAL_OWNER).submit(uploads("A"))
    later = threading.Timer(0.5, site.world.process_all)
    later.start()
    answer, seconds = get(site, f"/api/v1/jobs/{job.id}?wait=20s")
    later.join()
    assert answer.json()["status"] == "DONE"
    assert 0.4 < seconds < 3


def test_a_wait_for_a_finished_job_is_no_wait(site: Site) -> None:
    job = site.service.of(LOCAL_OWNER).submit(uploads("A"))
    site.world.process_all()
    answer, seconds = get(site, f"/api/v1/jobs/{job.id}?wait=20s")
    assert answer.json()["status"] == "DONE"
    assert seconds < 5


def test_a_wait_for_an_unknown_job_is_no_wait(site: Site) -> None:
    answer, seconds = get(site, "/api/v1/jobs/00000000-0000-0000-0000-000000000000?wait=20s")
    assert answer.status_code == 404
    assert seconds < 5


@pytest.mark.parametrize("waiters", [40])
def test_many_who_wait_keep_nobody_else_waiting(site: Site, waiters: int) -> None:
    job = site.service.of(LOCAL_OWNER).submit(uploads("A"))
    held_open = httpx.Limits(max_connections=waiters)
    address = f"http://127.0.0.1:{site.port}/api/v1/jobs"
    with httpx.Client(timeout=60, limits=held_open) as client, ThreadPoolExecutor(waiters) as pool:
        held = [pool.submit(client.get, f"{address}/{job.id}?wait=30s") for _ in range(waiters)]
        time.sleep(1)
        others = sorted(seconds_of(site.client, f"{address}?limit=1") for _ in range(20))
        assert not any(one.done() for one in held)
        site.world.process_all()  # nobody needs to wait for the end
        answers = [one.result().json()["status"] for one in held]
    assert answers == ["DONE"] * waiters
    assert others[len(others) // 2] < 0.1


def test_when_the_service_stops_waits_are_answered_with_the_job_as_it_is(tmp_path: Path) -> None:
    data, picture = tmp_path / "data", {"files": ("a.png", pictures.png("A"))}
    with ThreadPoolExecutor(20) as pool:
        with serving(data, "--slots", "0") as url:
            job = httpx.post(f"{url}/api/v1/jobs", files=picture, timeout=30).json()
            address = f"{url}/api/v1/jobs/{job['id']}?wait=30s"
            held = [pool.submit(httpx.get, address, timeout=40) for _ in range(20)]
            time.sleep(2)
            assert not any(one.done() for one in held)
        answers = [one.result(timeout=5) for one in held]
    assert [(answer.status_code, answer.json()["status"]) for answer in answers] == [(200, "PENDING")] * 20
    log = data.with_suffix(".log").read_text()
    assert "Traceback" not in log
    assert "CancelledError" not in log
