"""Every page in both themes and on a phone: nothing that shuts people out, and a picture of it to look at."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Final, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from browser.conftest import folder_of_screenshots, submit
from browser.reader import Reader
from needed import needed
from ocrcore.testing.patience import FOREVER
from pictures import png
from serving import serving

#: Theme, width and height.
LOOKS: Final[Mapping[str, tuple[Literal["light", "dark"], int, int]]] = {
    "light": ("light", 1280, 860),
    "dark": ("dark", 1280, 860),
    "phone": ("light", 390, 844),
}
PAGES = {
    "empty": "/?status=EXPIRED",
    "home": "/",
    "search": "/?q=minutes",
    "not-found": "/?q=nowhere",
    "job": "/jobs/{job}",
    "timeline": "/jobs/{job}/timeline",
    "failed": "/jobs/{failed}",
    "delete": "/jobs/{job}/delete",
    "item": "/items/{item}?q=harbour",
    "failed-item": "/items/{bad}",
    "correct": "/items/{item}?correct=true",
    "review": "/review",
    "review-end": "/review?cursor=fGZmZmZmZmZmLWZmZmYtZmZmZi1mZmZmLWZmZmZmZmZmZmZmZg",
    "status": "/status",
    "error": "/jobs/unknown",
    "webhooks": "/webhooks",
    "deliveries": "/webhooks/{webhook}",
    "no-deliveries": "/webhooks/{quiet}",
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[str]:
    """A service whose webhooks may lead to this machine, where nobody listens."""
    assert chromium
    data = tmp_path_factory.mktemp("service") / "data"
    with serving(data, "--slots", "1", OCR_ALLOW_PRIVATE_WEBHOOKS="1") as address:
        yield address


@pytest.fixture(scope="module")
def names(service: str, read_job: str, browser: Browser) -> Iterator[dict[str, str]]:
    """What the addresses of the pages name."""
    half = png("HALF OF IT")
    failed = submit(service, {"whole.png": png("WHOLE"), "half.png": half[: len(half) // 2]})
    reader = Reader(browser, service)
    items = [
        reader.page.request.get(f"/api/v1/jobs/{job}/items").json()["items"][place]["id"]
        for job, place in ((read_job, 0), (failed, 1))
    ]
    hooks = [
        reader.page.request.post(
            "/api/v1/webhooks", data={"url": f"http://127.0.0.1:9/{name}"}, headers={"sec-fetch-site": "same-origin"}
        ).json()["id"]
        for name in ("told", "quiet")
    ]
    pinged = reader.page.request.post(f"/webhooks/{hooks[0]}/ping", headers={"sec-fetch-site": "same-origin"})
    assert pinged.ok
    yield {"job": read_job, "failed": failed, "item": items[0], "bad": items[1], "webhook": hooks[0], "quiet": hooks[1]}
    reader.leave()


@pytest.mark.parametrize("look", LOOKS)
def test_no_page_shuts_people_out(browser: Browser, service: str, names: dict[str, str], look: str) -> None:
    theme, width, height = LOOKS[look]
    reader = Reader(browser, service, color_scheme=theme, reduced_motion="reduce")
    reader.expected |= {"404"}
    reader.page.set_viewport_size({"width": width, "height": height})
    found = []
    for name, path in PAGES.items():
        reader.page.goto(path.format_map(names))
        reader.page.wait_for_load_state("networkidle")
        reader.page.screenshot(path=folder_of_screenshots() / f"{name}-{look}.png", full_page=True)
        violations = Axe().run(reader.page).response["violations"]
        found += [
            (name, one["id"], [node["html"][:120] for node in one["nodes"]][:2])
            for one in violations
            if one["impact"] in {"serious", "critical"}
        ]
        assert reader.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    assert found == []
    reader.leave()


def test_an_empty_house_teaches(browser: Browser, tmp_path_factory: pytest.TempPathFactory, chromium: str) -> None:
    assert chromium
    assert needed("curl", "curl")
    folder = tmp_path_factory.mktemp("empty")
    with serving(folder / "data", "--slots", "1") as address:
        reader = Reader(browser, address)
        reader.page.goto("/")
        reader.page.screenshot(path=folder_of_screenshots() / "nothing-light.png")
        assert [one for one in Axe().run(reader.page).response["violations"] if one["impact"] == "critical"] == []
        curl, python = reader.page.locator(".examples pre").all_inner_texts()
        reader.page.get_by_role("button", name="Try it with a sample page").click()
        reader.page.locator(".card .chip-DONE").wait_for()
        reader.leave()
        for program in (["bash", "-ec", curl], [sys.executable, "-c", python]):
            said = subprocess.run(program, cwd=folder, capture_output=True, text=True, timeout=FOREVER, check=True)
            assert "Harbour Library" in said.stdout
