"""The page to sign in at, and signing out without a script: where it leads, and what it says."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from integration.http.keyed_house import House
from integration.http.signing_in import FORM, NAME, PUBLIC, cookie_of, sign_in


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


def test_a_person_signs_in_without_script_and_comes_back_to_the_page(house: House) -> None:
    sent_on = house.ask("GET", "/jobs/1?tab=2", accept="text/html,*/*;q=0.8")
    assert sent_on.status == 303
    login = sent_on.headers["location"]
    page = house.ask("GET", login)
    assert page.status == 200
    assert page.headers["referrer-policy"] == "same-origin"  # else the form would be refused as of another site
    assert "unsafe-inline" not in page.headers["content-security-policy"]
    assert b"<script" not in page.body
    assert b"/status" not in page.body
    signed_in = sign_in(house, login, origin="http://localhost")
    assert (signed_in.status, signed_in.headers["location"]) == (303, "/jobs/1?tab=2")
    assert house.ask("GET", "/api/v1/jobs", cookie=cookie_of(signed_in)).status == 200


def test_below_a_base_path_every_address_begins_with_it() -> None:
    house = House(PUBLIC)
    sent_on = house.ask("GET", "/ocr/jobs/1", accept="text/html", host=NAME)
    assert sent_on.headers["location"] == "https://ocr.example.org/ocr/login?next=/jobs/1"
    signed_in = sign_in(house, "/ocr/login?next=/jobs/1", host=NAME)
    assert signed_in.headers["location"] == "https://ocr.example.org/ocr/jobs/1"
    house.close()


@pytest.mark.parametrize("target", ["/?key={}", "/jobs?next=/?key={}", "/jobs/{}", "/items/x?q=a+{}+b"])
def test_a_key_in_an_address_is_not_carried_to_the_next_address(house: House, target: str) -> None:
    key = house.texts["owner"]
    answer = house.ask("GET", target.format(key), accept="text/html")
    assert (answer.status, answer.headers["location"]) == (303, "/login")
    signed_in = sign_in(house, f"/login?next={quote(target.format(key), safe='')}", sec_fetch_site="same-origin")
    assert (signed_in.status, signed_in.headers["location"]) == (303, "/")


@pytest.mark.parametrize("kind", [FORM, "text/plain", "multipart/form-data; boundary=x"])
@pytest.mark.parametrize(
    "said", [{}, {"sec_fetch_site": "same-site"}, {"sec_fetch_site": "cross-site"}, {"origin": "null"}]
)
def test_no_other_site_signs_a_person_in(house: House, kind: str, said: dict[str, str]) -> None:
    """What the person then sends would belong to somebody else."""
    body = f"key={house.texts['other']}".encode()
    answer = house.ask("POST", "/login", body=body, content_type=kind, **said)
    assert answer.status == 403
    assert "set-cookie" not in answer.headers


def test_signing_out_makes_the_browser_drop_what_it_kept(house: House) -> None:
    for method, path in (("POST", "/logout"), ("DELETE", "/session")):
        house.renew("owner")
        assert house.ask(method, path, "owner by session").headers["clear-site-data"] == '"cache"'


def test_signing_in_does_not_lead_back_to_the_page_to_sign_in(house: House) -> None:
    assert sign_in(house, "/login?next=/login%3Fnext%3D/x").headers["location"] == "/"


def test_programs_get_the_401_and_no_page(house: House) -> None:
    assert house.ask("GET", "/api/v1/jobs", accept="text/html").status == 401
    assert house.ask("POST", "/jobs/1", accept="text/html").status == 401
    assert house.ask("GET", "/jobs/1", accept="*/*").status == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"key=", 400), (b"key=a&key=b", 400), (b"\xff", 400), (b"key=x", 401), (b"&" * 4000, 400)],
)
def test_a_form_without_a_good_key_is_shown_again_with_the_reason(house: House, body: bytes, status: int) -> None:
    house.world.tick(minutes=1)
    answer = house.ask("POST", "/login", body=body, content_type=FORM, sec_fetch_site="same-origin")
    assert answer.status == status
    assert b'role="alert"' in answer.body
    assert b"<form" in answer.body
    assert "set-cookie" not in answer.headers


def test_a_person_signs_out_without_script(house: House) -> None:
    out = house.ask("POST", "/logout", "owner by session")
    assert (out.status, out.headers["location"]) == (303, "/login?why=signed-out")
    assert house.ask("GET", "/api/v1/jobs", "owner by session").status == 401
    assert "You are signed out." in house.ask("GET", out.headers["location"]).body.decode()


def test_a_person_whose_session_has_ended_is_told_so_and_comes_back_to_the_page(house: House) -> None:
    house.ask("POST", "/logout", "owner by session")
    sent_on = house.ask("GET", "/jobs/1?tab=2", "owner by session", accept="text/html")
    assert sent_on.headers["location"] == "/login?next=/jobs/1%3Ftab%3D2&why=ended"
    page = house.ask("GET", sent_on.headers["location"]).body.decode()
    assert "Your session has ended. Sign in again" in page
    assert sign_in(house, sent_on.headers["location"]).headers["location"] == "/jobs/1?tab=2"


def test_a_form_of_a_session_that_has_ended_says_that_nothing_was_changed(house: House) -> None:
    house.ask("POST", "/logout", "owner by session")
    form = {"accept": "text/html", "content_type": FORM, "referer": "http://localhost/jobs/1?q=x"}
    answer = house.ask("POST", "/jobs/1/rename", "owner by session", body=b"name=x", **form)
    assert answer.status == 401
    assert "Nothing was changed." in answer.body.decode()
    assert 'href="/login?next=%2Fjobs%2F1%3Fq%3Dx"' in answer.body.decode()
    for referer in ("https://evil.example//evil.example", f"http://localhost/jobs/{house.texts['owner']}"):
        answer = house.ask("POST", "/jobs/1/rename", body=b"name=x", **form | {"referer": referer})
        assert 'href="/login"' in answer.body.decode()


def test_the_page_to_sign_in_speaks_the_language_of_the_reader(house: House) -> None:
    page = house.ask("GET", "/login?next=/jobs/1", accept_language="pt")
    assert "Chave da API" in page.body.decode()
    wrong = house.ask(
        *("POST", "/login"), body=b"key=x", content_type=FORM, sec_fetch_site="same-origin", accept_language="pt"
    )
    assert "Esta chave não abre o serviço." in wrong.body.decode()
    assert 'aria-invalid="true" aria-describedby="key-alert"' in wrong.body.decode()
    chosen = house.ask("GET", "/login?to=pt&next=/jobs/1&why=ended")
    assert (chosen.status, chosen.headers["location"]) == (303, "/login?next=%2Fjobs%2F1&why=ended")
    assert chosen.headers["set-cookie"].startswith("ocr_language=pt;")
    assert (
        "A sua sessão acabou." in house.ask("GET", chosen.headers["location"], cookie="ocr_language=pt").body.decode()
    )
    unknown = house.ask("GET", "/login?to=xx&why=nothing")
    assert unknown.headers["location"] == "/login"
    assert "set-cookie" not in unknown.headers


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/?key={}", "/login"])
def test_the_page_to_sign_in_keeps_no_address_that_it_would_not_go_to(house: House, target: str) -> None:
    hostile = quote(target.format(house.texts["owner"]), safe="")
    assert house.ask("GET", f"/login?to=pt&next={hostile}").headers["location"] == "/login"
    assert "evil" not in house.ask("GET", f"/login?next={hostile}").body.decode()
    assert "ocrk_" not in house.ask("GET", f"/login?next={hostile}").body.decode()


def test_who_may_only_look_at_the_service_is_led_to_its_page(house: House) -> None:
    assert sign_in(house, caller="admin").headers["location"] == "/status"
    assert sign_in(house, "/login?next=/keys", caller="admin").headers["location"] == "/keys"
    assert sign_in(house, caller="all").headers["location"] == "/"
