"""``?wait=``: answers that are held by nothing but a sleeping coroutine."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from integration.http.site import Site
from worlds import uploads


def get(site: Site, path: str) -> tuple[httpx.Response, float]:
    begun = time.monotonic()
    answer = httpx.get(f"http://127.0.0.1:{site.port}{path}", timeout=30)
    return answer, time.monotonic() - begun


def test_a_wait_ends_when_the_job_is_finished(site: Site) -> None:
    job = site.service.submit(uploads("A"))
    later = threading.Timer(0.5, site.world.process_all)
    later.start()
    answer, seconds = get(site, f"/api/v1/jobs/{job.id}?wait=20s")
    later.join()
    assert answer.json()["status"] == "DONE"
    assert 0.4 < seconds < 3


def test_a_wait_for_a_finished_job_is_no_wait(site: Site) -> None:
    job = site.service.submit(uploads("A"))
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
    job = site.service.submit(uploads("A"))
    with ThreadPoolExecutor(waiters) as pool:
        held = [pool.submit(get, site, f"/api/v1/jobs/{job.id}?wait=3s") for _ in range(waiters)]
        time.sleep(1)
        others = sorted(get(site, "/api/v1/jobs?limit=1")[1] for _ in range(20))
        assert not any(one.done() for one in held)
        answers = [one.result()[0].json()["status"] for one in held]
    assert answers == ["PENDING"] * waiters
    assert others[len(others) // 2] < 0.1
