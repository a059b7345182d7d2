"""Corrections on the pages: in place, as forms, by two people at once; copying a part; the page of what to look at."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from browser.conftest import submit
from browser.reader import Reader, follow
from ocrcore.testing.patience import FOREVER
from pictures import draw, png, save


@pytest.fixture
def api(service: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{service}/api/v1", timeout=FOREVER) as client:
        yield client


@pytest.fixture
def item(service: str, api: httpx.Client) -> Iterator[str]:
    """The id of a page of its own, which reads HARBOUR LIGHTS."""
    job = submit(service, {"harbour.png": png("HARBOUR LIGHTS")})
    (found,) = api.get(f"/jobs/{job}/items").json()["items"]
    assert found["ocr_text"] == "HARBOUR LIGHTS"
    yield found["id"]
    api.delete(f"/jobs/{job}")


def text_of(api: httpx.Client, item: str) -> str:
    return str(api.get(f"/items/{item}").json()["ocr_text"])


def correct(api: httpx.Client, item: str, revision: int, word: int, text: str) -> None:
    body = {"revision": revision, "corrections": [{"line": 0, "word": word, "text": text}]}
    assert api.patch(f"/items/{item}/text", json=body).status_code == 200


def test_a_word_is_corrected_in_place_and_marked(page: Page, api: httpx.Client, item: str) -> None:
    page.goto(f"/items/{item}")
    page.locator(".word", has_text="HARBOUR").dblclick()
    entry = page.locator(".word-input")
    expect(entry).to_have_value("HARBOUR")
    entry.fill("Harbor")
    entry.press("Enter")
    expect(page.locator(".word.corrected")).to_have_text("Harbor")
    expect(page.locator(".word.corrected")).to_have_attribute(
        "title", re.compile("Was “HARBOUR”; corrected by local, 20")
    )
    expect(page.locator("#page text")).to_have_text(["Harbor", "LIGHTS"])
    expect(page.locator(".marks-note")).to_have_text("1 word was corrected")
    assert text_of(api, item) == "Harbor LIGHTS"
    page.locator(".word", has_text="LIGHTS").dblclick()
    entry.fill("lights")
    entry.press("Escape")
    expect(entry).to_have_count(0)
    expect(page).to_have_url(re.compile(f"/items/{item}"))
    assert text_of(api, item) == "Harbor LIGHTS"


def test_a_correction_is_found_and_lit_and_a_doubtful_word_is_told_apart(
    page: Page, api: httpx.Client, item: str
) -> None:
    correct(api, item, 0, 0, "Quarantine")
    page.goto("/?q=quarantine")
    follow(page.locator(".hit .place"))
    expect(page.locator(".word.found.corrected")).to_have_text("Quarantine")
    expect(page.locator(".w.found")).to_have_text("Quarantine")
    sure = page.locator(".word", has_text="LIGHTS")
    line = "node => getComputedStyle(node).textDecorationStyle"
    assert sure.evaluate(line) == "solid"
    sure.evaluate("node => node.classList.add('weak')")  # as of a word below 75
    assert sure.evaluate(line) == "wavy"


def test_the_word_that_is_chosen_is_corrected_by_a_key(page: Page, api: httpx.Client, item: str) -> None:
    page.goto(f"/items/{item}")
    page.locator(".word", has_text="LIGHTS").click()
    page.keyboard.press("c")
    page.keyboard.type("lamps at night")
    page.keyboard.press("Enter")
    expect(page.locator(".word.corrected")).to_have_count(3)
    assert text_of(api, item) == "HARBOUR lamps at night"


def test_both_texts_are_shown_where_somebody_else_was_first(
    reader: Reader, page: Page, api: httpx.Client, item: str
) -> None:
    reader.expected.add("409")
    page.goto(f"/items/{item}")
    page.locator(".word", has_text="HARBOUR").dblclick()
    correct(api, item, 0, 0, "HARBOR")
    page.locator(".word-input").fill("PORT")
    page.keyboard.press("Enter")
    expect(page.locator(".word-clash b")).to_have_text("HARBOR")
    expect(page.locator(".word-input")).to_have_value("PORT")
    page.get_by_role("button", name="Take mine").click()
    expect(page.locator(".word.corrected")).to_have_text("PORT")
    assert text_of(api, item) == "PORT LIGHTS"
    page.locator(".word", has_text="PORT").dblclick()
    correct(api, item, 2, 0, "HAVEN")
    page.locator(".word-input").fill("QUAY")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Take theirs").click()
    expect(page.locator(".word.corrected")).to_have_text("HAVEN")


def test_a_correction_of_somebody_else_comes_to_an_open_page(page: Page, api: httpx.Client, item: str) -> None:
    page.goto(f"/items/{item}")
    correct(api, item, 0, 0, "HARBOR")
    page.evaluate("document.dispatchEvent(new Event('ocr:changed'))")  # as it asks by itself every 15 seconds
    expect(page.locator(".word.corrected")).to_have_text("HARBOR")
    expect(page.locator("#page text")).to_have_text(["HARBOR", "LIGHTS"])


def test_hostile_text_stays_text(page: Page, api: httpx.Client, item: str) -> None:
    hostile = "<img/src=x/onerror=alert(1)>"
    correct(api, item, 0, 0, hostile)
    page.goto(f"/items/{item}")
    expect(page.locator(".word.corrected")).to_have_text(hostile)
    page.locator(".word.corrected").dblclick()
    expect(page.locator(".word-input")).to_have_value(hostile)


def test_a_part_of_the_page_is_copied(page: Page, item: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/items/{item}")
    page.locator("[data-region]").click()
    box = page.locator("#page .w", has_text="LIGHTS").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] - 4, box["y"] - 8)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] + 4, box["y"] + box["height"] + 8, steps=4)
    page.mouse.up()
    expect(page.locator(".toast", has_text="The text is copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "LIGHTS"
    expect(page.locator("[data-region]")).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".picked")).to_have_count(0)


def test_lines_are_corrected_without_a_script(plain: Page, api: httpx.Client, item: str) -> None:
    plain.goto(f"/items/{item}")
    plain.get_by_role("link", name="Correct").click()
    plain.get_by_label("Line 1").fill("Harbour LIGHTS")
    plain.get_by_role("button", name="Save the corrections").click()
    expect(plain.locator(".word.corrected")).to_have_text("Harbour")
    assert text_of(api, item) == "Harbour LIGHTS"
    assert api.get(f"/items/{item}").json()["revision"] == 1


def test_a_form_shows_both_where_somebody_else_was_first(
    plain_reader: Reader, plain: Page, api: httpx.Client, item: str
) -> None:
    plain_reader.expected.add("409")
    plain.goto(f"/items/{item}?correct=true")
    correct(api, item, 0, 0, "HARBOR")
    plain.get_by_label("Line 1").fill("PORT LIGHTS")
    plain.get_by_role("button", name="Save the corrections").click()
    expect(plain.get_by_role("alert")).to_contain_text("Somebody else")
    expect(plain.locator(".theirs")).to_contain_text("HARBOR LIGHTS")
    expect(plain.get_by_label("Line 1")).to_have_value("PORT LIGHTS")
    assert text_of(api, item) == "HARBOR LIGHTS"
    plain.get_by_role("button", name="Save the corrections").click()
    expect(plain.locator("#reading")).to_contain_text("PORT LIGHTS")
    assert text_of(api, item) == "PORT LIGHTS"


def test_a_page_is_marked_as_right_and_the_mark_is_taken_back(plain: Page, api: httpx.Client, item: str) -> None:
    plain.goto(f"/items/{item}")
    plain.get_by_role("button", name="Mark as right").click()
    expect(plain.locator("#reviewed")).to_contain_text("Looked at by local")
    assert api.get(f"/items/{item}").json()["reviewed_at"]
    plain.get_by_role("button", name="Mark as not looked at").click()
    expect(plain.locator("#reviewed")).to_have_count(0)


def test_a_correction_that_one_has_seen_is_marked_as_right(page: Page, api: httpx.Client, item: str) -> None:
    page.goto(f"/items/{item}")
    correct(api, item, 0, 0, "HARBOR")
    page.evaluate("document.dispatchEvent(new Event('ocr:changed'))")
    expect(page.locator(".word.corrected")).to_have_text("HARBOR")
    page.keyboard.press("y")
    expect(page.locator("#reviewed")).to_contain_text("Looked at by local")


def look_at_all(api: httpx.Client) -> None:
    for found in api.get("/items", params={"reviewed": "0", "limit": "200"}).json()["items"]:
        api.put(f"/items/{found['id']}/review")


def test_pages_are_reviewed_by_keys_until_none_is_left(page: Page, service: str, api: httpx.Client) -> None:
    look_at_all(api)
    job = submit(service, {"one.png": png("FIRST PAGE"), "two.png": png("SECOND PAGE")})
    page.goto("/review")
    expect(page.locator(".summary")).to_contain_text("2 pages to look at")
    seen = {page.locator("h1").inner_text()}
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile("cursor="))
    expect(page.locator("h1")).not_to_have_text(seen.copy().pop())
    page.goto("/review")
    with page.expect_event("load"):
        page.keyboard.press("y")
    expect(page.locator("h1")).not_to_have_text(seen.pop())
    page.keyboard.press("y")
    expect(page.locator("h1")).to_have_text("Nothing to look at")
    assert api.get("/items", params={"reviewed": "0"}).json()["items"] == []
    api.delete(f"/jobs/{job}")


def test_pages_are_reviewed_by_enter_alone(page: Page, service: str, api: httpx.Client) -> None:
    look_at_all(api)
    lines = {"one.png": save(draw("FIRST\nSECOND")), "two.png": save(draw("THIRD\nFOURTH"))}
    job = submit(service, lines)
    page.goto("/review")
    title = page.locator("h1").inner_text()
    page.locator(".review-line input[id]").first.fill("Read by a person")
    page.keyboard.press("Enter")
    expect(page.locator(".review-line input[id]").nth(1)).to_be_focused()
    with page.expect_event("load"):
        page.keyboard.press("Enter")
    expect(page.locator("h1")).not_to_have_text(title)
    expect(page.locator(".review-line input[id]").first).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Nothing to look at")
    texts = [found["ocr_text"] for found in api.get(f"/jobs/{job}/items").json()["items"]]
    assert [text for text in texts if "Read by a person" in text]
    api.delete(f"/jobs/{job}")


def test_enter_does_what_the_button_with_the_focus_says(page: Page, service: str, api: httpx.Client) -> None:
    look_at_all(api)
    job = submit(service, {"one.png": png("FIRST PAGE")})
    page.goto("/review")
    page.locator(".review-line input[id]").first.fill("Read by a person")
    page.get_by_role("button", name="Save the corrections").focus()
    with page.expect_event("load"):
        page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/review$"))
    expect(page.locator(".review-line input[id]").first).to_have_value("Read by a person")
    (found,) = api.get(f"/jobs/{job}/items").json()["items"]
    assert (found["ocr_text"], found["reviewed_at"]) == ("Read by a person", None)
    page.locator("header a[href$='/status']").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/status$"))
    page.goto("/review")
    page.locator("body").press("Enter")
    expect(page).to_have_url(re.compile(f"/items/{found['id']}$"))
    api.delete(f"/jobs/{job}")


def test_a_key_that_is_held_marks_one_page(page: Page, service: str, api: httpx.Client) -> None:
    look_at_all(api)
    job = submit(service, {"one.png": png("FIRST PAGE"), "two.png": png("SECOND PAGE")})
    page.goto("/review")
    with page.expect_event("load"):
        page.keyboard.down("y")
    for _ in range(3):
        page.keyboard.down("y")  # as a keyboard repeats it
    page.keyboard.up("y")
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    expect(page.locator(".summary")).to_contain_text("1 page to look at")
    assert len(api.get("/items", params={"reviewed": "0"}).json()["items"]) == 1
    api.delete(f"/jobs/{job}")


def test_a_page_is_reviewed_without_a_script(plain: Page, service: str, api: httpx.Client) -> None:
    look_at_all(api)
    job = submit(service, {"one.png": png("FIRST PAGE")})
    (item,) = api.get(f"/jobs/{job}/items").json()["items"]
    plain.goto("/review")
    if plain.locator("details.others:not([open])").count():
        plain.locator("details.others summary").click()
    plain.get_by_label("Line 1").fill("FIRST LEAF")
    plain.get_by_role("button", name="Mark as right, go on").click()
    expect(plain.locator("h1")).to_have_text("Nothing to look at")
    now = api.get(f"/items/{item['id']}").json()
    assert (now["ocr_text"], now["reviewed_by"]) == ("FIRST LEAF", "local")
    api.delete(f"/jobs/{job}")
