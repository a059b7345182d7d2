"""Signing in and out in a real browser, with and without scripts, where the service asks for keys."""

import re
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from browser.conftest import folder_of_screenshots
from browser.reader import Reader
from browser.test_looks import LOOKS
from ocrcore.testing.patience import FOREVER
from pictures import png
from serving import ocrcore


@pytest.fixture(scope="module")
def service(keyed_service: str) -> str:
    return keyed_service


def sign_in(page: Page, key: str) -> None:
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Sign in").click()


def look_at(page: Page, name: str) -> None:
    """Look for what shuts people out in both themes and on a phone, and take pictures."""
    for look, (theme, width, height) in LOOKS.items():
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=folder_of_screenshots() / f"{name}-{look}.png", full_page=True)
        found = Axe().run(page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, look)
    page.set_viewport_size({"width": 1280, "height": 860})


@pytest.mark.parametrize("scripts", [True, False])
def test_a_person_signs_in_sends_a_file_and_signs_out(
    request: pytest.FixtureRequest, key: str, tmp_path: Path, *, scripts: bool
) -> None:
    reader: Reader = request.getfixturevalue("reader" if scripts else "plain_reader")
    reader.expected.add("401")
    page = reader.page
    page.goto("/?status=DONE")
    expect(page).to_have_url(re.compile(r"/login\?next=/"))
    sign_in(page, "ocrk_wrong")
    expect(page.get_by_role("alert")).to_contain_text("does not open the service")
    if scripts:
        look_at(page, "login-wrong")
    sign_in(page, key)
    expect(page).to_have_url(re.compile(r"/\?status=DONE$"))
    (cookie,) = [cookie for cookie in page.context.cookies() if cookie["name"] == "ocr"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    assert key not in str(page.context.storage_state())

    page.goto("/")
    (tmp_path / "a.png").write_bytes(png("ALPHA"))
    page.locator("#files").set_input_files([tmp_path / "a.png"])
    if not scripts:
        page.get_by_role("button", name="Read them").click()
    expect(page.get_by_text("a.png").first).to_be_visible()
    if scripts:
        expect(page.locator(".rows")).to_contain_text("a.png")  # else leaving is asked about

    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile(r"/login\?why=signed-out$"))
    expect(page.get_by_role("status")).to_contain_text("You are signed out")
    # Somebody kept a copy of the cookie.
    page.context.add_cookies([{"name": cookie["name"], "value": cookie["value"], "url": page.url}])
    page.goto("/")
    expect(page).to_have_url(re.compile("/login"))
    expect(page.get_by_role("status")).to_contain_text("Your session has ended")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_person_makes_a_key_for_a_program_and_revokes_it(
    request: pytest.FixtureRequest, key: str, *, scripts: bool
) -> None:
    reader: Reader = request.getfixturevalue("reader" if scripts else "plain_reader")
    page, name = reader.page, f"scanner {scripts}"
    page.goto("/login?next=/keys")
    sign_in(page, key)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Ends after").fill("90d")
    page.get_by_role("button", name="Make the key").click()
    text = page.locator("#secret").inner_text()
    answer = httpx.get(new_url(page, "/api/v1/jobs"), headers={"authorization": f"Bearer {text}"}, timeout=FOREVER)
    assert answer.status_code == 200
    row = page.get_by_role("row", name=name)
    expect(row).to_contain_text("in 90 days")
    if scripts:
        look_at(page, "keys")
    page.get_by_role("button", name=f"Revoke {name}").click()
    expect(row).to_contain_text("revoked")
    expect(page.locator("#secret")).to_have_count(0)


def test_who_may_only_look_is_offered_nothing_else(reader: Reader, data: Path, service: str) -> None:
    page = reader.page
    page.goto("/login?to=pt&next=/status")
    look_at(page, "login")
    page.get_by_label("Chave da API").fill(
        ocrcore("keys", "create", "ana", "--scope", "read", data=data).stdout.strip()
    )
    page.get_by_role("button", name="Entrar").click()
    expect(page.locator("#sentence")).to_contain_text("Está tudo bem")
    look_at(page, "own-status")
    page.get_by_role("link", name="ocrcore, todos os documentos").click()
    expect(page.get_by_text("Esta chave pode ver documentos, mas não enviar nem mudar nenhum.")).to_be_visible()
    look_at(page, "home-read-only")
    page.keyboard.press("u")
    assert page.locator("input[type=file], [data-delete], main form[method=post]").count() == 0
    page.get_by_role("link", name="Chaves da API").click()
    expect(page.get_by_text("Esta chave pode ver, mas não mudar nada aqui.")).to_be_visible()
    look_at(page, "keys-read-only")
    assert service in page.url


def test_refusals_and_the_end_of_a_session_are_told_in_the_language_of_the_reader(
    browser: Browser, service: str, key: str
) -> None:
    reader = Reader(browser, service, locale="pt-PT")
    reader.expected |= {"401", "415"}
    page = reader.page
    page.goto("/login")
    page.get_by_label("Chave da API").fill(key)
    page.get_by_role("button", name="Entrar").click()
    expect(page.get_by_role("button", name="Escolher ficheiros")).to_be_visible()
    reader.drop({"notes.png": b"no picture", "good.png": png("GOOD")})
    refused = page.locator(".sent.refused")
    expect(refused.get_by_role("alert")).to_contain_text("não é uma imagem nem um documento")
    expect(refused.locator("[lang=en]")).to_contain_text("not a picture")
    page.screenshot(path=folder_of_screenshots() / "refused-pt.png")
    (cookie,) = [cookie for cookie in page.context.cookies() if cookie["name"] == "ocr"]
    out = httpx.delete(
        f"{service}/session",
        headers={"cookie": f"ocr={cookie['value']}", "sec-fetch-site": "same-origin"},
        timeout=FOREVER,
    )
    assert out.status_code == 204
    expect(refused).to_be_visible()  # the page stays as it is
    page.evaluate("document.dispatchEvent(new CustomEvent('ocr:changed'))")
    expect(page.locator(".toast")).to_contain_text("A sua sessão acabou")
    page.locator(".toast").get_by_role("button", name="Entrar").click()
    expect(page).to_have_url(re.compile(r"/login\?next=/&why=ended$"))
    reader.leave()


def new_url(page: Page, path: str) -> str:
    return page.url.split("/keys", 1)[0] + path
