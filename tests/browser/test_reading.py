"""The way of somebody with a stack of scans: send them, watch them being read, look at a page, delete them."""

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect
from pypdf import PdfReader

from browser.conftest import submit
from browser.reader import Reader, follow
from browser.samples import FILES
from digital_pdfs import standard_page
from ocrcore.testing.patience import FOREVER, eventually
from pictures import png

DONE = re.compile("Done")


def test_dropped_files_are_read_before_the_readers_eyes(reader: Reader, page: Page) -> None:
    page.goto("/")
    page.evaluate("window.notReloaded = true")
    reader.drop(FILES)
    row = page.locator(".rows .row", has_text="harbour.png")
    expect(row.locator(".chip")).to_have_text(DONE)
    assert page.evaluate("window.notReloaded")
    row.locator(".name").click()
    expect(page.locator(".card")).to_have_count(4)
    expect(page.locator(".card .chip-DONE")).to_have_count(4)
    follow(page.locator(".card a").nth(1))
    expect(page.locator("#reading")).to_contain_text("BRIDGE TOLL")


def test_a_word_and_its_place_light_up_together(page: Page, read_job: str) -> None:
    page.goto(f"/jobs/{read_job}")
    follow(page.locator(".card a").first)
    page.locator(".word", has_text="LIGHTS").hover()
    lit = page.locator("#page .w.lit")
    expect(lit).to_have_count(1)
    expect(lit).to_have_text("LIGHTS")
    lamp, word = (page.locator(name).bounding_box() for name in (".box-lit", "#page .w.lit"))
    assert lamp is not None
    assert word is not None
    assert abs(lamp["x"] - word["x"]) < 2
    assert abs(lamp["width"] - word["width"]) < 4
    assert word["y"] < lamp["y"] + lamp["height"] / 2 < word["y"] + word["height"]
    page.locator("#page text", has_text="HARBOUR").hover()
    expect(page.locator(".word.lit")).to_have_text("HARBOUR")


def test_words_lie_where_they_are_on_the_picture(page: Page, read_job: str) -> None:
    page.goto(f"/jobs/{read_job}")
    follow(page.locator(".card a").first)
    boxes = [page.locator("#page .w", has_text=word).bounding_box() for word in ("HARBOUR", "LIGHTS")]
    frame = page.locator("#page").bounding_box()
    assert frame is not None
    first, second = [box for box in boxes if box is not None]
    scale = frame["width"] / 640
    assert abs(first["x"] - frame["x"] - 24 * scale) < 8 * scale  # where the letters were drawn
    assert first["x"] + first["width"] <= second["x"]
    assert first["y"] < frame["y"] + 48 * scale < first["y"] + first["height"]  # their middle


def test_the_word_that_was_chosen_is_in_the_address(page: Page, read_job: str) -> None:
    page.goto(f"/jobs/{read_job}")
    follow(page.locator(".card a").first)
    page.locator(".word", has_text="LIGHTS").click()
    expect(page).to_have_url(re.compile(r"#w1$"))
    page.locator(".word", has_text="HARBOUR").hover()
    expect(page.locator(".box-lit")).to_have_count(2)
    page.mouse.move(2, 2)
    expect(page.locator(".box-lit")).to_have_count(1)  # what was chosen stays lit
    expect(page.locator(".box-lit + .w")).to_have_text("LIGHTS")
    page.reload()
    expect(page.locator(".word.lit")).to_have_text("LIGHTS")


def test_the_text_is_copied_as_it_stands(page: Page, read_job: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/jobs/{read_job}")
    follow(page.locator(".card a").first)
    page.locator("#reading").wait_for()
    page.wait_for_load_state()  # of the scripts, too
    page.keyboard.press("t")
    expect(page.locator(".toast")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "HARBOUR LIGHTS"
    page.locator("#page").evaluate("node => getSelection().selectAllChildren(node.querySelector('#spin'))")
    page.evaluate("document.execCommand('copy')")
    assert page.evaluate("navigator.clipboard.readText()") == "HARBOUR LIGHTS"


def test_keys_turn_enlarge_and_go_on(page: Page, read_job: str) -> None:
    page.goto(f"/jobs/{read_job}")
    follow(page.locator(".card a").first)
    page.locator("#page").wait_for()
    first = page.url
    page.keyboard.press("r")
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile("turn=90"))
    expect(page).to_have_url(re.compile("zoom=150"))
    page.reload()
    expect(page.locator("#page")).to_have_attribute("data-turn", "90")
    page.keyboard.press("j")
    expect(page.locator("#reading")).to_contain_text("BRIDGE")
    page.keyboard.press("k")
    expect(page.locator("#reading")).to_contain_text("HARBOUR")
    assert page.url.partition("?")[0] == first
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(f"/jobs/{read_job}$"))


def test_the_zoom_that_was_chosen_by_key_goes_on_to_the_next_page(page: Page, read_job: str) -> None:
    page.goto(f"/jobs/{read_job}")
    follow(page.locator(".card a").first)
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile("zoom=150"))
    page.keyboard.press("j")
    expect(page.locator("#reading")).to_contain_text("BRIDGE")
    expect(page.locator("#page")).to_have_class(re.compile("zoom-150"))
    page.wait_for_load_state()
    page.keyboard.press("0")
    follow(page.locator("#strip a").first)
    expect(page.locator("#page")).to_have_class(re.compile("zoom-100"))
    assert "zoom" not in page.url


def test_a_search_shows_the_words_on_their_page(page: Page, read_job: str) -> None:
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("minutes")
    page.keyboard.press("Enter")
    hits = page.locator(".hit", has_text="Monday")
    expect(hits).to_have_count(2)
    expect(hits.locator(".strip .lit")).to_have_count(2)
    follow(hits.locator("a").first)
    expect(page.locator(".word.found")).to_have_text("MINUTES")
    expect(page.locator("#page .w.found")).to_have_text("MINUTES")
    page.goto(f"/?q={read_job}")
    expect(page.locator(".empty")).to_be_visible()


def test_a_page_is_printed_with_its_picture_and_its_text_alone(page: Page, read_job: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"/jobs/{read_job}")
    follow(page.locator(".card a").first)
    picture, text = PdfReader(BytesIO(page.pdf())).pages
    assert picture.images
    assert text.extract_text().split() == ["HARBOUR", "LIGHTS"]


def test_a_job_is_printed_without_what_only_a_screen_can_do(page: Page, read_job: str) -> None:
    page.goto(f"/jobs/{read_job}")
    (sheet,) = PdfReader(BytesIO(page.pdf())).pages
    words = sheet.extract_text()
    assert [name in words for name in ("Monday", "harbour.png", "Done", "Download", "Delete", "Search")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize("how", ["new", "copied"])
def test_a_deletion_is_undone_whatever_other_tabs_do(page: Page, service: str, how: str) -> None:
    job = submit(service, {"undone.png": png("UNDONE")})
    page.goto("/")
    row = page.locator(f"#job-{job}")
    row.hover()
    row.locator(".delete").click()
    expect(row).to_be_hidden()
    if how == "copied":
        with page.expect_popup() as opened:
            page.evaluate("window.open('/')")
        other = opened.value
    else:
        other = page.context.new_page()
        other.goto("/")
    other.reload()
    with other.expect_event("close"):
        other.close(run_before_unload=True)
    page.locator(".toast button").click()
    expect(page.locator(".toast")).to_contain_text("is back")
    expect(row).to_be_visible()
    page.reload()
    expect(row).to_be_visible()


def test_a_deletion_is_carried_out_after_ten_seconds_on_another_page(page: Page, service: str, read_job: str) -> None:
    job = submit(service, {"deleted.png": png("DELETED")})
    page.clock.install()
    page.goto(f"/jobs/{job}")
    page.locator("[data-delete]").click()
    expect(page.locator(".toast")).to_contain_text("deleted.png")
    page.locator(f"#job-{read_job} .name").click()
    page.locator(".card").first.wait_for()
    assert page.request.get(f"/api/v1/jobs/{job}").status == 200
    with page.expect_response(re.compile(job)) as answered:
        page.clock.fast_forward(11_000)
    assert answered.value.status == 204
    assert page.request.get(f"/api/v1/jobs/{job}").status == 404


def stop_the_clock(page: Page) -> None:
    """Let no time pass in the pages that are opened from now on, so that ten seconds are never over."""
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))


def test_a_deletion_is_undone_on_the_page_to_which_one_goes_back(page: Page, service: str) -> None:
    job = submit(service, {"back.png": png("BACK")})
    stop_the_clock(page)
    page.goto(f"/jobs/{job}")
    page.locator("[data-delete]").click()
    expect(page.locator(".toast")).to_contain_text("back.png")
    page.wait_for_load_state()
    page.go_back()
    expect(page).to_have_url(re.compile(f"/jobs/{job}$"))
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("is back")
    page.go_forward()
    expect(page.locator(f"#job-{job}")).to_be_visible()


def test_deletions_are_undone_by_a_key_the_last_one_first(page: Page, service: str) -> None:
    first, second = (submit(service, {f"{name}.png": png(name.upper())}) for name in ("alpha", "omega"))
    stop_the_clock(page)
    page.goto("/")
    for job in (first, second):
        page.locator(f"#job-{job} .delete").focus()
        page.keyboard.press("Enter")
        expect(page.locator(f"#job-{job}")).to_be_hidden()
    for job, other in ((second, first), (first, None)):
        page.keyboard.press("z")
        expect(page.locator(f"#job-{job}")).to_be_visible()
        assert other is None or page.locator(f"#job-{other}").is_hidden()
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_contain_text("Bring back what was deleted last")


def test_tabs_agree_about_what_is_deleted(page: Page, service: str) -> None:
    job = submit(service, {"agreed.png": png("AGREED")})
    stop_the_clock(page)
    page.goto("/")
    other = page.context.new_page()
    other.goto("/")
    row, there = page.locator(f"#job-{job}"), other.locator(f"#job-{job}")
    row.hover()
    row.locator(".delete").click()
    expect(there).to_be_hidden()
    expect(other.locator(".toast")).to_contain_text("agreed.png")
    page.locator(".toast button").click()
    expect(there).to_be_visible()
    expect(other.locator(".toast")).to_have_count(0)


@pytest.mark.parametrize("leave", ["close", "elsewhere", "reload"])
def test_a_deletion_is_carried_out_at_once_when_its_tab_is_left(page: Page, service: str, leave: str) -> None:
    job = submit(service, {"left.png": png("LEFT")})
    page.goto("/")
    row = page.locator(f"#job-{job}")
    row.hover()
    row.locator(".delete").click()
    expect(row).to_be_hidden()
    page.keyboard.press("?")
    page.get_by_role("button", name="Close").click()
    if leave == "close":
        page.close(run_before_unload=True)
    elif leave == "reload":
        page.reload()
        expect(row).to_have_count(0)
    else:
        page.goto("about:blank")
    assert eventually(lambda: httpx.get(f"{service}/api/v1/jobs/{job}", timeout=FOREVER).status_code == 404)


def test_a_date_that_is_to_come_is_told_in_the_zone_of_the_reader(browser: Browser, service: str) -> None:
    job = submit(service, {"kept.png": png("KEPT")}, keep="30d")
    ends = datetime.fromisoformat(httpx.get(f"{service}/api/v1/jobs/{job}", timeout=FOREVER).json()["keep_until"])
    for zone, hours in {"Pacific/Kiritimati": 14, "Pacific/Pago_Pago": -11}.items():
        reader, there = Reader(browser, service, timezone_id=zone), ends + timedelta(hours=hours)
        reader.page.goto(f"/jobs/{job}")
        expect(reader.page.locator("time.date")).to_have_text(
            re.compile(f"{there:%B} {there.day}, {there.year} at .*:{there:%M}")
        )
        reader.leave()


def test_a_refused_file_is_told_beside_its_name_and_the_others_are_sent(reader: Reader, page: Page) -> None:
    reader.expected.add("415")
    hostile = "<img src=x onerror=alert(1)>.png"
    page.goto("/")
    reader.drop({"good.png": png("GOOD"), hostile: b"plain text", "bad.png": b"no picture"})
    refused = page.locator(".sent.refused")
    expect(refused.locator(".name")).to_have_text(hostile)
    expect(refused.locator(".why")).to_contain_text("not a picture")
    expect(refused.locator(".why")).not_to_contain_text("File ")  # its name stands beside it
    page.locator(".batch .main").click()
    row = page.locator(".rows .row", has_text="good.png")
    expect(row.locator(".chip")).to_have_text("Failed")  # the third could not be read either, and nobody is asked again
    row.locator(".name").click()
    expect(page.locator(".card .chip")).to_have_text(["Done", "Failed"])


def test_what_is_sent_again_because_its_answer_was_lost_is_the_same(reader: Reader, page: Page) -> None:
    reader.expected.add("ERR_FAILED")
    keys, held = list[str | None](), list[Route]()

    def lose_first(route: Route) -> None:
        keys.append(route.request.headers.get("idempotency-key"))
        if len(keys) == 1:
            held.append(route)
        else:
            route.continue_()

    def is_held() -> bool:
        page.wait_for_timeout(20)  # in which Playwright hands over requests
        return bool(held)

    page.route("**/api/v1/jobs", lose_first)
    page.goto("/")
    reader.drop({"lost.png": png("LOST"), "found.png": png("FOUND")})
    expect(page.get_by_role("progressbar")).to_have_count(2)
    expect(page.get_by_role("progressbar", name="found.png")).to_be_visible()
    assert eventually(is_held)  # the progress is seen before the request is sent
    held[0].abort()
    page.get_by_role("button", name="Send again").click()
    expect(page.locator(".rows .row", has_text="lost.png").locator(".chip")).to_have_text(DONE)
    assert len(keys) == 2
    assert keys[0] == keys[1] != ""
    reader.drop({"other.png": png("OTHER")})
    expect(page.locator(".rows .row", has_text="other.png").locator(".chip")).to_have_text(DONE)
    assert keys[2] not in {*keys[:2], ""}


def test_a_pdfa_that_cannot_be_made_is_told_in_place(reader: Reader, page: Page, service: str, read_job: str) -> None:
    reader.expected.add("409")
    page.goto(f"/jobs/{submit(service, {'font.pdf': standard_page('Helvetica')})}")
    page.get_by_text("Download").click()
    page.get_by_role("link", name="PDF/A").click()
    expect(page.locator(".toast", has_text="cannot be a PDF/A")).to_be_visible()
    page.goto(f"/jobs/{read_job}")
    page.get_by_text("Download").click()
    for name in ("PDF/A", "JSON"):
        with page.expect_download() as saved:
            page.get_by_role("link", name=name).click()
        assert saved.value.suggested_filename == {"PDF/A": "Monday.pdf", "JSON": "Monday.json"}[name]


def test_rows_are_chosen_and_opened_by_keys(page: Page, service: str, read_job: str) -> None:
    submit(service, {"newer.png": png("NEWER")})
    page.goto("/?status=DONE")
    rows = page.locator(".rows .row")
    for key, chosen in (("j", 0), ("j", 1), ("k", 0), ("k", 0)):
        page.keyboard.press(key)
        expect(rows.nth(chosen)).to_have_class(re.compile(r"\bat\b"))
        expect(page.locator(".row.at")).to_have_count(1)
    expect(page.locator(".row.at .name")).to_have_text("newer.png")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("newer.png")
    assert read_job not in page.url


def test_hostile_names_and_texts_stay_text(page: Page, service: str) -> None:
    name, file = "<img src=x onerror=alert(1)>\"'&.png", "<b onclick=alert(1)>'&.png"
    job = submit(service, {file: png("<script>alert(1)</script>")}, name=name)
    page.goto("/")
    expect(page.locator(f"#job-{job} .name")).to_have_text(name)
    page.goto(f"/jobs/{job}")
    expect(page.locator("h1")).to_have_text(name)
    expect(page.locator(".card .file")).to_have_text(file)
    follow(page.locator(".card a"))
    expect(page.locator("h1")).to_have_text(file)
    expect(page).to_have_title(f"{file} · ocrcore")
    expect(page.locator("#reading")).to_contain_text("<script>")
    page.goto("/?q=script")
    hit = page.locator(".hit", has_text=name)
    expect(hit).to_contain_text(file)
    assert page.locator("main script, main b, main img[onerror]").count() == 0
    page.goto(f"/?q={name.replace('#', '')}")
    expect(page.locator("h1")).to_contain_text("<img")


def test_the_pages_speak_portuguese(page: Page) -> None:
    page.goto("/")
    page.get_by_title("Português").click()
    expect(page.locator("html")).to_have_attribute("lang", "pt")
    expect(page.get_by_role("button", name="Escolher ficheiros")).to_be_visible()
