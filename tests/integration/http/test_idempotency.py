"""Submissions with an idempotency key, which a client may repeat after a lost response."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from integration.http.site import JOBS, NOTHING, Site, form, part, problem
from ocrcore.testing.patience import FOREVER
from worlds import picture


def submit(site: Site, key: str, *, text: str = "A", name: str | None = None) -> httpx.Response:
    return httpx.post(
        f"http://127.0.0.1:{site.port}/api/v1/jobs",
        files=[("files", ("a.png", picture(text)))],
        data={} if name is None else {"name": name},
        headers={"Idempotency-Key": key},
        timeout=FOREVER,
    )


def test_the_same_key_and_body_return_the_same_job(site: Site) -> None:
    first, second = submit(site, "k"), submit(site, "k")
    assert (first.status_code, second.status_code) == (202, 202)
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert second.json()["id"] == first.json()["id"]
    assert second.headers["location"] == first.headers["location"]


def test_concurrent_submissions_with_one_key_make_one_job(site: Site) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: submit(site, "k"), range(16)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert len(site.world.database.jobs) == 1
    assert len(site.world.context.documents.keys("", 10)) == 1


def test_the_same_key_for_another_body_is_refused_without_a_trace(site: Site) -> None:
    submit(site, "k")
    problem(submit(site, "k", text="B"), "idempotency-mismatch")
    problem(submit(site, "k", name="other"), "idempotency-mismatch")
    assert len(site.world.database.jobs) == 1


def test_a_repeat_for_a_deleted_job_is_told_so_and_makes_none(site: Site) -> None:
    job_id = submit(site, "k").json()["id"]
    assert site.client.delete(f"{JOBS}/{job_id}").status_code == 204
    answer = problem(submit(site, "k"), "job-gone")
    assert answer["status"] == 409
    assert "use a new key" in answer["detail"]
    problem(submit(site, "k", text="B"), "idempotency-mismatch")
    assert len(site.world.database.jobs) == 0


def test_a_key_that_no_header_should_hold_is_an_invalid_option(site: Site) -> None:
    problem(submit(site, "two words"), "invalid-option")
    problem(submit(site, "k" * 256), "invalid-option")


def test_two_keys_are_refused(site: Site) -> None:
    headers = [
        ("content-type", "multipart/form-data; boundary=edge"),
        ("idempotency-key", "a"),
        ("Idempotency-Key", "b"),
    ]
    answer = site.client.post(JOBS, content=form(part(picture())), headers=headers)
    assert "send one" in problem(answer, "invalid-option")["detail"]
    assert site.stored == NOTHING
