"""Corrections and reviews: the bodies that are refused, the answers, and the list by confidence."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from integration.http.site import Site, problem
from integration.http.test_lists import pages

TEXTS = ("HELO WROLD", "SECOND PAGE", "THIRD")


def read(site: Site, *texts: str) -> list[dict[str, Any]]:
    """Return the items of a job that is read."""
    job = site.submit(*(texts or TEXTS[:1]))
    site.world.process_all()
    items: list[dict[str, Any]] = site.get(f"/jobs/{job['id']}/items").json()["items"]
    return items


def patch(site: Site, item: dict[str, Any], body: object, **headers: str) -> httpx.Response:
    address = f"/api/v1/items/{item['id']}/text"
    if isinstance(body, bytes):
        return site.client.patch(address, content=body, headers={"content-type": "application/json", **headers})
    return site.client.patch(address, json=body)


def edits(revision: int, *places: tuple[int, int | None, str]) -> dict[str, Any]:
    return {
        "revision": revision,
        "corrections": [{"line": line, "word": word, "text": text} for line, word, text in places],
    }


def test_a_correction_is_answered_with_the_item_and_shown_wherever_its_text_is(site: Site) -> None:
    (item,) = read(site)
    assert (item["revision"], item["ocr_text"]) == (0, "HELO WROLD")
    answer = patch(site, item, edits(0, (0, 0, "HELLO")))
    assert answer.status_code == 200
    assert answer.json() == {**item, "ocr_text": "HELLO WROLD", "revision": 1}
    job = f"/jobs/{item['job_id']}"
    for as_, text in (("corrected", "HELLO WROLD"), ("recognised", "HELO WROLD")):
        asked = {"as": as_}
        assert site.get(f"/items/{item['id']}", **asked).json() == {**answer.json(), "ocr_text": text}
        assert site.get(f"{job}/items", **asked).json()["items"][0]["ocr_text"] == text
        for path in (f"/items/{item['id']}/result", f"{job}/result"):
            assert site.get(path, **asked).text == text
            assert f'"text": "{text}"' in site.get(path, format="json", **asked).text
    assert site.get(f"/items/{item['id']}").json()["ocr_text"] == "HELLO WROLD"
    assert site.get(f"/items/{item['id']}/result").text == "HELLO WROLD"
    assert [hit["snippet"] for hit in site.get("/search", q="hello").json()["hits"]] == ["HELLO WROLD"]
    assert site.get("/search", q="helo").json()["hits"] == []


def test_the_corrections_of_a_page_are_listed_with_what_was_recognised(site: Site) -> None:
    (item,) = read(site)
    assert site.get(f"/items/{item['id']}/corrections").json() == {"revision": 0, "corrections": []}
    patch(site, item, edits(0, (0, 1, "WORLD")))
    patch(site, item, edits(1, (0, 0, "")))
    told = site.get(f"/items/{item['id']}/corrections").json()
    rows = told["corrections"]
    assert (told["revision"], [(row["line"], row["word"], row["was"], row["text"]) for row in rows]) == (
        2,
        [(0, 0, "HELO", ""), (0, 1, "WROLD", "WORLD")],
    )
    assert [(row["revision"], row["actor"]) for row in rows] == [(2, "local"), (1, "local")]
    (waiting,) = site.get(f"/jobs/{site.submit('LATER')['id']}/items").json()["items"]
    problem(site.get(f"/items/{waiting['id']}/corrections"), "not-done")


def test_a_form_of_more_fields_than_a_page_has_lines_is_too_large(site: Site) -> None:
    (item,) = read(site)
    kind = {"content-type": "application/x-www-form-urlencoded"}
    for path in ("text", "review"):
        answer = site.client.post(f"/items/{item['id']}/{path}", content=b"a&" * 30_000, headers=kind)
        problem(answer, "body-too-large")
    fields = b"revision=0&line-0=HELLO+WROLD&was-0=HELO+WROLD" + b"&a" * 10_000
    answer = site.client.post(f"/items/{item['id']}/text", content=fields, headers=kind)
    assert (answer.status_code, site.get(f"/items/{item['id']}").json()["ocr_text"]) == (303, "HELLO WROLD")


def test_a_word_may_be_left_out_for_the_whole_line(site: Site) -> None:
    (item,) = read(site)
    body = {"revision": 0, "corrections": [{"line": 0, "text": "Hello, world!"}]}
    assert patch(site, item, body).json()["ocr_text"] == "Hello, world!"


def test_a_repeat_is_answered_as_the_first(site: Site) -> None:
    (item,) = read(site)
    first, second = (patch(site, item, edits(0, (0, 0, "HELLO"))) for _ in range(2))
    assert (second.status_code, second.json()) == (200, first.json())


def test_a_stale_correction_is_a_conflict_that_tells_what_is_there(site: Site) -> None:
    (item,) = read(site)
    patch(site, item, edits(0, (0, 0, "HELLO")))
    fields = problem(patch(site, item, edits(0, (0, 0, "HALLO"), (0, None, "x"))), "edit-conflict")
    assert fields["revision"] == 1
    assert fields["corrections"] == [
        {"line": 0, "word": 0, "text": "HELLO"},
        {"line": 0, "word": None, "text": "HELLO WROLD"},
    ]


def test_only_a_page_that_is_done_is_corrected_or_marked(site: Site) -> None:
    job = site.submit("HELO")
    (item,) = site.get(f"/jobs/{job['id']}/items").json()["items"]
    problem(patch(site, item, edits(0, (0, 0, "HELLO"))), "not-done")
    for method in ("PUT", "DELETE"):
        problem(site.client.request(method, f"/api/v1/items/{item['id']}/review"), "not-done")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (edits(0, (1, 0, "x")), "corrections[0].line"),
        (edits(0, (0, 0, "x"), (0, 2, "x")), "corrections[1].word"),
        (edits(0, (-1, None, "x")), "corrections[0].line"),
        (edits(0, (0, 0, "x" * 2001)), "corrections[0].text"),
        (edits(0), "corrections"),
        (edits(0, (0, 0, "x"), (0, 0, "y")), "corrections[1]"),
        ({"revision": 0}, "The body"),
        ({"corrections": []}, "The body"),
        ({**edits(0, (0, 0, "x")), "more": 1}, "The body"),
        ({"revision": 0, "corrections": [{"line": 0.5, "word": 0, "text": "x"}]}, "The body"),
        ({"revision": 0, "corrections": [{"line": True, "word": 0, "text": "x"}]}, "The body"),
        ({"revision": 0, "corrections": [{"line": 0, "word": 0, "text": None}]}, "The body"),
        ({"revision": 0, "corrections": [{"line": 0, "word": 0, "text": "x", "bbox": []}]}, "The body"),
        ([], "The body"),
        (b"[" * 5000 + b"]" * 5000, "The body"),
    ],
)
def test_a_correction_that_makes_no_sense_is_refused_and_named(site: Site, body: object, named: str) -> None:
    (item,) = read(site)
    assert problem(patch(site, item, body), "invalid-option")["detail"].startswith(named)
    assert site.get(f"/items/{item['id']}").json() == item


@pytest.mark.parametrize("body", [b"{", b"\xff", b"text=x", b'{"revision": 0, "corrections": [{"text": "\\ud800"}]}'])
def test_a_correction_that_is_no_json_is_malformed(site: Site, body: bytes) -> None:
    (item,) = read(site)
    problem(patch(site, item, body), "malformed-request")


def test_a_correction_of_another_type_or_too_long_is_refused(site: Site) -> None:
    (item,) = read(site)
    address = f"/api/v1/items/{item['id']}/text"
    problem(site.client.patch(address, data={"text": "x"}), "unsupported-media-type")
    problem(patch(site, item, b" " * 1_048_577), "body-too-large")


def test_a_page_is_marked_as_looked_at_and_not(site: Site) -> None:
    (item,) = read(site)
    address = f"/api/v1/items/{item['id']}/review"
    first = site.client.put(address)
    assert first.status_code == 200
    assert first.json() == {**item, "reviewed_at": first.json()["reviewed_at"], "reviewed_by": "local"}
    site.world.tick(seconds=5)
    assert site.client.put(address).json() == first.json()
    for _ in range(2):
        assert site.client.delete(address).status_code == 204
    assert site.get(f"/items/{item['id']}").json() == item


def test_a_page_that_was_corrected_since_it_was_looked_at_is_not_marked(site: Site) -> None:
    (item,) = read(site)
    address = f"/api/v1/items/{item['id']}/review"
    patch(site, item, edits(0, (0, 0, "other")))
    answer = site.client.put(address, params={"revision": "0"})
    problem(answer, "edit-conflict")
    assert answer.json()["revision"] == 1
    assert site.get(f"/items/{item['id']}").json()["reviewed_at"] is None
    assert site.client.put(address, params={"revision": "1"}).json()["reviewed_at"] is not None


@pytest.mark.parametrize("revision", ["-1", "x", ""])
def test_a_revision_that_is_no_number_is_refused(site: Site, revision: str) -> None:
    (item,) = read(site)
    problem(site.client.put(f"/api/v1/items/{item['id']}/review", params={"revision": revision}), "invalid-option")


def test_pages_of_all_jobs_are_listed_by_confidence(site: Site) -> None:
    items = [item for text in TEXTS for item in read(site, text)]
    confidences = dict(zip((item["id"] for item in items), (50.0, None, 12.5), strict=True))
    for item_id, row in list(site.world.database.items.items()):
        site.world.database.items[item_id] = replace(row, confidence=confidences[str(item_id)])
    expected = [items[place]["id"] for place in (2, 0, 1)]
    for limit in (1, 2, 200):
        found = pages(site, "/items", "items", order="confidence", limit=limit)
        assert [item["id"] for page in found for item in page] == expected
    site.client.put(f"/api/v1/items/{expected[0]}/review")
    assert [item["id"] for item in site.get("/items", reviewed=0).json()["items"]] == expected[1:]
    assert [item["id"] for item in site.get("/items", reviewed=1).json()["items"]] == expected[:1]


@pytest.mark.parametrize("limit", ["0", "201", "ten"])
def test_a_page_size_of_the_list_that_is_out_of_range_is_refused(site: Site, limit: str) -> None:
    problem(site.get("/items", limit=limit), "invalid-page")


@pytest.mark.parametrize(
    "cursor", ["", "x", "é", "AAAA", "fA", "bmFufDAwMDAwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMA"]
)
def test_a_cursor_that_the_list_did_not_return_is_refused(site: Site, cursor: str) -> None:
    problem(site.get("/items", cursor=cursor), "invalid-page")


@pytest.mark.parametrize("query", [{"order": "name"}, {"reviewed": "no"}, {"as": "spoken"}])
def test_other_orders_marks_and_readings_are_refused(site: Site, query: dict[str, str]) -> None:
    (item,) = read(site)
    path = f"/items/{item['id']}" if "as" in query else "/items"
    (name,) = query
    assert problem(site.get(path, **query), "invalid-option")["detail"].startswith(name)


def test_what_takes_no_reading_says_which_parameters_there_are(site: Site) -> None:
    detail = problem(site.get("/items", **{"as": "recognised"}), "invalid-option")["detail"]
    assert detail == "There is no query parameter 'as' here; there are: cursor, limit, order, owner, reviewed."
    (item,) = read(site)
    assert problem(site.get(f"/items/{item['id']}", x="1"), "invalid-option")["detail"].endswith(
        "there are: as, owner."
    )
