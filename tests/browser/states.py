"""Every state of every page: where it is, who looks at it, and what they do there first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from litestar.routes import HTTPRoute
from playwright.sync_api import FilePayload, Page, expect

from browser.samples import FILES
from entrypoints.http.pages.handlers import key_pages_router, pages_router
from pictures import png

#: What is there to see: a service with jobs, one without, one in which nobody reads, and one that asks for keys.
House = Literal["full", "empty", "still", "keys"]
Person = Literal["nobody", "owner", "reader", "operator"]
#: Routes that answer a GET without a page of their own: files, downloads, and a cookie.
WITHOUT_A_PAGE: Final = frozenset(
    {
        "/static/{digest:str}/{name:str}",
        "/jobs/{job_id:str}/result",
        "/items/{item_id:str}/result",
        "/language",
    }
)

_DRAG = """() => document.body.dispatchEvent(new DragEvent("dragenter", { dataTransfer: (() => {
    const data = new DataTransfer();
    data.items.add(new File(["x"], "x.png"));
    return data;
})(), bubbles: true, cancelable: true }))"""


@dataclass(frozen=True, slots=True)
class State:
    """A page as somebody finds it, or as it is when they have done something."""

    name: str
    #: The route of the page, as the router has it.
    route: str
    #: The address, with names of what the house has in braces.
    path: str
    house: House = "full"
    who: Person = "nobody"
    #: What is done first, until the state is there.
    act: Callable[[Page], object] | None = None
    has_scripts: bool = True
    #: Parts of the console's words that are expected.
    expected: frozenset[str] = frozenset()


def routes_with_pages() -> set[str]:
    """Return the routes of all pages, as the service registers them."""
    routes = [route for router in (pages_router(), key_pages_router()) for route in router.routes]
    paths = {route.path for route in routes if isinstance(route, HTTPRoute) and "GET" in route.methods}
    return paths - WITHOUT_A_PAGE


def _press(key: str, shown: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.keyboard.press(key)
        expect(page.locator(shown).first).to_be_visible()

    return act


def _click(what: str, shown: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.locator(what).first.click()
        expect(page.locator(shown).first).to_be_visible()

    return act


def _drag(page: Page) -> None:
    page.evaluate(_DRAG)
    expect(page.locator(".drop-word")).to_be_visible()


def _refuse(page: Page) -> None:
    _choose_files(page, {"notes.png": b"no", "good.png": png("GOOD")})
    expect(page.locator(".sent.refused .why")).to_be_visible()


def _send_slowly(page: Page) -> None:
    page.route("**/api/v1/jobs", lambda _: None)  # the answer never comes
    _choose_files(page, FILES)
    expect(page.locator(".sent progress").first).to_be_visible()


def _choose_files(page: Page, files: Mapping[str, bytes]) -> None:
    chosen = [FilePayload(name=name, mimeType="image/png", buffer=content) for name, content in files.items()]
    page.locator("#files").set_input_files(chosen)


def _go_offline(page: Page) -> None:
    page.context.set_offline(True)
    page.evaluate("document.dispatchEvent(new CustomEvent('ocr:changed'))")
    expect(page.locator(".toast").first).to_be_visible()


def _ask_to_delete(page: Page) -> None:
    page.locator(".rows .row").first.hover()
    page.locator("[data-delete]").first.click()
    expect(page.locator(".toast")).to_be_visible()


def _edit(page: Page) -> None:
    page.locator(".word").first.dblclick()
    expect(page.locator(".word-input")).to_be_visible()


def _correct_elsewhere(page: Page, revision: str | None, word: int | None) -> None:
    """Correct the page that is open, as somebody else does."""
    item = page.locator("#item").get_attribute("data-item")
    body = {
        "revision": int(revision or 0),
        "corrections": [{"line": 0, "word": word, "text": f"Theirs {revision}"}],
    }
    own = {"sec-fetch-site": "same-origin"}
    answer = page.request.patch(f"/api/v1/items/{item}/text", data=body, headers=own)
    assert answer.ok, answer.text()


def _clash(page: Page) -> None:
    _edit(page)
    _correct_elsewhere(page, page.locator("#item").get_attribute("data-revision"), 0)
    page.locator(".word-input").fill("Mine")
    page.locator(".word-input").press("Enter")
    expect(page.locator(".word-clash")).to_be_visible()


def _clash_in_form(page: Page) -> None:
    page.locator("input[id^=line-]").first.fill("MINE ALONE")
    _correct_elsewhere(page, page.locator("input[name=revision]").get_attribute("value"), None)
    page.get_by_role("button", name="Save the corrections").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _pick(page: Page) -> None:
    page.locator("[data-region]").click()
    expect(page.locator(".desk.picking")).to_be_visible()


def _choose(page: Page) -> None:
    page.locator(".word").first.click()
    expect(page.locator(".box-lit").first).to_be_attached()


def _make_webhook(page: Page) -> None:
    page.locator("#url").fill("http://127.0.0.1:9/made")
    page.locator(".new-key button").click()
    expect(page.locator("#secret")).to_be_visible()


def _make_bad_webhook(page: Page) -> None:
    page.locator("#url").fill("ftp://127.0.0.1/nowhere")
    page.locator(".new-key button").click()
    expect(page.locator("#form-alert")).to_be_visible()


def _make_key(page: Page) -> None:
    page.locator("#name").fill("scanner in the hall")
    page.locator(".new-key button").click()
    expect(page.locator("#secret")).to_be_visible()


def _make_bad_key(page: Page) -> None:
    page.locator("#expires").fill("tomorrow")
    page.locator(".new-key button").click()
    expect(page.locator("#form-alert")).to_be_visible()


def _sign_in_wrongly(page: Page) -> None:
    page.locator("#key").fill("ocrk_wrong")
    page.locator(".sign-in button").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _lose_session(page: Page) -> None:
    page.context.clear_cookies()
    page.evaluate("document.dispatchEvent(new CustomEvent('ocr:changed'))")
    expect(page.locator(".toast")).to_be_visible()


_HOME, _JOB, _TIMELINE, _DELETE = "/", "/jobs/{job_id:str}", "/jobs/{job_id:str}/timeline", "/jobs/{job_id:str}/delete"
_ITEM, _REVIEW, _STATUS, _KEYS, _LOGIN = "/items/{item_id:str}", "/review", "/status", "/keys", "/login"
_WEBHOOKS, _DELIVERIES = "/webhooks", "/webhooks/{webhook_id:str}"
#: After the last page to review.
_END: Final = "fGZmZmZmZmZmLWZmZmYtZmZmZi1mZmZmLWZmZmZmZmZmZmZmZg"
_NOT_FOUND, _REFUSED = frozenset({"404"}), frozenset({"400", "422"})

STATES: Final = (
    State("nothing", _HOME, "/", "empty"),
    State("home", _HOME, "/"),
    State("none-like-this", _HOME, "/?status=EXPIRED"),
    State("home-waits", _HOME, "/", "still"),
    State("home-further", _HOME, "{older}", "still"),
    State("home-read-only", _HOME, "/", "keys", "reader"),
    State("home-plain", _HOME, "/", "still", has_scripts=False),
    State("home-shortcuts", _HOME, "/", act=_press("?", "dialog[open]")),
    State("home-options", _HOME, "/", act=_click(".options summary", ".fields")),
    State("home-dragged", _HOME, "/", act=_drag),
    State("home-sending", _HOME, "/", act=_send_slowly),
    State("home-refused", _HOME, "/", act=_refuse, expected=frozenset({"415"})),
    State("home-deleted", _HOME, "/?name=letter", "still", act=_ask_to_delete),
    State("home-offline", _HOME, "/", act=_go_offline, expected=frozenset({"ERR_"})),
    State("home-signed-out", _HOME, "/", "keys", "owner", act=_lose_session, expected=frozenset({"401"})),
    State("home-forbidden", _HOME, "/", "keys", "operator", expected=frozenset({"403"})),
    State("search", _HOME, "/?q=minutes"),
    State("not-found", _HOME, "/?q=nowhere"),
    State("search-refused", _HOME, '/?q="'),
    State("job", _JOB, "/jobs/{job}"),
    State("job-download", _JOB, "/jobs/{job}", act=_click(".menu summary", ".menu ul")),
    State("job-rename", _JOB, "/jobs/{job}", act=_click(".rename summary", "#new-name")),
    State("job-plain", _JOB, "/jobs/{waits}", "still", has_scripts=False),
    State("job-rename-plain", _JOB, "/jobs/{waits}?rename=true", "still", has_scripts=False),
    State("job-part-failed", _JOB, "/jobs/{failed}"),
    State("job-all-failed", _JOB, "/jobs/{lost}"),
    State("job-failed-pages", _JOB, "/jobs/{failed}?status=ERROR"),
    State("job-no-pages", _JOB, "/jobs/{failed}?status=PENDING"),
    State("job-waits", _JOB, "/jobs/{waits}", "still"),
    State("job-long", _JOB, "/jobs/{long}?from=60", "still"),
    State("job-stopped", _JOB, "/jobs/{stopped}", "still"),
    State("job-read-only", _JOB, "/jobs/{job}", "keys", "reader"),
    State("job-not-found", _JOB, "/jobs/unknown", expected=_NOT_FOUND),
    State("timeline", _TIMELINE, "/jobs/{job}/timeline"),
    State("timeline-failed", _TIMELINE, "/jobs/{failed}/timeline"),
    State("timeline-waits", _TIMELINE, "/jobs/{waits}/timeline", "still"),
    State("delete", _DELETE, "/jobs/{job}/delete"),
    State("delete-read-only", _DELETE, "/jobs/{job}/delete", "keys", "reader"),
    State("item", _ITEM, "/items/{item}?q=harbour"),
    State("item-without-hit", _ITEM, "/items/{item}?q=nowhere"),
    State("item-turned", _ITEM, "/items/{item}?turn=90&zoom=200"),
    State("item-chosen", _ITEM, "/items/{item}", act=_choose),
    State("item-download", _ITEM, "/items/{item}", act=_click(".menu summary", ".menu ul")),
    State("item-picking", _ITEM, "/items/{item}", act=_pick),
    State("item-edited", _ITEM, "/items/{item}", act=_edit),
    State("item-clash", _ITEM, "/items/{contested}", act=_clash, expected=frozenset({"409"})),
    State("item-form", _ITEM, "/items/{item}?correct=true"),
    State("item-form-clash", _ITEM, "/items/{contested}?correct=true", act=_clash_in_form, expected=frozenset({"409"})),
    State("item-looked-at", _ITEM, "/items/{seen}"),
    State("item-without-words", _ITEM, "/items/{drawn}"),
    State("item-plain", _ITEM, "/items/{item}?q=harbour", has_scripts=False),
    State("item-failed", _ITEM, "/items/{bad}"),
    State("item-waits", _ITEM, "/items/{waiting}", "still"),
    State("item-read-only", _ITEM, "/items/{item}", "keys", "reader"),
    State("review", _REVIEW, "/review"),
    State("review-end", _REVIEW, f"/review?cursor={_END}"),
    State("review-nothing", _REVIEW, "/review", "empty"),
    State("review-read-only", _REVIEW, "/review", "keys", "reader"),
    State("status", _STATUS, "/status"),
    State("status-silent", _STATUS, "/status", "still"),
    State("status-operator", _STATUS, "/status", "keys", "operator"),
    State("status-own", _STATUS, "/status", "keys", "reader"),
    State("webhooks", _WEBHOOKS, "/webhooks"),
    State("webhooks-none", _WEBHOOKS, "/webhooks", "empty"),
    State("webhooks-made", _WEBHOOKS, "/webhooks", "still", act=_make_webhook),
    State("webhooks-refused", _WEBHOOKS, "/webhooks", act=_make_bad_webhook, expected=_REFUSED),
    State("webhooks-read-only", _WEBHOOKS, "/webhooks", "keys", "reader"),
    State("deliveries", _DELIVERIES, "/webhooks/{webhook}"),
    State("deliveries-none", _DELIVERIES, "/webhooks/{quiet}"),
    State("deliveries-read-only", _DELIVERIES, "/webhooks/{webhook}", "keys", "reader"),
    State("keys", _KEYS, "/keys", "keys", "owner"),
    State("keys-made", _KEYS, "/keys", "keys", "owner", act=_make_key),
    State("keys-refused", _KEYS, "/keys", "keys", "owner", act=_make_bad_key, expected=_REFUSED),
    State("keys-read-only", _KEYS, "/keys", "keys", "reader"),
    State("login", _LOGIN, "/login", "keys"),
    State("login-ended", _LOGIN, "/login?why=ended&next=/status", "keys"),
    State("login-signed-out", _LOGIN, "/login?why=signed-out", "keys"),
    State("login-wrong", _LOGIN, "/login", "keys", act=_sign_in_wrongly, expected=frozenset({"401"})),
)
