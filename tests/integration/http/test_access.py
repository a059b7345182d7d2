"""Who may do what, at every address: generated from the routes themselves."""

import json
from dataclasses import replace
from typing import Final
from uuid import uuid4

import pytest
from litestar.routes import HTTPRoute

from integration.http.keyed_house import (
    ADMIN,
    BY_ISSUER,
    BY_SESSION,
    HOLDERS,
    ISSUER,
    READ,
    SETTINGS,
    UNPROVEN,
    WRITE,
    House,
)
from ocrcore.domain.access_token import owner_of
from ocrcore.domain.errors import DatabaseUnavailable
from ocrcore.testing.faults import Faulty

#: All that is answered without a key. A new line here needs a reason.
PUBLIC_HANDLERS: Final = {
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/schema/static/{name:str}"),
    ("GET", "/static/{digest:str}/{name:str}"),  # the style and the script of the pages
    ("PUT", "/api/v1/uploads/{job_id:str}/{number:int}"),  # the address is signed
    ("GET", "/login"),
    ("POST", "/login"),  # the form has a key
    ("POST", "/session"),  # the body has a key
}
#: What needs a key with the scope admin.
OF_ADMINS: Final = {"/metrics", "/api/v1/stats", "/api/v1/audit"}
#: What of it the operator cannot open.
NEVER_OPENED: Final = {"/api/v1/audit"}
#: What needs read or admin: a page that shows each of them something else, and the choice of its language.
OF_READERS_AND_ADMINS: Final = {"/status", "/language"}
#: What is open to whoever has a key or a session, whatever it may do.
OF_ALL_HOLDERS: Final = {("DELETE", "/session"), ("POST", "/logout")}
#: What tells of jobs, items, keys and webhooks that nobody named.
LISTS: Final = {
    *("/", "/keys", "/webhooks", "/review"),
    *("/api/v1/jobs", "/api/v1/items", "/api/v1/search", "/api/v1/keys", "/api/v1/webhooks"),
}
#: Callers that are refused, whatever they ask for.
STRANGERS: Final = (
    "nobody",
    "malformed",
    "unknown",
    "revoked",
    "expired",
    "two keys",
    "another scheme",
    "in the query",
    "expired token",
    "token of another audience",
    "token of another issuer",
    "token that nobody signed",
    *(name + BY_SESSION for name in ("revoked", "expired", "idle", "closed")),
)


def real_rows(house: House) -> list[tuple[str, str]]:
    """Return the rows that are not the framework's own answers to OPTIONS."""
    return sorted({(method, path) for method, path in house.rows() if method != "OPTIONS"})


def is_for_admins(path: str) -> bool:
    return path in OF_ADMINS or (path.startswith("/schema") and "static" not in path)


def test_the_public_handlers_are_these_and_no_others(house: House) -> None:
    public = {
        (str(method), route.path)
        for route in house.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
        if handler.opt.get("public")
    }
    assert public == PUBLIC_HANDLERS
    assert len(real_rows(house)) > 20


def test_what_the_operator_may_open_is_marked_and_no_more(house: House) -> None:
    opened = {
        route.path
        for route in house.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if handler.opt.get("opened_by") and handler.http_methods != {"OPTIONS"}
    }
    assert {path for path in opened if not path.startswith("/schema")} == OF_ADMINS - NEVER_OPENED
    assert opened == {path for _, path in real_rows(house) if is_for_admins(path)} - NEVER_OPENED


@pytest.mark.parametrize("caller", STRANGERS)
def test_a_stranger_gets_the_same_401_at_every_address_that_is_not_public(house: House, caller: str) -> None:
    bodies = set()
    for method, path in real_rows(house):
        for asked in (method, "HEAD") if method == "GET" else (method,):
            answer = house.call(asked, path, caller)
            if (method, path) in PUBLIC_HANDLERS:
                assert answer.status not in {401, 403}, (asked, path)
                assert answer.status < 500, (asked, path, answer.body)
                continue
            assert answer.status == 401, (asked, path)
            assert answer.headers["www-authenticate"] == 'Bearer realm="ocrcore"'
            if asked != "HEAD":
                bodies.add(json.dumps(answer.fields))
    (body,) = bodies
    assert json.loads(body)["code"] == "unauthenticated"


@pytest.mark.parametrize("caller", STRANGERS)
def test_a_stranger_is_not_told_which_methods_or_addresses_there_are(house: House, caller: str) -> None:
    for path in {path for _, path in real_rows(house)}:
        for method in ("OPTIONS", "TRACE", "NONE"):
            assert house.call(method, path, caller).status == 401, path
    for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS", "PURGE"):
        assert house.ask(method, "/no/such/address", caller).status == 401
    assert house.ask("OPTIONS", "*", caller).status == 401


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("means", ["", BY_SESSION, BY_SESSION + UNPROVEN, BY_ISSUER])
def test_a_key_a_session_and_a_token_open_what_the_scopes_say_at_every_address(holder: str, means: str) -> None:
    owner, scopes = HOLDERS[holder]
    house = House(owner=owner_of(ISSUER, owner) if means == BY_ISSUER else "ana")
    caller = holder + means
    held = scopes | ({READ} if WRITE in scopes else set())
    closing = []
    for method, path in real_rows(house):
        needed = {ADMIN} if is_for_admins(path) else {READ} if method == "GET" else {WRITE}
        needed |= {ADMIN} if path in OF_READERS_AND_ADMINS else set()
        has_scope = (method, path) in PUBLIC_HANDLERS | OF_ALL_HOLDERS or bool(needed & held)
        is_proven = not means.endswith(UNPROVEN) or method == "GET" or (method, path) in PUBLIC_HANDLERS
        if (method, path) in OF_ALL_HOLDERS:
            closing.append((method, path, is_proven))
            continue
        for asked in (method, "HEAD") if method == "GET" else (method,):
            house.fill()
            answer = house.call(asked, path, caller)
            assert answer.status != 401, (asked, path)
            assert answer.status < 500, (asked, path, answer.body)
            assert (answer.status == 403) == (not (has_scope and is_proven)), (asked, path, answer.body)
            if answer.status == 403 and asked != "HEAD":
                assert answer.fields["code"] == ("forbidden-origin" if has_scope else "insufficient-scope")
    for method, path, is_proven in closing:
        house.renew(holder)
        assert (house.call(method, path, caller).status == 403) == (not is_proven), (method, path)
    house.renew(holder)
    for path in {path for _, path in real_rows(house)}:
        told = house.call("OPTIONS", path, caller)
        methods = {method for method, other in real_rows(house) if other == path}
        assert (told.status, methods - set(told.headers["allow"].split(", "))) == (204, set()), path
    assert house.ask("OPTIONS", "*", caller).status == 204
    assert house.ask("GET", "/no/such/address", caller).status == 404
    house.close()


@pytest.mark.parametrize(
    ("other", "owner"), [("other", "all"), ("owner by session", "all by token"), ("all by token", "all")]
)
def test_another_owners_things_are_as_if_they_were_not_there(other: str, owner: str) -> None:
    house = House(owner=owner_of(ISSUER, "ana") if owner.endswith(BY_ISSUER) else "ana")
    unknown = {name: str(uuid4()) for name in house.names} | {"key_id": "Zz999999"}
    seen = 0
    for method, path in real_rows(house):
        if "_id" not in path or (method, path) in PUBLIC_HANDLERS:
            continue
        house.fill()
        there, nowhere = (house.call(method, path, other, names) for names in (None, unknown))
        assert there.status == nowhere.status == 404, (method, path, there.body)
        assert there.fields == nowhere.fields
        if method == "GET":
            heads = [house.call("HEAD", path, other, names) for names in (None, unknown)]
            assert {head.status for head in heads} == {404}, path
            assert heads[0].headers["content-length"] == heads[1].headers["content-length"], path
        mine = house.call(method, path, owner)
        assert mine.status < 500, (method, path, mine.body)
        assert mine.status != 404, (method, path, mine.body)
        seen += 1
    assert seen > 10
    house.close()


def test_a_list_and_a_page_have_nothing_of_another_owner(house: House) -> None:
    house.world.service.upkeep_once()
    telling = set()
    for path in sorted({path for method, path in real_rows(house) if method == "GET" and "{" not in path}):
        query = "?q=A" if path in {"/", "/api/v1/search"} else ""
        mine, other = (house.ask("GET", path + query, caller) for caller in ("owner", "other"))
        if any(name in mine.body.decode() for name in house.names.values()):
            telling.add(path)
        assert not any(name in other.body.decode() for name in house.names.values()), path
        assert '"ana"' not in other.body.decode(), path
    assert telling == LISTS


def test_the_key_in_a_path_is_not_served_either(house: House) -> None:
    assert house.ask("GET", f"/api/v1/jobs/{house.texts['owner']}", "owner").status == 401


def test_a_misspelt_key_in_a_query_is_an_unknown_parameter(house: House) -> None:
    assert house.ask("GET", "/api/v1/jobs?key=ocrk_x", "owner").status == 422


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
def test_the_scheme_is_read_as_the_standard_says(house: House, scheme: str) -> None:
    answer = house.ask("GET", "/api/v1/jobs", authorization=f"{scheme} {house.texts['owner']}")
    assert answer.status == 200


def test_the_operator_may_open_what_is_about_the_service() -> None:
    house = House(replace(SETTINGS, open=("metrics", "schema", "stats")))
    for path in ("/metrics", "/schema", "/schema/openapi.json", "/api/v1/stats"):
        assert house.ask("GET", path).status == 200, path
    for path in ("/api/v1/jobs", "/api/v1/audit", "/status"):
        assert house.ask("GET", path).status == 401, path
    house.close()


def test_without_the_database_a_key_is_neither_right_nor_wrong() -> None:
    house = House()
    keys = Faulty(house.world.context.api_keys)
    object.__setattr__(house.world.context, "api_keys", keys.port)
    keys.before("get", DatabaseUnavailable(), times=2)
    answer = house.ask("GET", "/api/v1/jobs", "owner")
    assert (answer.status, answer.fields["code"]) == (503, "database-unavailable")
    assert "retry-after" in answer.headers
    assert house.ask("GET", "/health/live", "owner").status == 200
    assert house.ask("GET", "/api/v1/jobs", "nobody").status == 401
    assert house.ask("GET", "/api/v1/jobs", "owner").status == 200
    house.close()


def test_without_the_issuer_a_token_is_neither_right_nor_wrong_and_keys_go_on(house: House) -> None:
    house.tokens.is_away = True
    answer = house.ask("GET", "/api/v1/jobs", "owner by token")
    assert (answer.status, answer.fields["code"]) == (503, "issuer-unavailable")
    assert "retry-after" in answer.headers
    assert house.ask("GET", "/api/v1/jobs", "owner").status == 200


def test_a_token_opens_no_session_and_is_none(house: House) -> None:
    house.world.tick(minutes=1)
    body = json.dumps({"key": house.token("ana", scope="read")}).encode()
    answer = house.ask("POST", "/session", body=body, content_type="application/json")
    assert answer.status == 401
    assert "set-cookie" not in answer.headers


def test_tokens_are_not_taken_where_the_operator_trusts_no_issuer() -> None:
    house = House(replace(SETTINGS, auth="keys"))
    assert house.ask("GET", "/api/v1/jobs", "owner by token").status == 401
    assert house.ask("GET", "/api/v1/jobs", "owner").status == 200
    house.close()
