"""Lists: invalid page sizes, cursors and filters are refused; the order, pages and filters of good ones."""

from typing import Any

import pytest

from integration.http.site import Site, problem

LISTS = ["/jobs", "/jobs/{job}/items", "/jobs/{job}/timeline"]


def pages(site: Site, path: str, key: str, **query: str | int) -> list[list[dict[str, Any]]]:
    """Return every page of a list."""
    found: list[list[dict[str, Any]]] = []
    cursor = None
    while cursor or not found:
        answer = site.get(path, **query, **({"cursor": cursor} if cursor else {})).json()
        found.append(answer[key])
        cursor = answer["next_cursor"]
    return found


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("limit", ["0", "-1", "201", "1000000000", "9" * 400, "ten", "1.5", ""])
def test_a_page_size_that_is_out_of_range_is_refused(site: Site, path: str, limit: str) -> None:
    job = site.submit()
    problem(site.get(path.format(job=job["id"]), limit=limit), "invalid-page")


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "cursor", ["", "x", "é", "AAAA", "LTE", "OTk5OTk5OTk5OTk5OTk5", "MjAyNi0xMy0wMVQwMDowMDowMFp8", "=" * 9, "A" * 5000]
)
def test_a_cursor_that_no_list_returned_is_refused(site: Site, path: str, cursor: str) -> None:
    job = site.submit()
    problem(site.get(path.format(job=job["id"]), cursor=cursor), "invalid-page")


@pytest.mark.parametrize("path", LISTS[:2])
@pytest.mark.parametrize("status", ["done", "FAILED", "", "DONE,ERROR"])
def test_an_unknown_status_is_refused(site: Site, path: str, status: str) -> None:
    job = site.submit()
    problem(site.get(path.format(job=job["id"]), status=status), "invalid-page")


def test_a_status_of_jobs_only_is_refused_for_items(site: Site) -> None:
    job = site.submit()
    problem(site.get(f"/jobs/{job['id']}/items", status="EXPIRED"), "invalid-page")


@pytest.mark.parametrize("name", ["created_after", "created_before"])
@pytest.mark.parametrize("instant", ["", "yesterday", "2026-13-01T00:00:00Z", "2026-01-01", "1767225600", "9" * 40])
def test_an_invalid_instant_is_refused(site: Site, name: str, instant: str) -> None:
    assert name in problem(site.get("/jobs", **{name: instant}), "invalid-page")["detail"]


def test_jobs_come_newest_first_and_none_twice(site: Site) -> None:
    made = []
    for _ in range(5):
        made.append(site.submit()["id"])
        site.world.tick(seconds=1)
    found = pages(site, "/jobs", "jobs", limit=2)
    assert [[job["id"] for job in page] for page in found] == [made[:2:-1], made[2:0:-1], made[:1]]


def test_jobs_of_one_instant_are_all_listed(site: Site) -> None:
    made = {site.submit()["id"] for _ in range(5)}
    found = [job["id"] for page in pages(site, "/jobs", "jobs", limit=2) for job in page]
    assert (len(found), set(found)) == (5, made)


def test_a_job_that_comes_between_two_pages_shifts_nothing(site: Site) -> None:
    made = [site.submit()["id"] for _ in range(3)]
    first = site.get("/jobs", limit=2).json()
    site.submit()
    second = site.get("/jobs", limit=2, cursor=first["next_cursor"]).json()
    assert {job["id"] for job in first["jobs"] + second["jobs"]} == set(made)


def test_items_come_in_the_order_of_upload(site: Site) -> None:
    job = site.submit("A", "B", "C", "D", "E")
    found = pages(site, f"/jobs/{job['id']}/items", "items", limit=2)
    assert [[item["filename"] for item in page] for page in found] == [
        ["0.png", "1.png"],
        ["2.png", "3.png"],
        ["4.png"],
    ]


def test_a_page_that_is_just_full_is_the_last(site: Site) -> None:
    job = site.submit("A", "B")
    assert site.get(f"/jobs/{job['id']}/items", limit=2).json()["next_cursor"] is None


def test_jobs_are_filtered_by_status(site: Site) -> None:
    done = site.submit("GOOD")
    site.world.process_all()
    waits = site.submit("LATER")
    assert [job["id"] for job in site.get("/jobs", status="DONE").json()["jobs"]] == [done["id"]]
    assert [job["id"] for job in site.get("/jobs", status="PENDING").json()["jobs"]] == [waits["id"]]


@pytest.mark.parametrize(("prefix", "count"), [("Letter", 2), ("Letter 1", 1), ("etter", 0), ("%", 0), ("", 3)])
def test_jobs_are_filtered_by_the_beginning_of_their_name(site: Site, prefix: str, count: int) -> None:
    for name in ("Letter 1", "Letter 2", "Bill"):
        site.submit(name=name)
    assert len(site.get("/jobs", name=prefix).json()["jobs"]) == count


def test_jobs_are_filtered_by_when_they_were_made(site: Site) -> None:
    first = site.submit()
    site.world.tick(seconds=10)
    second = site.submit()
    between = "2026-01-02T03:04:10Z"
    assert [job["id"] for job in site.get("/jobs", created_after=between).json()["jobs"]] == [second["id"]]
    assert [job["id"] for job in site.get("/jobs", created_before=between).json()["jobs"]] == [first["id"]]


def test_items_are_filtered_by_status(site: Site) -> None:
    job = site.submit("A", "B")
    site.world.process_all()
    path = f"/jobs/{job['id']}/items"
    assert len(site.get(path, status="DONE").json()["items"]) == 2
    assert site.get(path, status="ERROR").json() == {"items": [], "next_cursor": None}
