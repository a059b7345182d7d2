"""Searches: what a hit shows, pages of hits, and queries that are refused."""

from typing import Any

import pytest

from integration.http.site import Site, problem
from integration.http.test_lists import pages
from integration.http.test_schema import compare


def hits(site: Site, q: str, **query: str | int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.get("/search", q=q, **query).json()["hits"]
    return found


def test_a_hit_shows_the_page_and_where_the_words_stand(site: Site) -> None:
    job = site.submit("ALPHA BRAVO", name="Letters")
    assert hits(site, "bravo") == []
    site.world.process_all()
    (item,) = site.get(f"/jobs/{job['id']}/items").json()["items"]
    layout = site.get(f"/items/{item['id']}/result", format="json").json()
    (box,) = [word["bbox"] for line in layout["lines"] for word in line["words"] if word["text"] == "BRAVO"]
    assert site.get("/search", q="bravo").json() == {
        "hits": [
            {
                "job_id": job["id"],
                "job_name": "Letters",
                "item_id": item["id"],
                "filename": "0.png",
                "page": 1,
                "snippet": "ALPHA BRAVO",
                "boxes": [box],
            }
        ],
        "next_cursor": None,
    }


@pytest.mark.parametrize(
    ("q", "count"), [("grusse", 1), ("GRÜSSE", 1), ('"aus bonn"', 1), ('"bonn aus"', 0), ("bo*", 1), ("onn", 0)]
)
def test_words_phrases_and_beginnings_are_found(site: Site, q: str, count: int) -> None:
    site.submit("Grüße aus Bonn")
    site.world.process_all()
    assert len(hits(site, q)) == count


def test_hits_come_in_pages_the_last_finished_first(site: Site) -> None:
    for word in ("ONE", "TWO", "THREE"):
        site.submit(f"ALPHA {word}")
        site.world.process_all()
        site.world.tick(seconds=1)
    found = pages(site, "/search", "hits", q="alpha", limit=2)
    assert [[hit["snippet"] for hit in page] for page in found] == [["ALPHA THREE", "ALPHA TWO"], ["ALPHA ONE"]]


def test_a_deleted_job_is_found_no_more(site: Site) -> None:
    job = site.submit("ALPHA")
    site.world.process_all()
    site.client.delete(f"/api/v1/jobs/{job['id']}").raise_for_status()
    assert hits(site, "alpha") == []


@pytest.mark.parametrize("q", ["", " ", "?!", '"no end', "x" * 501, "*"])
def test_a_query_without_words_is_refused(site: Site, q: str) -> None:
    assert problem(site.get("/search", q=q), "invalid-page")["detail"].startswith("q ")


def test_a_search_needs_a_query(site: Site) -> None:
    problem(site.get("/search"), "invalid-page")


@pytest.mark.parametrize("limit", ["0", "51", "ten", ""])
def test_a_page_has_at_most_fifty_hits(site: Site, limit: str) -> None:
    detail = problem(site.get("/search", q="alpha", limit=limit), "invalid-page")["detail"]
    assert detail == "limit must be a number from 1 to 50."


@pytest.mark.parametrize("cursor", ["", "x", "é", "AAAA", "=" * 9, "A" * 5000, "OTk5OTk5OTk5OTk5OTk5OTk5OTk5"])
def test_a_cursor_that_no_search_returned_is_refused(site: Site, cursor: str) -> None:
    problem(site.get("/search", q="alpha", cursor=cursor), "invalid-page")


def test_another_parameter_is_refused(site: Site) -> None:
    problem(site.get("/search", q="alpha", query="alpha"), "invalid-option")


def test_an_answer_is_as_the_description_says(site: Site) -> None:
    site.submit("ALPHA")
    site.world.process_all()
    description = site.client.get("/schema/openapi.json").json()
    operation = description["paths"]["/api/v1/search"]["get"]
    answer = site.get("/search", q="alpha").json()
    schemas = description["components"]["schemas"]
    hit_schema = schemas["HitView"]
    compare(answer["hits"][0], hit_schema, schemas)
    assert set(answer) == set(schemas["HitList"]["required"])
    assert {parameter["name"] for parameter in operation["parameters"]} == {"q", "limit", "cursor", "owner"}
