"""The service behind a real nginx, as ``deploy/nginx`` sets it up: TLS, a path prefix, uploads that stream."""

import json
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import httpx
import pytest

from certificates import Authority, authority
from entrypoints.client import Client
from entrypoints.http import connections, upload
from entrypoints.http.app import create_app
from entrypoints.http.connections import GuardedProtocol
from integration.http.conftest import LIMITS, SwitchedContext
from integration.http.site import JOBS, NOTHING, Site, field, form, listening, part, problem
from nginx_server import Nginx, nginx
from ocrcore import OcrService
from ocrcore.ports.documents import BytesSource
from ocrcore.testing.patience import FOREVER
from worlds import World, picture, uploads

NAME = "ocr.example.org"
PUBLIC = f"https://{NAME}"
SETTINGS = replace(LIMITS, trusted_proxies=("127.0.0.1/32",), public_url=PUBLIC, base_path="/ocr")
#: Seconds.
_SLOW = 3.0
KIND = {"content-type": "multipart/form-data; boundary=edge"}


#: Where clients are: not where nginx is.
ELSEWHERE = "127.0.0.2"


class ToNginx(httpx.HTTPTransport):
    """Sends what is meant for the public name to the tests' nginx, and checks its certificate for that name."""

    def __init__(self, port: int, trusted: ssl.SSLContext) -> None:
        super().__init__(verify=trusted, http2=False, local_address=ELSEWHERE)
        self._port = port

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        there = request.url.copy_with(host="127.0.0.1", port=self._port)
        named = {**request.extensions, "sni_hostname": request.url.host}
        # A copy: the client keeps cookies by the address that it asked.
        sent = httpx.Request(request.method, there, headers=request.headers, stream=request.stream, extensions=named)
        return super().handle_request(sent)


@dataclass(frozen=True)
class Front:
    """The service on fakes as the world sees it."""

    site: Site
    server: Nginx
    trusted: ssl.SSLContext

    @property
    def client(self) -> httpx.Client:
        return self.site.client

    def connect(self) -> ssl.SSLSocket:
        """Return a connection to be written to by hand."""
        plain = socket.create_connection(("127.0.0.1", self.server.port), timeout=FOREVER)
        return self.trusted.wrap_socket(plain, server_hostname=NAME)

    def head(self, *lines: str) -> bytes:
        """Return the head of a submission."""
        kind = f"content-type: {KIND['content-type']}"
        return "\r\n".join((f"POST /ocr{JOBS} HTTP/1.1", f"host: {NAME}", kind, *lines, "", "")).encode()


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def running(ca: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SwitchedContext, int, Nginx]]:
    context = SwitchedContext()
    service = OcrService(context)  # type: ignore[arg-type] # it delegates to one
    folder = tmp_path_factory.mktemp("nginx")
    with (
        listening(create_app(service, SETTINGS), trusted_proxies=SETTINGS.trusted_proxies) as port,
        nginx(folder, port, ca.certify(NAME)) as server,
    ):
        yield context, port, server


@pytest.fixture
def front(running: tuple[SwitchedContext, int, Nginx], ca: Authority) -> Iterator[Front]:
    context, port, server = running
    world = World(policy=SETTINGS.policy)
    context.current = world.context
    trusted = ssl.create_default_context(cafile=ca.path)
    with httpx.Client(transport=ToNginx(server.port, trusted), base_url=f"{PUBLIC}/ocr", timeout=FOREVER) as client:
        yield Front(Site(world, client, port), server, trusted)


def answer_to(connection: ssl.SSLSocket) -> tuple[int, dict[str, str], bytes]:
    """Read one answer with a length, whatever becomes of the connection."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        assert piece, received
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    while len(body) < int(headers["content-length"]):
        body += connection.recv(65536)
    return int(status.split()[1]), headers, body


def post(front: Front, body: bytes) -> httpx.Response:
    return front.client.post(JOBS, content=body, headers=KIND)


def test_a_job_is_submitted_and_read_below_the_prefix(front: Front) -> None:
    answer = post(front, form(part(picture("HELLO"))))
    assert answer.status_code == 202
    assert answer.headers["location"] == f"{PUBLIC}/ocr{JOBS}/{answer.json()['id']}"
    front.site.world.process_all()
    job = front.client.get(answer.headers["location"], params={"wait": "5s"})
    assert job.json()["status"] == "DONE"
    assert front.client.get(f"{answer.headers['location']}/result").text == "HELLO"


def test_lists_go_on_page_by_page(front: Front) -> None:
    for _ in range(3):
        post(front, form(part(picture())))
    first = front.client.get(JOBS, params={"limit": 2}).json()
    second = front.client.get(JOBS, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert (len(first["jobs"]), len(second["jobs"]), second["next_cursor"]) == (2, 1, None)


def test_files_are_uploaded_to_signed_addresses_of_the_public_name(front: Front) -> None:
    content = picture("SIGNED")
    announced = {"uploads": [{"filename": "a.png", "size": len(content)}]}
    draft = front.client.post(JOBS, json=announced).json()
    (address,) = draft["uploads"]
    assert address["url"].startswith(f"{PUBLIC}/ocr/api/v1/uploads/")
    assert front.client.put(address["url"], content=content).status_code == 204
    forged = address["url"].replace("size=", "size=1")
    problem(front.client.put(forged, content=content), "not-found")
    submitted = front.client.post(f"{JOBS}/{draft['job']['id']}/submit")
    assert submitted.headers["location"] == f"{PUBLIC}/ocr{JOBS}/{draft['job']['id']}"
    renewed = front.client.post(JOBS, json=announced).json()["job"]["id"]
    (address,) = front.client.post(f"{JOBS}/{renewed}/uploads").json()["uploads"]
    assert address["url"].startswith(f"{PUBLIC}/ocr/")


def test_the_description_names_the_public_address_and_its_page_loads(front: Front) -> None:
    described = front.client.get("/schema/openapi.json").json()
    assert described["servers"] == [{"url": f"{PUBLIC}/ocr"}]
    page = front.client.get("/schema").text
    sources = [word.split('"')[0] for word in page.split('src="')[1:]]
    assert len(sources) == 2
    for source in sources:
        assert source.startswith("/ocr/schema/static/")
        assert front.client.get(f"{PUBLIC}{source}").status_code == 200


def test_every_answer_asks_browsers_for_tls(front: Front) -> None:
    for path in (JOBS, "/nothing", "/health/live"):
        assert front.client.get(path).headers["strict-transport-security"] == "max-age=31536000"


def test_other_names_and_origins_are_refused(front: Front) -> None:
    problem(front.client.get(JOBS, headers={"host": "evil.example"}), "forbidden-host")
    foreign = ("https://evil.example", f"http://{NAME}", f"https://{NAME}.evil.example", f"{PUBLIC}:8443")
    for origin in foreign:
        refused = front.client.post(JOBS, content=form(part(picture())), headers={**KIND, "origin": origin})
        problem(refused, "forbidden-origin")
    own = front.client.post(JOBS, content=form(part(picture())), headers={**KIND, "origin": PUBLIC})
    assert own.status_code == 202


def test_what_a_client_claims_of_itself_is_not_believed(front: Front, caplog: pytest.LogCaptureFixture) -> None:
    claims = {"x-forwarded-for": "192.0.2.9", "x-forwarded-host": "evil.example", "x-forwarded-proto": "http"}
    with caplog.at_level("INFO"):
        answer = front.client.post(JOBS, content=form(part(picture())), headers={**KIND, **claims})
    assert answer.headers["location"].startswith(PUBLIC)
    (logged,) = (record for record in caplog.records if record.message == "request")
    assert logged.__dict__["client"] == ELSEWHERE
    assert logged.__dict__["path"] == JOBS


def test_a_probe_needs_neither_name_nor_prefix(front: Front) -> None:
    for path in ("/health/live", "/ocr/health/ready"):
        answer = httpx.get(f"http://127.0.0.1:{front.site.port}{path}", headers={"host": "10.0.0.5"})
        assert answer.status_code == 200


def test_an_upload_is_refused_before_it_is_sent_whole(front: Front) -> None:
    body = form(field("owner", "root"), part(picture().ljust(500_000, b".")))
    with front.connect() as connection:
        connection.sendall(front.head(f"content-length: {len(body)}") + body[:400])
        status, headers, answer = answer_to(connection)
    assert (status, json.loads(answer)["code"]) == (400, "unknown-field")
    assert headers["content-type"] == "application/problem+json"
    assert front.site.stored == NOTHING


def test_a_body_that_is_too_large_is_refused_by_its_length(front: Front) -> None:
    with front.connect() as connection:
        connection.sendall(front.head("content-length: 2000001"))
        status, _, answer = answer_to(connection)
    assert (status, json.loads(answer)["code"]) == (413, "body-too-large")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_client_that_sends_on_after_a_refusal_reads_it(front: Front, *, chunked: bool) -> None:
    for _ in range(10):
        body = form(part(b"x" * 1_900_000))
        pieces = (body[at : at + 60_000] for at in range(0, len(body), 60_000))
        answer = front.client.post(JOBS, content=pieces if chunked else body, headers=KIND)
        problem(answer, "file-too-large")
    assert front.site.stored == NOTHING
    assert front.server.kept == []


def test_a_slow_upload_arrives_whole(front: Front) -> None:
    body = form(part(picture("SLOW").ljust(3_000, b".")))
    with front.connect() as connection:
        connection.sendall(front.head(f"content-length: {len(body)}", "connection: close"))
        for at in range(0, len(body), 100):
            connection.sendall(body[at : at + 100])
            time.sleep(0.01)
        assert answer_to(connection)[0] == 202


@pytest.mark.parametrize("sent", [0, 200])
def test_an_upload_that_stops_is_told_so(front: Front, sent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "_TIMEOUT", 0.3)
    body = form(part(picture().ljust(3_000, b".")))
    with front.connect() as connection:
        connection.sendall(front.head(f"content-length: {len(body)}") + body[:sent])
        status, _, answer = answer_to(connection)
    assert (status, json.loads(answer)["code"]) == (400, "malformed-multipart")
    assert front.site.stored == NOTHING


def test_a_client_that_goes_away_leaves_nothing(front: Front) -> None:
    body = form(part(picture().ljust(500_000, b".")))
    with front.connect() as connection:
        connection.sendall(front.head(f"content-length: {len(body)}") + body[:100_000])
    assert front.client.get("/health/live").status_code == 200
    assert front.site.stored == NOTHING


def test_an_answer_that_is_read_slowly_arrives_whole(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    large = picture("x" * 6_000_000)
    job = post(front, form(part(picture()))).json()
    (item,) = front.client.get(f"{JOBS}/{job['id']}/items").json()["items"]
    monkeypatch.setattr(front.site.world.context.documents, "open", lambda _: BytesSource(large))
    received = b""
    with front.client.stream("GET", f"/api/v1/items/{item['id']}/image", params={"original": "true"}) as answer:
        for piece in answer.iter_raw(1 << 18):
            received += piece
            time.sleep(0.01)
    assert received == large
    assert front.server.kept == []


def test_connections_that_the_proxy_keeps_are_not_closed(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.05)
    lost, note = list[object](), GuardedProtocol.connection_lost

    def noted(self: GuardedProtocol, exc: Exception | None) -> None:
        lost.append(self)
        note(self, exc)

    monkeypatch.setattr(GuardedProtocol, "connection_lost", noted)
    for _ in range(3):
        assert post(front, form(part(picture()))).status_code == 202
        time.sleep(0.2)
    assert lost == []


def test_a_person_signs_in_changes_something_and_signs_out(ca: Authority, tmp_path: Path) -> None:
    world = World()
    settings = replace(SETTINGS, auth="keys")
    form, own = {"key": world.service.keys.create("ana").text}, {"origin": PUBLIC}
    job = world.service.of("ana").submit(uploads("A"))
    path, change = f"{JOBS}/{job.id}", {"name": "renamed"}
    with (
        listening(create_app(world.service, settings), trusted_proxies=settings.trusted_proxies) as port,
        nginx(tmp_path / "nginx", port, ca.certify(NAME)) as server,
        httpx.Client(
            transport=ToNginx(server.port, ssl.create_default_context(cafile=ca.path)),
            base_url=f"{PUBLIC}/ocr",
            timeout=FOREVER,
        ) as client,
        httpx.Client(
            transport=httpx.HTTPTransport(local_address=ELSEWHERE),
            base_url=f"http://127.0.0.1:{port}/ocr",
            headers={"host": NAME, "x-forwarded-proto": "https"},
        ) as around,
    ):
        assert client.post("/login", data=form).status_code == 403
        signed_in = client.post("/login?next=/keys", data=form, headers=own)
        assert (signed_in.status_code, signed_in.headers["location"]) == (303, f"{PUBLIC}/ocr/keys")
        cookie, *attributes = signed_in.headers["set-cookie"].split("; ")
        assert cookie.startswith("__Host-ocr=")
        assert {"Secure", "HttpOnly", "Path=/"} <= set(attributes)
        assert client.get("/keys").status_code == 200
        problem(client.patch(path, json=change), "forbidden-origin")
        for foreign in (f"http://{NAME}", "https://evil.example"):
            problem(client.patch(path, json=change, headers={"origin": foreign}), "forbidden-origin")
        assert client.patch(path, json=change, headers=own).json()["name"] == "renamed"
        page = around.get("/login")  # past nginx, over plain HTTP
        assert ("plain HTTP" in page.text, 'name="key"' in page.text) == (True, False)
        problem(around.post("/session", json=form, headers=own), "malformed-request")
        assert around.get(JOBS, headers={"cookie": cookie}).status_code == 401
        signed_out = client.post("/logout", headers=own)
        assert signed_out.headers["location"] == f"{PUBLIC}/ocr/login?why=signed-out"
        assert client.get(JOBS).status_code == 401
        world.tick(seconds=2)
        assert client.get(JOBS, headers={"cookie": cookie}).status_code == 401


def test_the_client_of_this_project_works_below_a_prefix(
    ca: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its address is on loopback, so that it needs no name that only exists here."""
    monkeypatch.setenv("SSL_CERT_FILE", str(ca.path))
    world = World()
    settings = replace(SETTINGS, public_url="")
    with (
        listening(create_app(world.service, settings)) as port,
        nginx(tmp_path / "nginx", port, ca.certify("localhost"), **{"Host $host": "Host $http_host"}) as server,
        Client(f"https://localhost:{server.port}/ocr", timeout=FOREVER) as client,
    ):
        job = client.submit_uploaded([("a.png", picture("DIRECT"))])
        world.process_all()
        assert client.wait(job.id, timeout=FOREVER).status == "DONE"
        assert client.result(job.id) == "DIRECT"


class SlowService(BaseHTTPRequestHandler):
    """Answers later than the shortened patience of nginx."""

    def do_GET(self) -> None:
        """Answer."""
        time.sleep(_SLOW)
        self.send_response(HTTPStatus.OK)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_result_that_takes_long_is_waited_for(ca: Authority, tmp_path: Path) -> None:
    service = ThreadingHTTPServer(("127.0.0.1", 0), SlowService)
    thread = Thread(target=service.serve_forever)
    thread.start()
    short = {"proxy_read_timeout 75s;": "proxy_read_timeout 1s;"}
    results = [f"{JOBS}/1/result?format=pdf", "/api/v1/items/1/result", "/jobs/1/result", "/items/1/result"]
    paths = [*results, "/api/v1/ocr", JOBS, f"{JOBS}/1/results"]
    try:
        with nginx(tmp_path / "nginx", service.server_port, ca.certify(NAME), **short) as server:
            transport = ToNginx(server.port, ssl.create_default_context(cafile=ca.path))
            with (
                httpx.Client(transport=transport, base_url=f"{PUBLIC}/ocr", timeout=FOREVER) as client,
                ThreadPoolExecutor(len(paths)) as threads,
            ):
                found = [answer.status_code for answer in threads.map(client.get, paths)]
    finally:
        service.shutdown()
        thread.join()
        service.server_close()
    assert found == [200, 200, 200, 200, 200, 504, 504]


def test_of_two_machines_one_may_be_down(front: Front, ca: Authority, tmp_path: Path) -> None:
    """As docs/deploy-shelf.md has it: a line for each. What the other one refused goes to the one that is there."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        down = probe.getsockname()[1]
    more = {"keepalive 32;": f"server 127.0.0.1:{down};\n    keepalive 32;"}
    with nginx(tmp_path / "nginx", front.site.port, ca.certify(NAME), **more) as server:
        transport = ToNginx(server.port, front.trusted)
        with httpx.Client(transport=transport, base_url=f"{PUBLIC}/ocr", timeout=FOREVER) as client:
            body = form(part(picture("HELLO")))
            sent = [client.post(JOBS, content=body, headers=KIND).status_code for _ in range(4)]
            read = [client.get(JOBS).status_code for _ in range(4)]
        assert (sent, read) == ([202] * 4, [200] * 4)
        assert f"127.0.0.1:{down}" in server.log  # it was tried
    assert len(front.client.get(JOBS).json()["jobs"]) == 4


class BrokenService(BaseHTTPRequestHandler):
    """Takes a request, and breaks the connection off without an answer."""

    taken: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        self.taken.append(self.path)
        self.rfile.read(int(self.headers["content-length"]))
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_submission_that_was_taken_is_sent_to_no_other_machine(ca: Authority, tmp_path: Path) -> None:
    service = ThreadingHTTPServer(("127.0.0.1", 0), BrokenService)
    thread = Thread(target=service.serve_forever)
    thread.start()
    more = {"keepalive 32;": f"server 127.0.0.1:{service.server_port};\n    keepalive 32;"}
    try:
        with nginx(tmp_path / "nginx", service.server_port, ca.certify(NAME), **more) as server:
            transport = ToNginx(server.port, ssl.create_default_context(cafile=ca.path))
            with httpx.Client(transport=transport, base_url=f"{PUBLIC}/ocr", timeout=FOREVER) as client:
                assert client.post(JOBS, content=form(part(picture("HELLO"))), headers=KIND).status_code == 502
    finally:
        service.shutdown()
        thread.join()
        service.server_close()
    assert BrokenService.taken == [f"/ocr{JOBS}"]
