"""What a key may not do is not offered on any page: every form that is shown is one that the service takes."""

import json
import re
from collections.abc import Iterator
from typing import Final

import pytest

from entrypoints.http.pages.catalogue import PROBLEM_SENTENCES
from integration.http.keyed_house import House

#: Forms that everybody who is signed in may send.
_OF_ALL: Final = {"/logout"}
_PAGES: Final = (
    "/",
    "/?q=A",
    "/jobs/{job_id}",
    "/jobs/{job_id}/timeline",
    "/jobs/{job_id}/delete",
    "/items/{item_id}",
    "/items/{item_id}?correct=true",
    "/review",
    "/webhooks",
    "/webhooks/{webhook_id}",
    "/keys",
    "/status",
)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


def page(house: House, path: str, caller: str, language: str = "en") -> str:
    answer = house.ask("GET", path.format_map(house.names), caller, accept="text/html", accept_language=language)
    assert answer.status == 200, (path, answer.body)
    return answer.body.decode()


def offered(text: str) -> set[str]:
    """Return where the forms of a page lead that change something, and the links of deletions and corrections."""
    forms = set(re.findall(r'<form[^>]* method="post" action="([^"]+)"', text)) - _OF_ALL
    return forms | set(re.findall(r'href="([^"?]+(?:/delete|\?correct=true))"', text))


@pytest.mark.parametrize("path", _PAGES)
def test_a_reader_is_offered_nothing_that_is_refused(house: House, path: str) -> None:
    assert offered(page(house, path, "reader by session")) == set()
    assert "data-delete" not in page(house, path, "reader by session")
    if path not in {"/?q=A", "/status"}:
        assert offered(page(house, path, "owner by session")), path


@pytest.mark.parametrize("path", ["/", "/jobs/{job_id}", "/jobs/{job_id}/delete", "/review", "/webhooks", "/keys"])
def test_a_reader_is_told_why(house: House, path: str) -> None:
    assert "This key may look" in page(house, path, "reader by session")
    assert "Esta chave pode ver" in page(house, path, "reader by session", language="pt")
    assert "This key may look" not in page(house, path, "owner by session")


def test_a_link_leads_nowhere_that_the_key_may_not_see(house: House) -> None:
    for caller in ("reader", "owner", "admin", "all"):
        answer = house.ask("GET", "/status", f"{caller} by session", accept="text/html")
        links = set(re.findall(r'<a [^>]*href="(/[^"]*)"', answer.body.decode()))
        assert "/status" in links
        for link in links - ({"/"} if caller == "admin" else set()):
            found = house.ask("GET", link, f"{caller} by session", accept="text/html")
            assert found.status in {200, 303}, (caller, link)


def test_a_reader_is_told_in_the_own_language_why_a_download_is_refused(house: House) -> None:
    text = page(house, "/jobs/{job_id}", "reader by session", language="pt")
    (told,) = re.findall("data-problems='([^']+)'", text)
    assert json.loads(told)["not-pdfa"] == PROBLEM_SENTENCES["pt"]["not-pdfa"]
