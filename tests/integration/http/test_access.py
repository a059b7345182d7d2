"""Who may do what, at every address: generated from the routes themselves."""

import asyncio
import json
import random
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import unquote
from uuid import uuid4

import pytest
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp
from prometheus_client import CollectorRegistry

from entrypoints.http.access import Access
from entrypoints.http.app import create_app, routed_app
from entrypoints.settings import Settings
from ocrcore import OcrService
from ocrcore.application.verdicts import Verdicts
from ocrcore.domain.api_key import RANDOM_BYTES, Scope, new_key_text
from ocrcore.domain.errors import DatabaseUnavailable
from ocrcore.testing.faults import Faulty
from worlds import World, uploads

SETTINGS: Final = Settings(auth="keys")
READ, WRITE, ADMIN = Scope
#: All that is answered without a key. A new line here needs a reason.
PUBLIC_HANDLERS: Final = {
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/schema/static/{name:str}"),
    ("PUT", "/api/v1/uploads/{job_id:str}/{number:int}"),  # the address is signed
}
#: What needs a key with the scope admin.
OF_ADMINS: Final = {"/metrics", "/api/v1/stats"}
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
)
#: Callers with a key, and its owner and scopes.
HOLDERS: Final[Mapping[str, tuple[str, frozenset[Scope]]]] = {
    "reader": ("ana", frozenset({READ})),
    "owner": ("ana", frozenset({READ, WRITE})),
    "admin": ("ana", frozenset({ADMIN})),
    "all": ("ana", frozenset(Scope)),
    "other": ("bob", frozenset({READ, WRITE})),
}


@dataclass
class Answer:
    """What the application sent."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def fields(self) -> dict[str, Any]:
        """The body as JSON, without the id of the request."""
        return {**json.loads(self.body), "instance": ""}


async def _ask(app: ASGIApp, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
    path, _, query = target.partition("?")
    fields = [(b"host", b"localhost"), *((name.encode(), value.encode()) for name, value in headers.items())]
    if body:
        fields.append((b"content-length", str(len(body)).encode()))
    sent: list[Any] = []
    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.split(b"/")[0], value) for name, value in fields],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
        "extensions": {},
    }
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    complete = asyncio.Event()

    async def receive() -> Any:  # noqa: ANN401 - ASGI's
        if messages:
            return messages.pop()
        await complete.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:  # noqa: ANN401 - ASGI's
        sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            complete.set()

    await app(scope, receive, send)
    heads = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], heads, b"".join(message.get("body", b"") for message in sent[1:]))


class House:
    """A service that asks for keys, with a finished job of ana's, and a key for each caller."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        self.world = World()
        self.service = OcrService(self.world.context)
        self.app = create_app(self.service, settings)
        access = Access(self.service, settings)
        self.routes = routed_app(self.service, settings, access, CollectorRegistry()).routes
        self.loop = asyncio.new_event_loop()
        keys = self.service.keys
        self.texts = {
            name: keys.create(owner, name=name, scopes=scopes).text for name, (owner, scopes) in HOLDERS.items()
        }
        gone, late = (keys.create("ana", name=name, expires_in=timedelta(hours=1)) for name in ("revoked", "expired"))
        keys.revoke(gone.key.id)
        self.texts |= {"revoked": gone.text, "expired": late.text, "unknown": new_key_text(b"?" * RANDOM_BYTES)}
        self.texts["malformed"] = self.texts["owner"][:-1] + "-"
        self.world.tick(hours=1)
        self.fill()

    def close(self) -> None:
        """End what still runs."""

        async def end() -> None:
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        self.loop.run_until_complete(end())
        self.loop.close()

    def fill(self) -> None:
        """Make what the addresses name: a job with an item, and a key."""
        jobs = self.service.of("ana")
        job = jobs.submit(uploads("A"))
        self.world.process_all()
        spare = self.service.keys.create("ana", name=str(uuid4()))
        self.service.keys.revoke(spare.key.id)
        (item,) = jobs.items(job.id)
        self.names = {"job_id": str(job.id), "item_id": str(item.id), "key_id": spare.key.id}

    def ask(self, method: str, target: str, caller: str = "nobody", *, body: bytes = b"", **more: str) -> Answer:
        """Send a request as one of the callers."""
        headers = {name.replace("_", "-"): value for name, value in more.items()}
        text = self.texts.get(caller, self.texts["owner"])
        match caller:
            case "nobody":
                pass
            case "another scheme":
                headers["authorization"] = f"Basic {text}"
            case "two keys":
                headers |= {"authorization": f"Bearer {text}", "authorization/2": f"Bearer {text}"}
            case "in the query":
                target += f"{'&' if '?' in target else '?'}key={text}"
                headers["authorization"] = f"Bearer {text}"
            case _:
                headers["authorization"] = f"Bearer {text}"
        return self.loop.run_until_complete(_ask(self.app, method, target, headers, body))

    def rows(self) -> Iterator[tuple[str, str]]:
        """Yield the method and the template of every route."""
        for route in self.routes:
            if isinstance(route, HTTPRoute):
                for handler in route.route_handlers:
                    for method in sorted(handler.http_methods):
                        yield str(method), route.path

    def call(self, method: str, template: str, caller: str, names: Mapping[str, str] | None = None) -> Answer:
        """Send a request to a route, with names of things that are there."""
        path = template
        for name, value in {**self.names, "number": "0", "name": "swagger-ui.css", **(names or {})}.items():
            for kind in ("str", "int", "path"):
                path = path.replace(f"{{{name}:{kind}}}", value)
        asked = "GET" if method == "HEAD" else method
        if asked == "PATCH" or (asked == "POST" and template.endswith("/keys")):
            body = b'{"name": "x"}'
            return self.ask(method, path, caller, body=body, content_type="application/json")
        return self.ask(method, path, caller)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


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
    assert {path for path in opened if not path.startswith("/schema")} == OF_ADMINS
    assert opened == {path for _, path in real_rows(house) if is_for_admins(path)}


@pytest.mark.parametrize("caller", STRANGERS)
def test_a_stranger_gets_the_same_401_at_every_address_that_is_not_public(house: House, caller: str) -> None:
    bodies = set()
    for method, path in real_rows(house):
        for asked in (method, "HEAD") if method == "GET" else (method,):
            answer = house.call(asked, path, caller)
            if (method, path) in PUBLIC_HANDLERS:
                assert answer.status not in {401, 403}, (asked, path)
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


@pytest.mark.parametrize("caller", HOLDERS)
def test_a_key_opens_what_its_scopes_say_at_every_address(caller: str) -> None:
    house = House()
    _, scopes = HOLDERS[caller]
    held = scopes | ({READ} if WRITE in scopes else set())
    for method, path in real_rows(house):
        needed = ADMIN if is_for_admins(path) else READ if method == "GET" else WRITE
        may = (method, path) in PUBLIC_HANDLERS or needed in held
        for asked in (method, "HEAD") if method == "GET" else (method,):
            house.fill()
            answer = house.call(asked, path, caller)
            assert answer.status != 401, (asked, path)
            assert (answer.status == 403) == (not may), (asked, path, answer.body)
            if not may and asked != "HEAD":
                assert answer.fields["code"] == "insufficient-scope"
    assert house.ask("OPTIONS", "*", caller).status == 204
    assert house.ask("GET", "/no/such/address", caller).status == 404
    house.close()


def test_another_owners_things_are_as_if_they_were_not_there() -> None:
    house = House()
    unknown = {"job_id": str(uuid4()), "item_id": str(uuid4()), "key_id": "Zz999999"}
    seen = 0
    for method, path in real_rows(house):
        if "_id" not in path or (method, path) in PUBLIC_HANDLERS:
            continue
        house.fill()
        there, nowhere = (house.call(method, path, "other", names) for names in (None, unknown))
        assert there.status == nowhere.status == 404, (method, path, there.body)
        assert there.fields == nowhere.fields
        mine = house.call(method, path, "all")
        assert mine.status != 404, (method, path, mine.body)
        seen += 1
    assert seen > 10
    house.close()


@pytest.mark.parametrize("path", ["/api/v1/jobs", "/api/v1/keys", "/api/v1/search?q=A"])
def test_a_list_has_nothing_of_another_owner(house: House, path: str) -> None:
    house.world.service.upkeep_once()
    answers = {caller: house.ask("GET", path, caller) for caller in ("owner", "other")}
    assert house.names["job_id"] in answers["owner"].body.decode() or '"ana"' in answers["owner"].body.decode()
    assert house.names["job_id"] not in answers["other"].body.decode()
    assert '"ana"' not in answers["other"].body.decode()


def odd_paths(number: int) -> Iterator[str]:
    """Yield paths around the public ones: prefixes, suffixes, dots, doubled and encoded characters."""
    drawn = random.Random(20)  # noqa: S311 - the same in every run
    public = ["/health/live", "/health/ready", "/schema/static/swagger-ui.css", "/api/v1/uploads"]
    closed = ["/api/v1/jobs", "/metrics", "/api/v1/stats", "/schema", "/schema/openapi.json", "/api/v1/keys"]
    glue = ["/", "//", "/./", "/../", "%2f", "%2F..%2f", "\\", ";", "%00", "%09", "%20", ".", "..", "%2e%2e/", "?", "#"]

    def bent(path: str) -> str:
        place = drawn.randrange(len(path) + 1)
        letter = path[place - 1]
        return drawn.choice(
            [
                path[:place] + drawn.choice(glue) + path[place:],
                path.upper() if drawn.random() < 0.5 else path.title(),
                path[: place - 1] + f"%{ord(letter):02x}" + path[place:] if place else path + "%",
                path + drawn.choice(["/", ".json", "/x", ";a=b", "?x=1", "%3f", "~"]),
                path.replace("/", drawn.choice(["//", "%2f", "/./", "\\"]), drawn.randrange(1, 3)),
                path + drawn.choice(string.printable.strip()),
            ]
        )

    for _ in range(number):
        start, end = drawn.choice(public), drawn.choice(closed)
        path = drawn.choice(
            [start, end, start + drawn.choice(glue) + end.lstrip("/"), end + drawn.choice(glue) + start]
        )
        for _ in range(drawn.randrange(1, 4)):
            path = bent(path)
        yield path


#: What the public handlers answer.
OF_PUBLIC: Final = ('{"status":"ok"}',)


def test_of_ten_thousand_odd_paths_around_the_public_ones_none_is_open(house: House) -> None:
    opened: dict[str, int] = {}
    for path in odd_paths(10_000):
        answer = house.ask("GET", path)
        if answer.status == 401:
            continue
        text = answer.body.decode(errors="replace")
        opened[path] = answer.status
        is_public = text in OF_PUBLIC or "swagger-ui" in text[:500] or answer.headers["content-type"] == "text/css"
        assert is_public or answer.status in {400, 404, 405}, (path, answer)
        if answer.status in {404, 405}:  # of the public handler of static files, for a name that is none
            assert "/static/" in unquote(path).lower(), path
    assert len(opened) < 5_000


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
    assert house.ask("GET", "/api/v1/jobs").status == 401
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


def test_a_client_makes_lists_and_ends_its_keys() -> None:
    house = House()
    json_body = {"content_type": "application/json"}
    made = house.ask(
        "POST",
        "/api/v1/keys",
        "owner",
        body=b'{"name": "phone", "scopes": ["read"], "expires_in": "1d"}',
        **json_body,
    )
    fields = json.loads(made.body)
    assert made.status == 201
    assert sorted(fields) == ["expires_at", "id", "key", "name", "owner", "scopes"]
    assert (fields["owner"], fields["name"], fields["scopes"]) == ("ana", "phone", ["read"])
    assert house.ask("GET", "/api/v1/jobs", authorization=f"Bearer {fields['key']}").status == 200
    listed = house.ask("GET", "/api/v1/keys?limit=1", "owner")
    assert [key["id"] for key in json.loads(listed.body)["keys"]] == [fields["id"]]
    assert "hash" not in listed.body.decode()
    assert fields["key"][14:] not in listed.body.decode()
    cursor = json.loads(listed.body)["next_cursor"]
    rest = json.loads(house.ask("GET", f"/api/v1/keys?cursor={cursor}", "owner").body)
    assert fields["id"] not in [key["id"] for key in rest["keys"]]
    assert {key["owner"] for key in rest["keys"]} == {"ana"}
    for _ in range(2):
        assert house.ask("DELETE", f"/api/v1/keys/{fields['id']}", "owner").status == 204
    assert house.ask("GET", "/api/v1/jobs", authorization=f"Bearer {fields['key']}").status == 401
    wide = house.ask("POST", "/api/v1/keys", "owner", body=b'{"scopes": ["admin"]}', **json_body)
    assert (wide.status, wide.fields["code"]) == (403, "insufficient-scope")
    house.close()


@pytest.mark.parametrize(
    "body",
    [
        *("", "{", "[]", '{"scope": "read"}', '{"scopes": "read"}', '{"scopes": ["all"]}', '{"scopes": []}'),
        *('{"expires_in": "soon"}', '{"expires_in": -1}', '{"name": 1}', '{"expires_in": 0}', "[" * 9000),
    ],
)
def test_a_wish_for_a_key_that_makes_no_sense_is_refused(house: House, body: str) -> None:
    answer = house.ask("POST", "/api/v1/keys", "owner", body=body.encode(), content_type="application/json")
    assert answer.status == 422, answer.body
    assert answer.fields["code"] == "invalid-option"


def test_without_keys_there_are_no_routes_of_keys() -> None:
    house = House(Settings())
    assert house.ask("GET", "/api/v1/keys").status == 404
    assert house.ask("GET", "/api/v1/jobs").status == 200
    assert house.ask("GET", "/metrics").status == 200
    house.close()


def test_a_held_answer_ends_soon_after_another_process_has_revoked_its_key() -> None:
    house = House()
    job = house.service.of("ana").submit(uploads("B"))
    other = OcrService(replace(house.world.context, verdicts=Verdicts()))
    (key_id,) = [key.id for key in other.keys.list() if key.name == "owner"]

    async def hold() -> tuple[Answer, float]:
        loop = asyncio.get_running_loop()
        headers = {"authorization": f"Bearer {house.texts['owner']}"}
        asked = asyncio.create_task(_ask(house.app, "GET", f"/api/v1/jobs/{job.id}?wait=30s", headers, b""))
        await asyncio.sleep(0.5)
        assert not asked.done()
        other.keys.revoke(key_id)
        begun = loop.time()
        house.world.tick(seconds=2)
        return await asked, loop.time() - begun

    answer, seconds = house.loop.run_until_complete(hold())
    assert answer.status == 401
    assert seconds < 15  # of 30: five on an idle machine
    house.close()


def test_a_request_whose_key_is_revoked_before_its_commit_leaves_no_job() -> None:
    house = House()
    (key_id,) = [key.id for key in house.service.keys.list() if key.name == "owner"]
    edge = b"--edge\r\ncontent-disposition: form-data; name=files; filename=a.png\r\n\r\nPICTURE:X\r\n--edge--\r\n"
    documents = house.world.context.documents
    revoke: Callable[[], object] = lambda: house.service.keys.revoke(key_id)  # noqa: E731

    class Revoking:
        """Documents that are stored while the key is revoked."""

        def put(self, name: str, content: Any) -> None:  # noqa: ANN401 - the port's
            documents.put(name, content)
            revoke()

        def __getattr__(self, verb: str) -> Any:  # noqa: ANN401 - any verb
            return getattr(documents, verb)

    object.__setattr__(house.world.context, "documents", Revoking())
    before = len(list(house.service.of("ana").list()))
    answer = house.ask("POST", "/api/v1/jobs", "owner", body=edge, content_type="multipart/form-data; boundary=edge")
    assert answer.status == 401, answer.body
    assert len(list(house.service.of("ana").list())) == before
    house.close()
