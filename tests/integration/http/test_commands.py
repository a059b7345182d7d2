"""Results and commands of a job: which are accepted in which state, and what they return."""

from integration.http.site import NOTHING, Site, part, problem
from worlds import picture

FILE = part(picture())


def finished(site: Site, *texts: str) -> str:
    job_id: str = site.submit(*texts)["id"]
    site.world.process_all()
    return job_id


def failed(site: Site) -> str:
    job_id: str = site.send(part(b"PICTURE!image-corrupt")).json()["id"]
    site.world.process_all()
    return job_id


def test_a_result_is_refused_until_the_job_is_finished(site: Site) -> None:
    job = site.submit()
    (item,) = site.get(f"/jobs/{job['id']}/items").json()["items"]
    for path in (f"/jobs/{job['id']}/result", f"/items/{item['id']}/result"):
        for form in ("txt", "json"):
            answer = site.get(path, format=form)
            problem(answer, "not-finished")
            assert int(answer.headers["retry-after"]) > 0


def test_a_result_without_a_good_page_is_refused(site: Site) -> None:
    job_id = failed(site)
    (item,) = site.get(f"/jobs/{job_id}/items").json()["items"]
    for path in (f"/jobs/{job_id}/result", f"/items/{item['id']}/result"):
        for form in ("txt", "json"):
            answer = site.get(path, format=form)
            problem(answer, "no-text")
            assert "retry-after" not in answer.headers


def test_a_job_with_one_good_page_returns_that_page(site: Site) -> None:
    job = site.send(FILE, part(b"PICTURE!image-corrupt")).json()
    site.world.process_all()
    assert site.get(f"/jobs/{job['id']}").json()["status"] == "ERROR"
    assert site.get(f"/jobs/{job['id']}/result").text == "HELLO"
    assert [item["text"] for item in site.get(f"/jobs/{job['id']}/result", format="json").json()["items"]] == ["HELLO"]


def test_a_job_that_is_deleted_while_it_is_read_leaves_nothing(site: Site) -> None:
    job = site.submit()
    (item,) = site.get(f"/jobs/{job['id']}/items").json()["items"]
    site.world.receive()
    assert site.client.delete(f"/api/v1/jobs/{job['id']}").status_code == 204
    site.world.process_all()
    problem(site.get(f"/jobs/{job['id']}"), "job-not-found")
    problem(site.get(f"/items/{item['id']}"), "item-not-found")
    assert site.stored == NOTHING


def test_deleting_a_job_again_succeeds(site: Site) -> None:
    path = f"/api/v1/jobs/{finished(site)}"
    assert [site.client.delete(path).status_code for _ in range(3)] == [204, 204, 204]
    assert site.client.delete(path).content == b""


def test_a_finished_job_is_not_cancelled(site: Site) -> None:
    for job_id in (finished(site), failed(site)):
        problem(site.client.post(f"/api/v1/jobs/{job_id}/cancel"), "job-finished")


def test_an_open_job_is_not_retried(site: Site) -> None:
    problem(site.client.post(f"/api/v1/jobs/{site.submit()['id']}/retry"), "job-open")


def test_a_job_without_errors_is_not_retried(site: Site) -> None:
    problem(site.client.post(f"/api/v1/jobs/{finished(site)}/retry"), "job-finished")


def test_an_expired_job_keeps_its_finished_pages(site: Site) -> None:
    job_id = site.submit("READ", "NOT READ", expires_in="1h")["id"]
    site.world.receive()
    site.world.worker.work_one()
    site.world.tick(hours=1)
    job = site.get(f"/jobs/{job_id}").json()
    assert (job["status"], job["items"]["done"], job["items"]["expired"]) == ("EXPIRED", 1, 1)
    assert site.get(f"/jobs/{job_id}/result").text == "READ"


def test_a_submission_returns_the_location_of_its_job(site: Site) -> None:
    answer = site.send(FILE)
    assert site.client.get(answer.headers["location"]).json() == answer.json()


def test_cancelling_ends_an_open_job(site: Site) -> None:
    answer = site.client.post(f"/api/v1/jobs/{site.submit()['id']}/cancel")
    assert (answer.status_code, answer.json()["status"], answer.json()["items"]["error"]) == (200, "ERROR", 1)


def test_retrying_queues_a_failed_job_again(site: Site) -> None:
    answer = site.client.post(f"/api/v1/jobs/{failed(site)}/retry")
    assert (answer.status_code, answer.json()["status"]) == (202, "PENDING")


def test_renaming_changes_the_name_and_cleans_it(site: Site) -> None:
    path = f"/api/v1/jobs/{site.submit()['id']}"
    assert site.client.patch(path, json={"name": "New\r\n\u202e name"}).json()["name"] == "New name"
    assert site.client.get(path).json()["name"] == "New name"


def test_a_name_of_nothing_is_refused(site: Site) -> None:
    path = f"/api/v1/jobs/{site.submit()['id']}"
    for name in ("", "  ", "\r\n"):
        problem(site.client.patch(path, json={"name": name}), "invalid-option")


def test_the_text_of_a_job_has_a_form_feed_between_pages(site: Site) -> None:
    answer = site.get(f"/jobs/{finished(site, 'ONE', '', 'TWO')}/result")
    assert answer.text == "ONE\f\fTWO"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_the_layouts_of_a_job_come_with_the_job(site: Site) -> None:
    job_id = finished(site, "ONE", "TWO")
    result = site.get(f"/jobs/{job_id}/result", format="json").json()
    assert result["job"] == site.get(f"/jobs/{job_id}").json()
    assert [(item["page"], item["text"]) for item in result["items"]] == [(1, "ONE"), (1, "TWO")]


def test_a_page_has_a_text_and_a_layout(site: Site) -> None:
    (item,) = site.get(f"/jobs/{finished(site, 'ONE')}/items").json()["items"]
    layout = site.get(f"/items/{item['id']}/result", format="json").json()
    assert site.get(f"/items/{item['id']}/result").text == layout["text"] == item["ocr_text"] == "ONE"
    assert layout["item_id"] == item["id"]
    assert site.get(f"/items/{item['id']}").json() == item
