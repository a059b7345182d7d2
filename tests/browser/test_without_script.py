"""What forms and links can do, in a browser without a script."""

import re
from pathlib import Path

import httpx
from playwright.sync_api import Page, expect

from browser.conftest import submit
from browser.reader import Reader
from browser.samples import FILES
from ocrcore.testing.patience import FOREVER
from pictures import png


def test_files_are_sent_read_and_looked_at(plain: Page, tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    plain.goto("/")
    plain.locator("#files").set_input_files([tmp_path / name for name in FILES])
    plain.get_by_role("button", name="Read them").click()
    expect(plain).to_have_url(re.compile("/jobs/"))
    expect(plain.locator(".card .chip-DONE")).to_have_count(4)  # the page asks for itself again
    plain.locator(".card a").first.click()
    expect(plain.locator("#reading")).to_contain_text("HARBOUR LIGHTS")
    expect(plain.locator("#page text")).to_have_text(["HARBOUR", "LIGHTS"])
    plain.get_by_role("link", name="Next page").click()
    expect(plain.locator("#reading")).to_contain_text("BRIDGE")


def test_a_job_is_renamed_and_deleted(plain: Page, service: str) -> None:
    job = submit(service, {"a.png": png("ONE")})
    plain.goto(f"/jobs/{job}")
    plain.locator(".rename summary").click()
    plain.locator("#new-name").fill("Another name")
    plain.get_by_role("button", name="Save the name").click()
    expect(plain.locator("h1")).to_have_text("Another name")
    plain.get_by_role("link", name="Delete").click()
    plain.get_by_role("button", name="Delete it").click()
    expect(plain.locator(f"#job-{job}")).to_have_count(0)
    expect(plain).to_have_url(re.compile("/$"))


def test_failed_pages_are_tried_again_where_that_may_help(plain: Page, service: str) -> None:
    picture = png("HALF OF IT")
    job = submit(service, {"a.png": png("WHOLE"), "b.png": picture[: len(picture) // 2]})
    plain.goto(f"/jobs/{job}")
    expect(plain.locator(".card .why")).to_contain_text("ends too early")
    expect(plain.get_by_role("button", name="again")).to_have_count(0)
    plain.get_by_role("link", name="Upload it again").click()
    expect(plain.locator("#files")).to_be_visible()

    # Pages whose reading was stopped at once.
    files = {f"{number}.png": png(f"PAGE {number}") for number in range(9)}
    own = {"sec-fetch-site": "same-origin"}
    parts = [("files", file) for file in files.items()]
    stopped = httpx.post(f"{service}/api/v1/jobs", files=parts, headers=own, timeout=FOREVER).json()["id"]
    httpx.post(f"{service}/api/v1/jobs/{stopped}/cancel", headers=own, timeout=FOREVER).raise_for_status()
    plain.goto(f"/jobs/{stopped}")
    plain.get_by_role("button", name=re.compile("Try .* again")).click()
    expect(plain.locator(".card .chip-DONE")).to_have_count(9)


def test_the_sample_is_read(plain: Page) -> None:
    plain.goto("/?status=EXPIRED")
    expect(plain.locator(".nothing")).to_be_visible()
    answer = plain.request.post("/sample", headers={"sec-fetch-site": "same-origin"})
    assert answer.ok
    plain.goto(answer.url)
    expect(plain.locator(".card .chip-DONE")).to_have_count(1)


def test_a_refusal_is_a_page(plain_reader: Reader, plain: Page) -> None:
    plain_reader.expected.add("404")
    plain.goto("/jobs/unknown")
    expect(plain.locator("h1")).to_have_text("No such document")
    plain.get_by_role("link", name="Go to all documents").click()
    expect(plain.locator("#files")).to_be_visible()
