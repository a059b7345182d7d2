"""The page of keys, as a browser sees it."""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from integration.http.keyed_house import Answer, House

FORM = "application/x-www-form-urlencoded"
SECRET = re.compile(r'<code id="secret">(ocrk_[^<]+)</code>')


@pytest.fixture
def own_house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


def post(house: House, path: str, caller: str = "owner by session", **fields: str | list[str]) -> Answer:
    body = urlencode(fields, doseq=True).encode()
    return house.ask("POST", path, caller, body=body, content_type=FORM, accept="text/html")


def made(answer: Answer) -> str:
    assert answer.status == 200, answer.body
    found = SECRET.search(answer.body.decode())
    assert found
    return found[1]


def page(house: House, caller: str = "owner by session") -> str:
    answer = house.ask("GET", "/keys", caller, accept="text/html")
    assert answer.status == 200
    return answer.body.decode()


def test_a_new_key_is_shown_once_and_opens_the_service(own_house: House) -> None:
    text = made(post(own_house, "/keys", name="<b>scanner", scope=["read"], expires="90d"))
    assert own_house.service.authenticate(text).owner == "ana"
    listed = page(own_house)
    assert text not in listed
    assert "&lt;b&gt;scanner" in listed


def test_a_key_is_replaced_and_revoked(own_house: House) -> None:
    old = made(post(own_house, "/keys", name="scanner", scope=["read", "write"]))
    key_id = next(key.id for key in own_house.service.keys.list() if key.name == "scanner")
    new = made(post(own_house, f"/keys/{key_id}/rotate"))
    assert old != new
    assert own_house.service.authenticate(old).owner == "ana"  # for a day
    answer = post(own_house, f"/keys/{key_id}/revoke")
    assert (answer.status, answer.headers["location"]) == (303, "/keys")
    own_house.world.tick(seconds=3)
    assert own_house.service.authenticate(new).key_id != key_id
    assert f'id="key-{key_id}"' in page(own_house)


def test_the_page_with_a_new_key_leads_to_a_page_in_another_language(own_house: House) -> None:
    key_id = own_house.service.keys.list("ana")[0].id
    form = {"content_type": FORM, "accept": "text/html", "referer": "http://localhost/keys"}
    shown = own_house.ask("POST", f"/keys/{key_id}/rotate", "owner by session", body=b"", **form).body.decode()
    assert re.findall(r"/language\?to=pt&amp;back=([^\"]+)", shown) == ["/keys"]


def test_what_a_reader_may_not_do_is_not_offered(own_house: House) -> None:
    assert 'action="/keys' in page(own_house)
    assert 'action="/keys' not in page(own_house, "reader by session")
    assert 'value="admin"' not in page(own_house)
    assert post(own_house, "/keys", scope=["admin"]).status == 403


def test_a_form_of_another_site_makes_no_key(own_house: House) -> None:
    assert post(own_house, "/keys", "owner by session without proof", scope=["read"]).status == 403


def test_a_life_that_is_none_is_refused_at_the_form(own_house: House) -> None:
    answer = post(own_house, "/keys", name="scanner", scope=["read"], expires="soon")
    shown = answer.body.decode()
    assert answer.status == 422
    assert re.search(r'role="alert">expires must be', shown)
    assert 'value="scanner"' in shown  # what was typed is kept
    assert 'value="soon"' in shown
    assert re.findall(r'value="(\w+)" checked', shown) == ["read"]


def test_an_owner_sees_its_own_keys_only(own_house: House) -> None:
    others = {key.id for key in own_house.service.keys.list() if key.owner == "bob"}
    assert others
    listed = page(own_house)
    assert not [key_id for key_id in others if key_id in listed]
    assert post(own_house, f"/keys/{others.pop()}/revoke").status == 404
