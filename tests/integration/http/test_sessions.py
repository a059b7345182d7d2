"""What a session opens, how its cookie is kept, and how it ends."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from entrypoints.http.pages.assets import address_of
from entrypoints.settings import Settings
from integration.http.keyed_house import SETTINGS, House
from integration.http.signing_in import FORM, NAME, PUBLIC, cookie_of, key_body, open_session, sign_in
from ocrcore.domain.session import RENEWAL


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


def test_a_key_gets_a_session_that_opens_what_the_key_opens(house: House) -> None:
    answer = open_session(house, key_body(house))
    assert answer.status == 201
    assert answer.fields["owner"] == "ana"
    assert answer.fields["scopes"] == ["read", "write"]
    assert house.texts["owner"] not in answer.body.decode() + str(answer.headers)
    jobs = house.ask("GET", "/api/v1/jobs", cookie=cookie_of(answer))
    assert jobs.status == 200
    assert house.names["job_id"] in jobs.body.decode()


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    here = open_session(house, key_body(house)).headers["set-cookie"]
    assert here.startswith("ocr=")
    assert "; HttpOnly" in here
    assert "; SameSite=Lax" in here
    assert "; Path=/;" in here
    assert "Domain" not in here
    assert "Secure" not in here
    public = House(PUBLIC)
    there = open_session(public, key_body(public), host=NAME).headers["set-cookie"]
    public.close()
    assert there.startswith("__Host-ocr=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in there.split(";")}
    assert "Domain" not in there


@pytest.mark.parametrize("public_url", ["", "https://ocr.example.org"])
def test_over_plain_http_beyond_this_machine_there_is_no_session(public_url: str) -> None:
    house = House(replace(SETTINGS, allowed_hosts=("ocr.example.org",), public_url=public_url))
    refused = open_session(house, key_body(house), host=NAME)
    assert (refused.status, refused.fields["code"]) == (400, "malformed-request")
    assert "set-cookie" not in refused.headers
    page = house.ask("GET", "/login", host=NAME)
    assert page.status == 200
    assert b"plain HTTP" in page.body
    assert b"<form" not in page.body
    assert sign_in(house, host=NAME).status == 400
    for name in ("ocr", "__Host-ocr"):
        stolen = house.cookies["owner"].replace("ocr=", f"{name}=")
        assert house.ask("GET", "/api/v1/jobs", cookie=stolen, host=NAME).status == 401
    house.close()


@pytest.mark.parametrize("name", ["ocr", "__Secure-ocr", "x-ocr", "OCR"])
def test_over_https_only_the_cookie_counts_that_no_other_host_can_set(name: str) -> None:
    house = House(PUBLIC)
    text = house.cookies["owner"].partition("=")[2]
    assert house.ask("GET", "/ocr/api/v1/jobs", cookie=f"{name}={text}", host=NAME).status == 401
    assert house.ask("GET", "/ocr/api/v1/jobs", cookie=f"a=b; __Host-ocr={text}", host=NAME).status == 200
    house.close()


def test_two_sessions_in_one_request_are_none(house: House) -> None:
    mine, other = house.cookies["owner"], house.cookies["other"]
    assert house.ask("GET", "/api/v1/jobs", cookie=f"{mine}; {other}").status == 401
    assert house.ask("GET", "/api/v1/jobs", cookie=mine, cookie_2=other).status == 401


def test_a_key_beside_a_session_is_what_counts(house: House) -> None:
    other = house.ask("GET", "/api/v1/jobs", "other", cookie=house.cookies["owner"])
    assert house.names["job_id"] not in other.body.decode()
    assert house.ask("GET", "/api/v1/jobs", "revoked", cookie=house.cookies["owner"]).status == 401
    assert house.ask("GET", "/api/v1/jobs", "another scheme", cookie=house.cookies["owner"]).status == 401
    text = house.texts["owner"]
    assert house.ask("GET", f"/api/v1/jobs?key={text}", cookie=house.cookies["owner"]).status == 401


@pytest.mark.parametrize("change", ["revoke", "rotate"])
def test_a_session_ends_with_its_key(house: House, change: str) -> None:
    cookie = house.cookies["owner"]
    (key,) = (key for key in house.service.keys.list("ana", limit=200) if key.name == "owner")
    assert house.ask("GET", "/api/v1/jobs", cookie=cookie).status == 200
    getattr(house.service.keys, change)(key.id)
    assert house.ask("GET", "/api/v1/jobs", cookie=cookie).status == 401


def test_a_closed_session_opens_nothing_even_if_somebody_kept_a_copy(house: House) -> None:
    closed = house.ask("DELETE", "/session", "owner by session")
    assert closed.status == 204
    assert "Max-Age=0" in closed.headers["set-cookie"]
    assert house.ask("GET", "/api/v1/jobs", "owner by session").status == 401
    assert house.ask("DELETE", "/session", "owner by session").status == 401
    assert house.ask("GET", "/api/v1/jobs", "owner").status == 200


def test_what_everybody_may_keep_never_holds_a_session(house: House) -> None:
    """A cache between the service and many people keeps such an answer, and with it the cookie."""
    shared = [address_of("ocrcore.css"), "/schema/static/swagger-ui.css", "/health/live", "/login"]
    for path in shared:
        house.renew("owner")
        house.world.tick(minutes=6)
        answer = house.ask("GET", path, "owner by session")
        assert answer.status == 200, path
        assert "set-cookie" not in answer.headers, path
        private = house.ask("GET", "/api/v1/jobs", "owner by session")
        assert "set-cookie" in private.headers
        assert private.headers["cache-control"] == "no-store"


def test_a_head_request_renews_a_session_as_a_get_does(house: House) -> None:
    house.world.tick(minutes=6)
    assert "set-cookie" in house.ask("HEAD", "/api/v1/jobs", "owner by session").headers


@pytest.mark.parametrize("caller", ["nobody", "owner"])
@pytest.mark.parametrize("value", ['"' + "\\" * 15_000 + '"', '"' + "\\1" * 7_500 + '"', "a;" * 7_500, "ocr=" * 3_750])
def test_no_cookie_takes_long_to_read(house: House, caller: str, value: str) -> None:
    """Anybody may send one, and it is read by the thread that answers all."""
    house.ask("POST", "/", caller, accept="text/html", cookie="a=b")  # loads the templates
    usual, hostile = (_seconds(house, caller, cookie) for cookie in ("a=" + "b" * 15_000, f"a={value}"))
    assert hostile < 20 * usual + 0.01


def _seconds(house: House, caller: str, cookie: str) -> float:
    """Return the least processor time of a few requests."""
    times = []
    for _ in range(5):
        began = time.process_time()
        assert house.ask("POST", "/", caller, accept="text/html", cookie=cookie).status in {401, 405}
        times.append(time.process_time() - began)
    return min(times)


def test_a_session_in_use_is_renewed_and_an_idle_one_ends(house: House) -> None:
    house.renew("owner")
    assert "set-cookie" not in house.ask("GET", "/api/v1/jobs", "owner by session").headers
    house.world.tick(seconds=RENEWAL.total_seconds())
    renewed = cookie_of(house.ask("GET", "/api/v1/jobs", "owner by session"))
    house.world.tick(minutes=59)
    assert house.ask("GET", "/api/v1/jobs", cookie=renewed).status == 200
    assert house.ask("GET", "/api/v1/jobs", cookie=house.cookies["owner"]).status == 401


@pytest.mark.parametrize(
    ("said", "is_taken"),
    [
        ({}, False),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-origin", "sec-fetch-site/2": "cross-site"}, False),
        ({"origin": "http://localhost"}, True),
        ({"origin": "https://localhost"}, False),
        ({"origin": "http://localhost:81"}, False),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://localhost", "sec-fetch-site": "cross-site"}, False),
        ({"referer": "http://localhost/"}, False),
    ],
)
def test_a_session_changes_something_only_from_our_own_pages(
    house: House, said: dict[str, str], *, is_taken: bool
) -> None:
    target, body = f"/api/v1/jobs/{house.names['job_id']}", b'{"name": "y"}'
    headers = {"cookie": house.cookies["owner"], "content-type": "application/json", **said}
    answer = house.ask("PATCH", target, body=body, **headers)
    assert answer.status == (200 if is_taken else 403)
    if not is_taken:
        assert answer.fields["code"] == "forbidden-origin"
    assert house.ask("GET", target, cookie=house.cookies["owner"]).status == 200


def test_behind_a_proxy_our_own_origin_is_the_public_one() -> None:
    house = House(PUBLIC)
    cookie = house.cookies["owner"].replace("ocr=", "__Host-ocr=")
    asked = {"cookie": cookie, "host": "ocr.example.org", "content-type": "application/json"}
    target = f"/ocr/api/v1/jobs/{house.names['job_id']}"
    for origin, status in (("https://ocr.example.org", 200), ("http://ocr.example.org", 403), ("https://x.org", 403)):
        assert house.ask("PATCH", target, body=b'{"name": "y"}', origin=origin, **asked).status == status, origin
    house.close()


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"key": 1}', b'{"key": "x", "next": "/"}', b"[", b"\xff", b"[" * 3000, b'"x"']
)
def test_a_body_that_is_no_key_is_refused_by_its_form(house: House, body: bytes) -> None:
    answer = open_session(house, body)
    assert answer.status in {400, 422}
    assert "set-cookie" not in answer.headers
    assert open_session(house, b"x" * 5000).status == 413
    assert open_session(house, key_body(house), content_type=FORM).status == 415


def test_wrong_keys_get_the_401_of_every_other_request(house: House) -> None:
    usual = house.ask("GET", "/api/v1/jobs", "unknown")
    for caller in ("malformed", "unknown", "revoked", "expired"):
        answer = open_session(house, key_body(house, caller))
        assert (answer.status, answer.fields) == (401, usual.fields)
        assert "set-cookie" not in answer.headers


def test_an_address_may_try_ten_times_a_minute(house: House) -> None:
    house.world.tick(minutes=1)
    body = json.dumps({"key": house.texts["unknown"]}).encode()
    statuses = [house.ask("POST", "/session", body=body, content_type="application/json").status for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    refused = house.ask("POST", "/session", body=key_body(house), content_type="application/json")
    assert refused.fields["code"] == "rate-limited"
    assert 0 < int(refused.headers["retry-after"]) <= 60
    page = house.ask("POST", "/login", body=b"key=x", content_type=FORM, sec_fetch_site="same-origin")
    assert page.status == 429
    assert 0 < int(page.headers["retry-after"]) <= 60
    assert house.ask("GET", "/api/v1/jobs", "owner").status == 200


def test_without_keys_there_are_no_sessions() -> None:
    house = House(Settings())
    for method, path in (("GET", "/login"), ("POST", "/login"), ("POST", "/session"), ("DELETE", "/session")):
        assert house.ask(method, path).status == 404
    house.close()
