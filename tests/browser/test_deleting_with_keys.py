"""Deletions that wait for their undo when their owner signs out, or can no longer."""

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from browser.reader import Reader
from browser.test_sign_in import sign_in
from ocrcore.testing.patience import FOREVER, eventually
from pictures import png
from serving import ocrcore


@pytest.fixture(scope="module")
def service(keyed_service: str) -> str:
    return keyed_service


def submitted(service: str, key: str) -> str:
    """Return the address of a job of the owner of this key."""
    files = {"files": ("letter.png", png("LETTER"))}
    answer = httpx.post(f"{service}/api/v1/jobs", files=files, headers=bearer(key), timeout=FOREVER)
    return f"{service}/api/v1/jobs/{answer.raise_for_status().json()['id']}"


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def delete_in_the_list(page: Page, job: str) -> None:
    row = page.locator(f"#job-{job.rpartition('/')[2]}")
    row.hover()
    row.locator(".delete").click()
    expect(page.locator(".toast")).to_contain_text("letter.png")


def test_a_deletion_is_carried_out_before_one_signs_out(page: Page, service: str, key: str) -> None:
    job = submitted(service, key)
    page.goto("/login")
    sign_in(page, key)
    delete_in_the_list(page, job)
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile(r"/login\?why=signed-out$"))
    assert httpx.get(job, headers=bearer(key), timeout=FOREVER).status_code == 404


def test_a_deletion_whose_session_ended_waits_for_its_owner(reader: Reader, data: Path, service: str, key: str) -> None:
    reader.expected.add("401")
    page, job = reader.page, submitted(service, key)
    other = ocrcore("keys", "create", "bela", data=data).stdout.strip()
    page.goto("/login")
    sign_in(page, key)
    delete_in_the_list(page, job)
    (cookie,) = [cookie for cookie in page.context.cookies() if cookie["name"] == "ocr"]
    headers = {"cookie": f"ocr={cookie['value']}", "sec-fetch-site": "same-origin"}
    httpx.delete(f"{service}/session", headers=headers, timeout=FOREVER).raise_for_status()
    page.evaluate("document.dispatchEvent(new CustomEvent('ocr:changed'))")
    page.locator(".toast").get_by_role("button", name="Sign in").click()
    sign_in(page, other)
    expect(page.get_by_role("button", name="Choose files")).to_be_visible()
    page.wait_for_load_state()
    expect(page.locator(".toast")).to_have_count(0)
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/login"))
    assert httpx.get(job, headers=bearer(key), timeout=FOREVER).status_code == 200
    sign_in(page, key)
    assert eventually(lambda: httpx.get(job, headers=bearer(key), timeout=FOREVER).status_code == 404)
    page.goto("/")
    page.wait_for_function("!JSON.stringify(localStorage).includes('letter')")
