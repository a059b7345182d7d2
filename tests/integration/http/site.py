"""The application behind a real server, and what its answers are held to."""

import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import httpx
import uvicorn
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from entrypoints.http import server as http_server
from entrypoints.http.connections import guarded_protocol
from entrypoints.http.problems import PROBLEMS
from ocrcore import LOCAL_OWNER, Job, JobFilter, OcrService, ProblemCode
from ocrcore.testing.patience import FOREVER
from worlds import World, picture

JOBS: Final = "/api/v1/jobs"
OCR: Final = "/api/v1/ocr"
#: What no answer may show: paths of this machine, SQL, Python's own words.
_UNSAFE: Final = re.compile(r"/(usr|home|root|tmp|work|var)/|SELECT |INSERT |sqlite|Traceback|\.py\b|0x[0-9a-f]{6,}")


@contextlib.contextmanager
def listening(
    app: ASGIApp, *, finishing: bool = True, trusted_proxies: Iterable[str] = (), most: int = 1000
) -> Iterator[int]:
    """Serve an application in a thread of its own; yield the port.

    With ``finishing`` an answer ends when all that is done for it is done, so that a test may look at what that was.
    ``most`` is the room for connections.
    """
    with http_server._listen("127.0.0.1", 0) as listener:
        config = uvicorn.Config(
            _finishing(app) if finishing else app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            proxy_headers=False,
            http=guarded_protocol(most, trusted_proxies),
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.005)
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()


def _finishing(app: ASGIApp) -> ASGIApp:
    async def finish(scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("method") != "POST" or scope["path"] == OCR:  # streams end by the client's word
            await app(scope, receive, send)
            return
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)
            if len(held) > 1:
                await send(held.pop(0))

        await app(scope, receive, hold)
        for message in held:
            await send(message)

    return finish


def form(*parts: bytes, boundary: bytes = b"edge") -> bytes:
    """Return a multipart body of these parts."""
    return b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n"


def part(content: bytes, filename: bytes | None = b"a.png", *, name: bytes = b"files", more: bytes = b"") -> bytes:
    """Return one part, a file unless it has no file name."""
    of_a_file = b"" if filename is None else b'; filename="' + filename + b'"'
    return b'Content-Disposition: form-data; name="' + name + b'"' + of_a_file + b"\r\n" + more + b"\r\n" + content


def field(name: str, content: str | bytes) -> bytes:
    """Return a part that is a text field."""
    return part(content if isinstance(content, bytes) else content.encode(), None, name=name.encode())


def problem(answer: httpx.Response, code: str) -> dict[str, Any]:
    """Return the fields of a problem answer, having looked at everything that all of them have in common."""
    fields: dict[str, Any] = answer.json()
    assert fields["code"] == code, fields
    status, title = PROBLEMS[ProblemCode(code)]
    assert (answer.status_code, fields["status"], fields["title"]) == (status, status, title)
    assert answer.headers["content-type"] == "application/problem+json"
    assert fields["type"] == f"urn:ocrcore:problem:{code}"
    assert fields["instance"] == f"urn:uuid:{answer.headers['x-request-id']}"
    assert fields["detail"].endswith(".")
    assert not _UNSAFE.search(answer.text), answer.text
    assert set(fields) <= {
        "type",
        "code",
        "title",
        "status",
        "detail",
        "instance",
        "index",
        "policy",
        "failing",
        "revision",
        "corrections",
    }
    return fields


@dataclass
class Site:
    """A service that is reached over HTTP, and the fakes below it."""

    world: World
    client: httpx.Client
    port: int

    @property
    def service(self) -> OcrService:
        """The service behind the application, for what is not asked over HTTP."""
        return self.world.service

    def post(self, body: bytes, *, kind: str = "multipart/form-data; boundary=edge", **headers: str) -> httpx.Response:
        """Submit a body as it is."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(JOBS, content=body, headers={"content-type": kind, **given})

    def send(self, *parts: bytes, **headers: str) -> httpx.Response:
        """Submit a well-formed body of these parts."""
        return self.post(form(*parts), **headers)

    def submit(self, *texts: str, **fields: str) -> dict[str, Any]:
        """Return a new job of one picture for each text, by default one."""
        files = [part(picture(text), f"{number}.png".encode()) for number, text in enumerate(texts or ("HELLO",))]
        answer = self.send(*files, *(field(name, value) for name, value in fields.items()))
        assert answer.status_code == 202, answer.text
        job: dict[str, Any] = answer.json()
        return job

    def get(self, path: str, **query: str | int) -> httpx.Response:
        """Get a path below the API's."""
        return self.client.get(f"/api/v1{path}", params=query)

    def raw(self, request: bytes) -> bytes:
        """Return all that the server says to these bytes until it closes the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=FOREVER) as connection:
            connection.sendall(request)
            answer = b""
            with contextlib.suppress(ConnectionResetError):
                while piece := connection.recv(65536):
                    answer += piece
            return answer

    def head(self, *lines: str) -> bytes:
        """Return the head of a submission, with these lines in place of a length."""
        kind = "content-type: multipart/form-data; boundary=edge"
        start = (f"POST {JOBS} HTTP/1.1", f"host: 127.0.0.1:{self.port}", kind, "connection: close")
        return "\r\n".join((*start, *lines, "", "")).encode()

    @property
    def stored(self) -> tuple[int, int, int]:
        """How many jobs, drafts and documents there are; what a refusal must leave at nothing."""
        jobs = self.service.of(LOCAL_OWNER).list(JobFilter())
        drafts = self.world.context.due_work.drafts(self.world.clock.now(), 10)
        return len(jobs), len(drafts), len(self.world.context.documents.keys("", 10))


NOTHING: Final = (0, 0, 0)


def job_of(site: Site, fields: dict[str, Any]) -> Job:
    """Return the job that a view is of."""
    return next(job for job in site.service.of(LOCAL_OWNER).list() if str(job.id) == fields["id"])
