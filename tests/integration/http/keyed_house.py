"""A service that asks for keys, with callers of every kind."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import unquote
from uuid import uuid4

from litestar.routes import HTTPRoute
from litestar.types import ASGIApp
from prometheus_client import CollectorRegistry

from adapters.memory.tokens import MemoryTokens
from entrypoints.http.access import Access
from entrypoints.http.app import create_app, routed_app
from entrypoints.settings import Settings
from ocrcore import OcrService
from ocrcore.domain.api_key import RANDOM_BYTES, Scope, new_key_text
from ocrcore.domain.caller import Caller
from worlds import World, uploads

READ, WRITE, ADMIN = Scope
ISSUER: Final = "https://id.example.org"
#: Every scope needs the scope of the issuer of the same name.
SETTINGS: Final = Settings(
    auth="keys,oidc",
    oidc_issuer=ISSUER,
    oidc_audience="ocr",
    oidc_scopes=tuple((scope, str(scope)) for scope in Scope),
)
#: Ends of the name of a caller who sends a session in place of the key; without proof that its own page asks.
BY_SESSION, UNPROVEN = " by session", " without proof"
#: End of the name of a caller who sends an access token; it is a subject of the issuer, and so another owner.
BY_ISSUER: Final = " by token"
#: Callers with a key, and its owner and scopes.
HOLDERS: Final[Mapping[str, tuple[str, frozenset[Scope]]]] = {
    "reader": ("ana", frozenset({READ})),
    "owner": ("ana", frozenset({READ, WRITE})),
    "admin": ("ana", frozenset({ADMIN})),
    "all": ("ana", frozenset(Scope)),
    "other": ("bob", frozenset({READ, WRITE})),
}

#: Method and route -> the body of a request that changes something.
BODIES: Final[Mapping[tuple[str, str], bytes]] = {
    ("PATCH", "/api/v1/jobs/{job_id:str}"): b'{"name": "x"}',
    ("PATCH", "/api/v1/items/{item_id:str}/text"): b'{"revision": 0, "corrections": [{"line": 0, "text": "B"}]}',
    ("POST", "/api/v1/keys"): b'{"name": "x"}',
    ("POST", "/api/v1/webhooks"): b'{"url": "https://receiver.example/"}',
    ("POST", "/items/{item_id:str}/text"): b"revision=0&line-0=B&was-0=A",
    ("POST", "/jobs/{job_id:str}/rename"): b"name=x",
    ("POST", "/keys"): b"name=y&scope=read",
    ("POST", "/webhooks"): b"url=https%3A%2F%2Freceiver.example%2F&event=job.finished",
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


class SlowClients:
    """Clients that do not read their answers for a while, but for refusals."""

    def __init__(self) -> None:
        self._reading = asyncio.Event()
        #: Released once for each that has an answer, or a refusal.
        self.answered = asyncio.Semaphore(0)

    async def wait(self) -> None:
        """Return when they read."""
        self.answered.release()
        await self._reading.wait()

    def read(self) -> None:
        """Let them read."""
        self._reading.set()


async def ask(  # noqa: PLR0913 - each is a part of the request, or says how its client behaves
    app: ASGIApp,
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    is_held: bool = False,
    slow: SlowClients | None = None,
    listens: bool = False,
) -> Answer:
    """Send one request to an application, without a server.

    One that is held never sends its body. One that ``listens`` reads a stream to its end, and not its first bytes only.
    """
    path, _, query = target.partition("?")
    fields = [(name.encode(), value.encode()) for name, value in {"host": "localhost", **headers}.items()]
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
    messages = [] if is_held else [{"type": "http.request", "body": body, "more_body": False}]

    complete = asyncio.Event()

    async def receive() -> Any:  # noqa: ANN401 - ASGI's
        if messages:
            return messages.pop()
        await complete.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:  # noqa: ANN401 - ASGI's
        sent.append(message)
        if slow is not None and message["type"] == "http.response.start" and message["status"] >= 400:
            slow.answered.release()
        if slow is not None and message.get("body") and sent[0]["status"] < 400:
            await slow.wait()
        kind = dict(sent[0]["headers"]).get(b"content-type", b"")
        is_stream = not listens and kind.startswith(b"text/event-stream")
        if message["type"] == "http.response.body" and (is_stream or not message.get("more_body", False)):
            complete.set()  # nobody else listens to a stream for longer than that

    await app(scope, receive, send)
    heads = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], heads, b"".join(message.get("body", b"") for message in sent[1:]))


class House:
    """A service that asks for keys or tokens, with a finished job of ``owner``, and a key for each caller."""

    def __init__(self, settings: Settings = SETTINGS, owner: str = "ana") -> None:
        self.world, self.owner = World(replace(settings.policy, limit_requests=settings.limit_requests or 0)), owner
        self.tokens = MemoryTokens()
        object.__setattr__(self.world.context, "tokens", self.tokens)
        self.service = OcrService(self.world.context)
        self.app = create_app(self.service, settings)
        access = Access(self.service, settings)
        self.routes = routed_app(self.service, settings, access, CollectorRegistry()).routes
        self.loop = asyncio.new_event_loop()
        keys = self.service.keys
        self.texts = {
            name: keys.create(owner, name=name, scopes=scopes).text for name, (owner, scopes) in HOLDERS.items()
        }
        gone, late = (keys.create("ana", name=name, expires_in=timedelta(hours=2)) for name in ("revoked", "expired"))
        self.cookies = {name: self._cookie(new.text) for name, new in (("revoked", gone), ("expired", late))}
        keys.revoke(gone.key.id)
        self.texts |= {"revoked": gone.text, "expired": late.text, "unknown": new_key_text(b"?" * RANDOM_BYTES)}
        self.texts["malformed"] = self.texts["owner"][:-1] + "-"
        self.world.tick(hours=2)
        self.cookies["idle"] = self._cookie(self.texts["owner"])
        self.world.tick(hours=1)
        closed = self.service.open_session(self.texts["owner"], "127.0.0.1")
        self.service.close_session(closed.caller)
        self.cookies["closed"] = f"ocr={closed.text}"
        self.texts |= {
            "expired token": self.token("ana", exp=self._now()),
            "token of another audience": self.token("ana", aud="other"),
            "token of another issuer": self.token("ana", iss="https://id.example.com"),
            "token that nobody signed": MemoryTokens(1).issue({"sub": "ana"}),
        }
        for holder in HOLDERS:
            self.renew(holder)
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

    def token(self, subject: str, **other: object) -> str:
        """Return an access token."""
        now = self._now()
        usual = {"iss": ISSUER, "aud": "ocr", "sub": subject, "iat": now, "exp": now + 10**7}
        return self.tokens.issue({**usual, **other})

    def _now(self) -> int:
        return int(self.service.now().timestamp())

    def renew(self, holder: str) -> None:
        """Open the session of a holder again."""
        self.cookies[holder] = self._cookie(self.texts[holder])

    def _cookie(self, key: str) -> str:
        self.world.tick(minutes=1)  # so that no address opens too many
        text = self.service.open_session(key, "127.0.0.1").text
        assert text is not None
        return f"ocr={text}"

    def fill(self) -> None:
        """Make what the addresses name: a job with an item, and a key."""
        jobs = self.service.of(self.owner)
        job = jobs.submit(uploads("A"))
        self.world.process_all()
        if old_names := getattr(self, "names", None):  # an owner has a hundred live keys at most
            self.service.keys.revoke(old_names["key_id"])
        spare = self.service.keys_of(Caller(self.owner)).create(name=str(uuid4()))
        (item,) = jobs.items(job.id)
        webhooks = self.service.webhooks_of(Caller(self.owner))
        for old in webhooks.list():  # an owner may have a few only
            webhooks.delete(old.id)
        webhook_id = webhooks.create("https://receiver.example/").webhook.id
        self.names = {
            "job_id": str(job.id),
            "item_id": str(item.id),
            "key_id": spare.key.id,
            "webhook_id": str(webhook_id),
            "delivery_id": str(webhooks.ping(webhook_id).id),
        }

    def fill_job(self) -> None:
        """Make and finish one more job of the owner."""
        self.service.of(self.owner).submit(uploads("B"))
        self.world.process_all()

    def ask(self, method: str, target: str, caller: str = "nobody", *, body: bytes = b"", **more: str) -> Answer:
        """Send a request as one of the callers."""
        headers = {name.replace("_", "-").replace("-2", "/2"): value for name, value in more.items()}
        text = self.texts.get(caller, self.texts["owner"])
        holder = caller.removesuffix(UNPROVEN).removesuffix(BY_SESSION).removesuffix(BY_ISSUER)
        match caller:
            case "nobody":
                pass
            case _ if caller.endswith(BY_ISSUER):
                subject, scopes = HOLDERS[holder]
                headers["authorization"] = f"Bearer {self.token(subject, scope=' '.join(scopes))}"
            case _ if caller != holder:
                headers["cookie"] = self.cookies[holder]
                if not caller.endswith(UNPROVEN):
                    headers["sec-fetch-site"] = "same-origin"
            case "another scheme":
                headers["authorization"] = f"Basic {text}"
            case "two keys":
                headers |= {"authorization": f"Bearer {text}", "authorization/2": f"Bearer {text}"}
            case "in the query":
                target += f"{'&' if '?' in target else '?'}key={text}"
                headers["authorization"] = f"Bearer {text}"
            case _:
                headers["authorization"] = f"Bearer {text}"
        return self.loop.run_until_complete(ask(self.app, method, target, headers, body))

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
        usual = {"number": "0", "name": "swagger-ui.css", "digest": "0"}
        for name, value in {**self.names, **usual, **(names or {})}.items():
            for kind in ("str", "int", "path"):
                path = path.replace(f"{{{name}:{kind}}}", value)
        asked = "GET" if method == "HEAD" else method
        if asked == "POST" and template == "/session":
            body = json.dumps({"key": self.texts["owner"]}).encode()
            self.world.tick(minutes=1)  # so that no caller opens too many
            return self.ask(method, path, caller, body=body, content_type="application/json")
        if asked == "POST" and template == "/login":
            return self.ask(method, path, caller, sec_fetch_site="same-origin")
        body = BODIES.get((asked, template), b"")
        kind = "application/json" if body.startswith(b"{") else "application/x-www-form-urlencoded"
        return self.ask(method, path, caller, body=body, **({"content_type": kind} if body else {}))
