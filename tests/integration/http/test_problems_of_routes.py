"""The description names, for each operation, exactly the problems that it answers with.

Every operation is asked in every way that some operation refuses: what is answered anywhere must be described there,
and what is described must have been answered.
"""

import asyncio
import io
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Final
from uuid import uuid4

import pytest
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from adapters.engines.protocol import FAILURES
from adapters.memory.database import MemoryDatabase
from adapters.memory.imaging import MemoryImaging
from adapters.memory.ports import memory_ports
from entrypoints.http.access import Access
from entrypoints.http.problems import PAGE_TITLES
from entrypoints.settings import Settings
from integration.http.keyed_house import SETTINGS, Answer, House, ask
from integration.http.site import field, form, part
from ocrcore import Upload
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import AuditUnavailable, DatabaseFull, DatabaseUnavailable, StorageUnavailable
from ocrcore.domain.file_refusals import refusal_for
from ocrcore.domain.options import JobOptions
from ocrcore.ports.engine import EngineFailure
from ocrcore.ports.imaging import Header
from worlds import picture, uploads

JSON: Final = {"content-type": "application/json"}
FORM: Final = {"content-type": "multipart/form-data; boundary=edge"}
#: Reasons for which inspection refuses a file.
OF_FILES: Final = [
    ItemErrorCode.EMPTY_FILE,
    ItemErrorCode.UNSUPPORTED_IMAGE,
    ItemErrorCode.IMAGE_TOO_LARGE,
    ItemErrorCode.PDF_ENCRYPTED,
    ItemErrorCode.PDF_DAMAGED,
    ItemErrorCode.NO_PAGES,
    ItemErrorCode.TOO_MANY_PAGES,
]
#: What other tests provoke: what a page failed with, told by ``test_one_request``.
ELSEWHERE: Final[Mapping[str, set[str]]] = {"readFiles": {*map(str, PAGE_TITLES), "not-pdfa"}}
#: Small limits.
SMALL: Final = replace(SETTINGS, max_files=2, max_file_bytes=2000, max_items=3, max_body_bytes=3000)


class Imaging(MemoryImaging):
    """Refuses a file of the form ``REFUSED:code`` for this reason."""

    def inspect(self, content: BinaryIO, place: int = 0, owner: str = "") -> Header:
        content.seek(0)
        start, _, code = content.read().partition(b":")
        if start == b"REFUSED":
            raise refusal_for(ItemErrorCode(code.decode()))
        return super().inspect(content, place, owner)


class Down:
    """A port of which every call fails."""

    def __init__(self, port: object, error: Exception) -> None:
        self._port, self._error = port, error

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any verb
        if not callable(getattr(self._port, name)):
            return getattr(self._port, name)

        def fail(*_: object, **__: object) -> None:
            raise self._error

        return fail


@dataclass(frozen=True)
class Route:
    """An operation of the description."""

    name: str
    method: str
    path: str
    #: Whether it has a body in JSON.
    takes_json: bool


class Asked:
    """A service, the operations that it describes, and the problems that they answered with so far."""

    def __init__(self, trouble: list[Callable[[], Awaitable[None]]], settings: Settings = SMALL) -> None:
        self.trouble = trouble
        self.house = House(settings)
        object.__setattr__(self.house.world.context, "imaging", Imaging())
        described = json.loads(self.house.ask("GET", "/schema/openapi.json", "all").body)
        self.routes: list[Route] = []
        self.described: dict[str, set[str]] = {}
        for path, operations in described["paths"].items():
            for method, operation in operations.items():
                name = operation["operationId"]
                body = operation.get("requestBody", {}).get("content", {})
                self.routes.append(Route(name, method.upper(), path, "application/json" in body))
                answers = [one["content"] for status, one in operation["responses"].items() if status >= "400"]
                self.described[name] = {code for one in answers for code in one["application/problem+json"]["examples"]}
        self.seen: dict[str, set[str]] = defaultdict(set)
        self.names = dict(self.house.names)

    def ask(
        self,
        route: Route,
        caller: str = "all",
        query: str = "",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        names: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask an operation, by default with a body that it takes, and note the problem that it answers with."""
        path, given = route.path, {**self.names, "number": "0", **(names or {})}
        for name, value in given.items():
            path = path.replace(f"{{{name}}}", value)
        known, sent = self.body(route)
        merged = {**known, **(headers or {})}
        merged |= {} if caller == "nobody" else {"authorization": f"Bearer {self.text(caller)}"}
        content = sent if body is None else body
        usual = {"receiveUpload": given.get("address", ""), "readFiles": "wait=0s"}
        query = query or usual.get(route.name, "")
        answer = self.house.loop.run_until_complete(
            ask(self.house.app, route.method, path + (f"?{query}" if query else ""), merged, content)
        )
        if answer.headers.get("content-type") == "application/problem+json":
            self.seen[route.name].add(json.loads(answer.body)["code"])
            assert b"OCR_MAX" not in answer.body, "a client can change no setting"
        return answer

    def text(self, caller: str) -> str:
        return self.house.texts.get(caller) or self.house.token(caller, scope="read write admin")

    def body(self, route: Route) -> tuple[Mapping[str, str], bytes]:
        """Return headers and a body that the operation takes."""
        bodies: dict[str, object] = {
            "renameJob": {"name": "x"},
            "createKey": {"name": str(uuid4())},
            "openSession": {"key": self.house.texts["owner"]},
            "createWebhook": {"url": "https://receiver.example/"},
            "correctItem": {"revision": 0, "corrections": [{"line": 0, "word": 0, "text": "B"}]},
        }
        if route.name in bodies:
            return JSON, json.dumps(bodies[route.name]).encode()
        if route.name in {"submitJob", "readFiles"}:
            return FORM, form(part(picture()))
        return {}, b"PICTURE:B" if route.name == "receiveUpload" else b""

    def route(self, name: str) -> Route:
        (found,) = (route for route in self.routes if route.name == name)
        return found

    def everything(self) -> None:
        """Ask every operation once; those that change what there is come last."""
        last = ["retryJob", "cancelJob", "submitDraft", "deleteJob", "deleteWebhook", "revokeKey"]
        for route in sorted(self.routes, key=lambda route: last.index(route.name) if route.name in last else -1):
            self.ask(route)

    def ask_stopping(self, route: Route) -> None:
        """Ask an operation, and stop the service while it is at work."""
        headers, body = self.body(route)
        path = route.path
        for name, value in {**self.names, "number": "0"}.items():
            path = path.replace(f"{{{name}}}", value)
        headers = {**headers, "authorization": f"Bearer {self.text('all')}"}

        async def stop() -> Answer:
            task = asyncio.create_task(ask(self.house.app, route.method, path, headers, body))
            await self.hanging.wait()
            task.cancel()
            return await task

        self.hanging = asyncio.Event()
        answer = self.house.loop.run_until_complete(stop())
        self.seen[route.name].add(json.loads(answer.body)["code"])

    def each_state(self) -> Iterator[dict[str, str]]:
        """Yield the ids of jobs in every state, and of an item of each."""
        jobs, world = self.house.service.of("ana"), self.house.world
        yield {name: str(uuid4()) for name in ("job_id", "item_id", "webhook_id", "delivery_id", "key_id")}
        for text in ("A", "!image-corrupt"):
            job = jobs.submit([Upload("a.png", _content(text))])
            world.process_all()
            yield {"job_id": str(job.id), "item_id": str(jobs.items(job.id)[0].id)}
        job = jobs.submit(uploads("B"))
        yield {"job_id": str(job.id), "item_id": str(jobs.items(job.id)[0].id)}
        for code in OF_FILES:
            files = [Upload("a.png", _content("A")), Upload("b", _bytes(f"REFUSED:{code}"))]
            job = jobs.submit(files, replace(JobOptions(), accept_partial=True))
            yield {"job_id": str(job.id), "item_id": str(jobs.items(job.id)[1].id)}
        yield self.draft()

    def draft(self, size: int = 9, name: str = "a.png") -> dict[str, str]:
        """Return the id of a new draft of one file, and the query of the address that it is sent to."""
        body = json.dumps({"uploads": [{"filename": name, "size": size}]}).encode()
        made = json.loads(self.ask(self.route("submitJob"), body=body, headers=JSON).body)
        return {"job_id": made["job"]["id"], "address": made["uploads"][0]["url"].partition("?")[2]}

    @contextmanager
    def without(self, ports: tuple[str, ...], error: Exception) -> Iterator[None]:
        """Let every call of these ports fail."""
        context = self.house.world.context
        old = {port: getattr(context, port) for port in ports}
        for port, adapter in old.items():
            object.__setattr__(context, port, Down(adapter, error))
        try:
            yield
        finally:
            for port, adapter in old.items():
                object.__setattr__(context, port, adapter)

    def has(self, **names: str) -> None:
        """Make what earlier requests have deleted."""
        self.house.fill()
        self.names = {**self.house.names, **names}


def _bytes(text: str) -> BinaryIO:
    return io.BytesIO(text.encode())


def _content(text: str) -> BinaryIO:
    return _bytes(f"PICTURE{text}" if text.startswith("!") else f"PICTURE:{text}")


def ask_as_anybody(asked: Asked) -> None:
    """Ask from elsewhere, with odd heads, and with keys that are missing or do not suffice."""
    for route in asked.routes:
        for caller in ("nobody", "reader", "admin"):
            asked.ask(route, caller, names={"job_id": str(uuid4())})
        asked.ask(route, headers={"host": "evil.example"})
        asked.ask(route, headers={"origin": "https://evil.example"}, names={"job_id": str(uuid4())})
        asked.ask(route, query="&".join(f"a{number}=1" for number in range(40)))
        asked.ask(route, query="none=1", names={"job_id": str(uuid4())})
        asked.house.tokens.is_away = True
        asked.ask(route, "carol")
        asked.house.tokens.is_away = False
    for _ in range(12):
        asked.ask(asked.route("openSession"))
    asked.ask(asked.route("openSession"), body=b'{"key": "none"}')
    asked.house.world.tick(minutes=1)
    asked.ask(asked.route("openSession"), body=b'{"key": "none"}')
    asked.ask(asked.route("createWebhook"), body=b'{"url": "http://127.0.0.1/"}')


def ask_in_trouble(asked: Asked) -> None:
    """Ask while a bug shows, and while the service stops."""

    async def fail() -> None:
        msg = "a bug"
        raise RuntimeError(msg)

    async def hang() -> None:
        asked.hanging.set()
        await asyncio.Event().wait()

    for route in asked.routes:
        asked.trouble[:] = [fail]
        asked.ask(route)
        asked.trouble[:] = [hang]
        asked.ask_stopping(route)
        asked.trouble.clear()


def ask_for_everything_there_is(asked: Asked) -> None:
    asked.has()
    there = asked.names
    for names in asked.each_state():
        asked.names = {**there, **names}
        asked.everything()
    asked.has()
    for route in asked.routes:
        for query in ("cursor=x", "limit=0", "status=NONE", "created_after=x", "width=0", "format=none", "wait=x"):
            asked.ask(route, query=query)
        asked.ask(route, headers={"last-event-id": "x"}, names={"job_id": asked.names["job_id"]})


def ask_with_odd_bodies(asked: Asked) -> None:
    asked.has()
    address = asked.draft()
    for route in asked.routes:
        if route.method in {"POST", "PATCH", "PUT"}:
            kinds: list[Mapping[str, str]] = [{"content-type": "text/plain"}, {"content-encoding": "gzip"}, JSON]
            for headers in kinds:
                for body in (b"{", b"{}", b'{"uploads": []}', b'{"name": "' + b"x" * 1_100_000 + b'"}'):
                    asked.ask(route, body=body, headers=headers, names=address)


def ask_with_odd_files(asked: Asked) -> None:
    """Send files and options that are refused, in a form and as an announcement."""
    odd = [b"", b"x" * 2001, b"none", b"PICTURE:40000x40000:A", b"DOCUMENT:1\f2\f3\f4"]
    odd += [f"REFUSED:{code}".encode() for code in OF_FILES]
    bodies = [form(part(content)) for content in odd]
    bodies += [b"--edge\r\nx", form(field("none", "x")), form(field("files", "x")), form(field("languages", "eng"))]
    bodies += [form(part(picture()), field(name, "99")) for name in ("psm", "languages")]
    bodies += [form(*[part(picture())] * 3), b"x" * 3001]
    for route in (asked.route("submitJob"), asked.route("readFiles")):
        for body in bodies:
            asked.ask(route, body=body)
        key = {"idempotency-key": route.name}
        made = asked.ask(route, headers=key)
        asked.ask(route, body=form(part(picture("another"))), headers=key)
        asked.ask(asked.route("deleteJob"), names={"job_id": json.loads(made.body)["id"]})
        asked.ask(route, headers=key)


def ask_about_uploads(asked: Asked) -> None:
    """Send files to addresses, and submit what was sent."""
    send, submit = asked.route("receiveUpload"), asked.route("submitDraft")
    asked.ask(send, query="size=1&expires=1&signature=none")
    asked.ask(send, body=b"short", names=asked.draft())
    for content in (b"none", b"PICTURE:40000x40000:A", *(f"REFUSED:{code}".encode() for code in OF_FILES)):
        draft = asked.draft(len(content))
        asked.ask(send, body=content, names=draft)
        asked.ask(submit, names=draft)
    draft = asked.draft()
    asked.house.world.context.uploads.store(f"uploads/{draft['job_id']}/0", _bytes("longer than announced"))
    asked.ask(submit, names=draft)
    draft = asked.draft()
    asked.ask(send, names=draft)
    policy = asked.house.world.context.policy
    object.__setattr__(asked.house.world.context, "policy", replace(policy, max_file_bytes=5))  # lowered meanwhile
    asked.ask(send, names=draft)
    asked.ask(submit, names=draft)
    object.__setattr__(asked.house.world.context, "policy", policy)


def ask_for_results(asked: Asked) -> None:
    """Ask for PDFs that cannot be, and correct what somebody else has corrected."""
    jobs, world = asked.house.service.of("ana"), asked.house.world
    job = jobs.submit([Upload("a.bmp", _bytes("PICTURE.bmp:A"))])
    world.process_all()
    asked.has(job_id=str(job.id), item_id=str(jobs.items(job.id)[0].id))
    for name in ("jobResult", "itemResult"):
        asked.ask(asked.route(name), query="format=pdfa")
        for code in OF_FILES:
            if code in FAILURES:
                with asked.without(("pdf_writer",), EngineFailure(code)):
                    asked.ask(asked.route(name), query="format=pdf")
    for text in ("B", "C"):
        body = json.dumps({"revision": 0, "corrections": [{"line": 0, "word": 0, "text": text}]}).encode()
        asked.ask(asked.route("correctItem"), body=body)
    asked.ask(asked.route("reviewItem"), query="revision=7")


def ask_without(asked: Asked) -> None:
    """Ask while what the service needs is away."""
    context = asked.house.world.context
    rows = tuple(memory_ports(MemoryDatabase()))
    faults: list[tuple[tuple[str, ...], Exception]] = [
        (rows, DatabaseUnavailable()),
        (rows, DatabaseFull()),
        (("documents", "uploads", "queue"), StorageUnavailable()),
        (("audit",), AuditUnavailable()),
        (("page_images",), EngineFailure(ItemErrorCode.OCR_CRASHED)),
    ]
    assert all(hasattr(context, port) for ports, _ in faults for port in ports)
    for ports, error in faults:
        asked.has()
        draft, sent = asked.draft(), asked.draft()
        asked.ask(asked.route("receiveUpload"), names=sent)
        asked.house.world.tick(minutes=2)  # so that no verdict about a key is remembered
        with asked.without(ports, error):
            for name in ("jobResult", "itemResult"):
                asked.ask(asked.route(name), query="format=json")
            asked.everything()
            asked.ask(asked.route("receiveUpload"), names=draft)
            asked.ask(asked.route("submitDraft"), names=sent)


def ask_too_much(trouble: list[Callable[[], Awaitable[None]]]) -> Iterator[Asked]:
    """Ask beyond the limits of an owner."""
    many = Asked(trouble, replace(SMALL, limit_requests=1))
    many.everything()
    yield many
    full = Asked(trouble, replace(SMALL, limit_open_items=1))
    jobs = full.house.service.of("ana")
    failed = jobs.submit([Upload("a.png", _content("!image-corrupt"))])
    full.house.world.process_all()
    draft = full.draft()
    full.ask(full.route("receiveUpload"), names=draft)
    jobs.submit(uploads("A"))
    full.names |= {"job_id": str(failed.id)}
    for name in ("submitJob", "readFiles", "retryJob"):
        full.ask(full.route(name))
    full.ask(full.route("submitDraft"), names=draft)
    yield full


@pytest.fixture
def trouble(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], Awaitable[None]]]:
    """What happens, from now on, before the guard of each operation."""
    found: list[Callable[[], Awaitable[None]]] = []
    guard = Access.guard

    async def troubled(self: Access, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        for happen in found:
            await happen()
        await guard(self, connection, handler)

    monkeypatch.setattr(Access, "guard", troubled)
    return found


def test_each_operation_answers_with_the_problems_that_it_is_described_with(
    trouble: list[Callable[[], Awaitable[None]]],
) -> None:
    asked = Asked(trouble)
    try:
        for ask_about in (
            *(ask_as_anybody, ask_in_trouble, ask_for_everything_there_is, ask_with_odd_bodies, ask_with_odd_files),
            *(ask_about_uploads, ask_for_results, ask_without),
        ):
            ask_about(asked)
        for other in ask_too_much(trouble):
            for name, codes in other.seen.items():
                asked.seen[name] |= codes
            other.house.close()
    finally:
        asked.house.close()
    too_few = {name: sorted(asked.seen[name] - codes) for name, codes in asked.described.items()}
    too_many = {
        name: sorted(codes - asked.seen[name] - ELSEWHERE.get(name, set())) for name, codes in asked.described.items()
    }
    wrong = {name: (too_few[name], too_many[name]) for name in asked.described if too_few[name] or too_many[name]}
    assert wrong == {}, f"operation -> what is missing in the description, what it never answers with: {wrong}"
