"""A person with a browser, and what no page may do to them."""

import base64
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Locator, Page, Request, expect

#: How long a page may take to show something on a busy machine, in milliseconds; it judges no speed.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)
_DROP = """(files) => {
    const data = new DataTransfer();
    for (const [name, content] of files) {
        data.items.add(new File([Uint8Array.from(atob(content), (one) => one.charCodeAt(0))], name));
    }
    for (const kind of ["dragenter", "dragover", "drop"]) {
        document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
    }
}"""


class Reader:
    """A browser window, and a list of what went wrong in it."""

    def __init__(self, browser: Browser, address: str, **options: Any) -> None:  # noqa: ANN401 - Playwright's
        self._context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 860}, **options)
        self._context.set_default_timeout(PATIENCE)
        self.page: Page = self._context.new_page()
        #: Errors in the console, exceptions, dialogs, and requests to other machines.
        self.faults: list[str] = []
        #: What a test expects to fail: parts of the console's words.
        self.expected: set[str] = set()
        self._host = urlsplit(address).netloc
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"exception: {error}"))
        self.page.on("dialog", self._spoken_to)
        self.page.on("request", self._asked)

    def leave(self) -> None:
        """Close the window; raises if anything went wrong in it."""
        self._context.close()
        faults = [fault for fault in self.faults if not any(part in fault for part in self.expected)]
        assert not faults, faults

    def drop(self, files: dict[str, bytes]) -> None:
        """Drop files on the page, as soon as it takes them."""
        self.page.wait_for_load_state()
        self.page.evaluate(_DROP, [[name, base64.b64encode(content).decode()] for name, content in files.items()])

    def _spoken_to(self, dialog: Dialog) -> None:
        self.faults.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.netloc != self._host:
            self.faults.append(f"a request to {address.netloc}")


def follow(link: Locator) -> None:
    """Click a link, and wait until the scripts of the page to which it leads have run."""
    with link.page.expect_event("load"):
        link.click()
