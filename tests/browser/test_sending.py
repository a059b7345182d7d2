import base64
import os
import re
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, Route, expect

from browser.reader import Reader
from ocrcore.testing.patience import FOREVER, eventually
from pictures import png
from relay_server import relay_to
from serving import serving

DONE = re.compile("Done")
_PASTE = """(content) => {
    const data = new DataTransfer();
    const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
    data.items.add(new File([bytes], "image.png", { type: "image/png" }));
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def test_a_folder_is_sent_in_the_order_that_people_count_in(page: Page, tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    for name in ("page 10.png", "page 9.png", ".hidden.png"):
        (folder / name).write_bytes(png(name.removesuffix(".png").upper()))
    (folder / "notes.docx").write_bytes(b"no picture")
    page.goto("/")
    page.locator("input[webkitdirectory]").set_input_files(folder)
    expect(page.locator(".toast")).to_contain_text("notes.docx")
    row = page.locator(".rows .row", has_text="page 9.png")
    expect(row.locator(".chip")).to_have_text(DONE)
    row.locator(".name").click()
    expect(page.locator(".card .file")).to_have_text([re.compile("page 9"), re.compile("page 10")])


def test_a_picture_is_pasted(page: Page) -> None:
    page.goto("/")
    page.evaluate(_PASTE, base64.b64encode(png("PASTED LETTER")).decode())
    row = page.locator(".rows .row", has_text="pasted.png")
    expect(row.locator(".chip")).to_have_text(DONE)


def test_who_leaves_the_page_while_it_sends_is_asked_first(reader: Reader, page: Page) -> None:
    held = list[Route]()

    def hold(route: Route) -> None:
        held.append(route)

    def is_held() -> bool:
        page.wait_for_timeout(20)  # in which Playwright hands over requests
        return bool(held)

    page.route("**/api/v1/jobs", hold)
    page.goto("/")
    reader.drop({"long.png": png("LONG")})
    assert eventually(is_held)
    with page.expect_event("dialog"):
        page.get_by_role("link", name="Status").click()
    assert reader.faults == ["a dialog: "]  # which the reader answers by staying
    reader.faults.clear()
    held[0].continue_()
    row = page.locator(".rows .row", has_text="long.png")
    expect(row.locator(".chip")).to_have_text(DONE)
    page.get_by_role("link", name="Status").click()
    expect(page).to_have_url(re.compile("/status$"))


def drag(page: Page, *paths: Path) -> None:
    """Drag files and folders of the machine onto the page, as a hand does."""
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    devices = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        devices.send("Input.dispatchDragEvent", {"type": kind, "x": 400, "y": 300, "data": data})
    devices.detach()


def test_a_folder_in_which_a_file_cannot_be_read_is_sent_without_it(page: Page, tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    (folder / "inner").mkdir(parents=True)
    (folder / "readable.png").write_bytes(png("READABLE"))
    (folder / "inner" / "deeper.png").write_bytes(png("DEEPER"))
    Path(os.fsdecode(os.fsencode(folder) + b"/lost \xff.png")).write_bytes(png("LOST"))  # a browser cannot open it
    page.goto("/")
    page.wait_for_load_state()
    drag(page, folder)
    expect(page.locator(".toast")).to_contain_text("cannot open this, and it is not sent: scans/")
    row = page.locator(".rows .row", has_text="deeper.png")
    expect(row.locator(".chip")).to_have_text(DONE)
    row.locator(".name").click()
    expect(page.locator(".card .file")).to_have_text([re.compile("deeper"), re.compile("readable")])


def test_files_of_which_no_answer_came_are_not_called_unread_and_make_one_job(
    browser: Browser, service: str, tmp_path: Path
) -> None:
    def lose_accepted(status: int, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes] | None:
        return None if status == 202 else (status, headers, body)

    file = tmp_path / "unheard.png"
    file.write_bytes(png("UNHEARD"))
    with relay_to(service) as relay:
        reader = Reader(browser, relay.url)
        reader.expected |= {"ERR_EMPTY_RESPONSE", "ERR_FAILED"}
        page = reader.page
        page.route("**/api/v1/events*", lambda route: route.abort())  # which the relay would wait for
        page.goto("/")
        relay.faults.extend([lose_accepted] * 100)
        page.locator("#files").set_input_files(file)
        for button in ("Send again", "Close"):
            expect(page.locator(".batch-head")).to_contain_text("No answer came")
            page.get_by_role("button", name=button).click()
        relay.faults.clear()
        page.locator("#files").set_input_files(file)
        expect(page.locator(".rows .row", has_text="unheard.png").locator(".chip")).to_have_text(DONE)
        reader.leave()
    jobs = httpx.get(f"{service}/api/v1/jobs", params={"name": "unheard"}, timeout=FOREVER).json()["jobs"]
    assert len(jobs) == 1


def test_more_than_a_request_may_have_is_told_before_it_is_sent(browser: Browser, tmp_path: Path) -> None:
    files = {name: png(name) for name in ("ONE", "TWO", "THREE")}
    most = sum(map(len, files.values())) - 1
    sent: list[str] = []
    limits = {"OCR_MAX_FILES": "3", "OCR_MAX_BODY_BYTES": str(most), "OCR_MAX_FILE_BYTES": str(most - 1)}
    with serving(tmp_path / "data", "--slots", "1", **limits) as address:
        reader = Reader(browser, address)
        page = reader.page
        page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        page.goto("/")
        for dropped, told in (
            ({**files, "four": b"4"}, "These are 4 files, and at most 3 go at once. Nothing was sent"),
            (files, "These files have more together than the"),
        ):
            reader.drop(dropped)
            expect(page.locator(".batch-head")).to_contain_text(told)
            expect(page.get_by_role("button", name="Send again")).to_have_count(0)
            page.get_by_role("button", name="Close").click()
        reader.drop({"small.png": files["ONE"], "large.png": bytes(most)})
        expect(page.locator(".sent.refused .why")).to_contain_text("the most that a file may have")
        assert sent == []
        page.get_by_role("button", name="Leave it out").click()
        expect(page.locator(".rows .row", has_text="small.png").locator(".chip")).to_have_text(DONE)
        reader.leave()
