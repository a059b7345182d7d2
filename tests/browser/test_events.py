"""Pages that are live: by events, and without them."""

import re

import httpx
from playwright.sync_api import Page, expect

from browser.conftest import submit
from browser.reader import Reader
from ocrcore.testing.patience import FOREVER
from pictures import png

#: Of a page that never asks by itself.
_NO_POLLING = "window.setInterval = () => 0;"


def send(service: str, name: str) -> str:
    """Submit a page, and do not wait until it is read."""
    files = {"files": ("a.png", png("ALPHA"))}
    answer = httpx.post(f"{service}/api/v1/jobs", files=files, data={"name": name}, timeout=FOREVER)
    return str(answer.json()["id"])


def rename(service: str, job: str, name: str) -> None:
    httpx.patch(f"{service}/api/v1/jobs/{job}", json={"name": name}, timeout=FOREVER).raise_for_status()


def test_the_list_of_jobs_lives_by_events(page: Page, service: str) -> None:
    job = submit(service, {"a.png": png("ALPHA")}, name="before")
    page.add_init_script(_NO_POLLING)
    page.goto("/")
    row = page.locator(f"#job-{job}")
    expect(row).to_contain_text("before")
    rename(service, job, "after")
    expect(row).to_contain_text("after")
    sent = send(service, "sent by somebody else")
    expect(page.locator(f"#job-{sent} .chip")).to_have_text(re.compile("Done"))
    httpx.delete(f"{service}/api/v1/jobs/{job}", timeout=FOREVER).raise_for_status()
    expect(row).to_have_count(0)


def test_the_page_of_a_job_lives_by_events_until_it_is_finished(page: Page, service: str) -> None:
    page.add_init_script(_NO_POLLING)
    page.goto(f"/jobs/{send(service, 'watched')}")
    expect(page.locator(".card .chip-DONE")).to_have_count(1)


def test_a_page_without_events_asks_by_itself(reader: Reader, page: Page, service: str) -> None:
    reader.expected.add("ERR_FAILED")
    page.route("**/api/v1/events*", lambda route: route.abort())
    page.goto("/")
    sent = send(service, "asked for")
    expect(page.locator(f"#job-{sent} .chip")).to_have_text(re.compile("Done"))


def test_a_tab_that_nobody_looks_at_holds_no_stream(page: Page, service: str) -> None:
    job = submit(service, {"a.png": png("ALPHA")}, name="seen later")
    page.add_init_script(
        _NO_POLLING + "Object.defineProperty(Document.prototype, 'hidden', { get: () => window.isAway ?? false });"
    )
    with page.expect_request(re.compile("/api/v1/events")):
        page.goto("/")
    lost = page.evaluate(
        """() => new Promise((done) => {
            document.addEventListener("ocr:lost", () => done(true), { once: true });
            window.isAway = true;
            document.dispatchEvent(new Event("visibilitychange"));
        })"""
    )
    assert lost
    rename(service, job, "renamed meanwhile")
    with page.expect_request(re.compile("/api/v1/events")):
        page.evaluate("() => { window.isAway = false; document.dispatchEvent(new Event('visibilitychange')); }")
    expect(page.locator(f"#job-{job}")).to_contain_text("renamed meanwhile")


def test_a_service_behind_a_proxy_that_does_not_reach_it_is_told_as_lost(
    reader: Reader, page: Page, service: str
) -> None:
    reader.expected |= {"502", "ERR_FAILED"}
    page.route("**/api/v1/events*", lambda route: route.abort())
    page.goto("/")
    page.route(f"{service}/", lambda route: route.fulfill(status=502, body="Bad gateway"))
    ask = "document.dispatchEvent(new Event('ocr:changed'))"
    page.evaluate(ask)
    lost = page.locator(".toast", has_text="The service does not answer")
    expect(lost).to_be_visible()
    with page.expect_response(f"{service}/") as told:
        page.evaluate(ask)
    assert told.value.status == 502
    expect(lost).to_have_count(1)
    expect(page.locator(".toast", has_text="Connected again")).to_have_count(0)
    page.unroute(f"{service}/")
    expect(lost).to_have_count(0)
