"""Every state of every page in both themes, on a desk and on a phone: nothing that shuts people out, and a picture."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from importlib.resources import files
from itertools import groupby
from typing import Final, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.conftest import folder_of_screenshots
from browser.houses import Houses
from browser.reader import Reader
from browser.states import STATES, State, routes_with_pages
from needed import needed
from ocrcore.testing.patience import FOREVER
from serving import serving

#: Theme, width and height.
LOOKS: Final[Mapping[str, tuple[Literal["light", "dark"], int, int]]] = {
    "light": ("light", 1280, 860),
    "dark": ("dark", 1280, 860),
    "phone": ("light", 390, 844),
    "phone-dark": ("dark", 390, 844),
}
#: A theme changes colours only, so that in the dark the colours are looked at alone.
_ONLY_COLOURS: Final = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}

#: States of each route that are looked at with every change; the others before a release.
_SOON: Final = 2

_AXE: Final = (files("axe_playwright_python") / "axe.min.js").read_text()
#: The rules that are broken, and where.
_LOOK: Final = """async (options) => {
    const told = (await axe.run(document, options)).violations.map((rule) =>
        [rule.id, rule.impact, rule.nodes.slice(0, 2).map((node) => node.html.slice(0, 160))]);
    if (document.documentElement.scrollWidth > innerWidth) told.push(["broader than its window"]);
    return told;
}"""


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[Houses]:
    assert chromium
    with ExitStack() as stack:
        yield Houses(tmp_path_factory.mktemp("houses"), stack)


def test_no_page_is_left_out() -> None:
    assert {state.route for state in STATES} == routes_with_pages()
    names = [state.name for state in STATES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(state, id=state.name, marks=[pytest.mark.long] if number >= _SOON else [])
        for _, of_route in groupby(sorted(STATES, key=lambda state: state.route), lambda state: state.route)
        for number, state in enumerate(of_route)
    ],
)
def test_no_state_of_a_page_shuts_people_out(browser: Browser, houses: Houses, state: State) -> None:
    house = houses[state.house]
    reader = Reader(browser, house.address, java_script_enabled=state.has_scripts, reduced_motion="reduce")
    reader.expected |= state.expected
    page = reader.page
    if state.who != "nobody":
        answer = page.request.post(
            "/session", data={"key": house.keys[state.who]}, headers={"sec-fetch-site": "same-origin"}
        )
        assert answer.ok, answer.text()
    page.goto(state.path.format_map(house.names))
    if state.act is not None:
        state.act(page)
    look_at(page, state.name, has_scripts=state.has_scripts)
    reader.leave()


def look_at(page: Page, name: str, *, has_scripts: bool = True) -> None:
    """Look in both themes, on a desk and on a phone, for what shuts people out, and take pictures."""
    found: list[object] = []
    if has_scripts:
        page.evaluate(_AXE)
    for look, (theme, width, height) in LOOKS.items():
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=folder_of_screenshots() / f"{name}-{look}.png", full_page=True)
        if has_scripts:
            options = {"resultTypes": ["violations"], **(_ONLY_COLOURS if theme == "dark" else {})}
            found += [(look, *one) for one in page.evaluate(_LOOK, options)]
    page.set_viewport_size({"width": 1280, "height": 860})
    assert not found, found


def test_an_empty_house_teaches(browser: Browser, tmp_path_factory: pytest.TempPathFactory, chromium: str) -> None:
    assert chromium
    assert needed("curl", "curl")
    folder = tmp_path_factory.mktemp("empty")
    with serving(folder / "data", "--slots", "1") as address:
        reader = Reader(browser, address)
        reader.page.goto("/")
        curl, python = reader.page.locator(".examples pre").all_inner_texts()
        reader.page.get_by_role("button", name="Try it with a sample page").click()
        expect(reader.page.locator(".card .chip-DONE")).to_be_visible()
        reader.leave()
        for program in (["bash", "-ec", curl], [sys.executable, "-c", python]):
            said = subprocess.run(program, cwd=folder, capture_output=True, text=True, timeout=FOREVER, check=True)
            assert "Harbour Library" in said.stdout
