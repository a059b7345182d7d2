"""Keys that are revoked while a body is sent, or an answer is read: by real connections, which are slow."""

import json
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime

import httpx
import pytest

from entrypoints.http import key_look
from entrypoints.http.app import create_app
from integration.http.keyed_house import SETTINGS
from integration.http.site import JOBS, listening
from ocrcore import OcrService
from ocrcore.application.verdicts import Verdicts
from ocrcore.domain.api_key import ApiKey
from ocrcore.domain.errors import DatabaseUnavailable
from ocrcore.ports.documents import BytesSource
from ocrcore.testing.patience import FOREVER, eventually
from worlds import World, picture, uploads

LARGE = picture("x" * 8_000_000)
#: The head and the beginning of a submission whose end does not come.
BODY = b"--edge\r\ncontent-disposition: form-data; name=files; filename=a.png\r\n\r\nPICTURE:"


@dataclass
class Site:
    """A service that asks for keys, and a job of ana."""

    port: int
    world: World
    key: str = field(init=False)
    item: str = field(init=False)

    def __post_init__(self) -> None:
        """Make a key and a job."""
        self.made = self.world.service.keys.create("ana")
        self.key = self.made.text
        jobs = self.world.service.of("ana")
        (item,) = jobs.items(jobs.submit(uploads("A")).id)
        self.item = str(item.id)

    def wait_for_looks(self) -> None:
        """Return when keys were looked at twice: when a request began, or while it goes on."""
        looks, recall = list[str](), Verdicts.recall

        def noted(verdicts: Verdicts, name: str, now: datetime) -> tuple[ApiKey | None] | None:
            looks.append(name)
            return recall(verdicts, name, now)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Verdicts, "recall", noted)
            assert eventually(lambda: len(looks) > 1)

    def revoke(self) -> None:
        """End the key, and let what was known of it age."""
        self.world.service.keys.revoke(self.made.key.id)
        self.world.tick(seconds=2)

    def send(self, method: str, target: str, headers: Mapping[str, str] | None = None) -> socket.socket:
        """Return a connection to the service, with the head of a request."""
        connection = socket.socket()
        connection.settimeout(FOREVER)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        connection.connect(("127.0.0.1", self.port))
        lines = [f"{method} {target} HTTP/1.1", "host: localhost", *(f"{n}: {v}" for n, v in (headers or {}).items())]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        return connection

    @property
    def by_key(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"}


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(key_look, "KEY_LOOK", 0.1)
    world = World()
    with listening(create_app(OcrService(world.context), SETTINGS), finishing=False) as port:
        yield Site(port, world)


def status_of(connection: socket.socket) -> int:
    return int(connection.recv(1 << 16).split()[1])


@pytest.mark.parametrize("pause", [0.0, 0.01])
def test_an_answer_that_is_being_read_is_cut(site: Site, pause: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether its client reads slowly, or not at all for a while. What the kernel has is dropped, too."""
    monkeypatch.setattr(site.world.context.documents, "open", lambda _: BytesSource(LARGE))
    with closing(site.send("GET", f"/api/v1/items/{site.item}/image?original=true", site.by_key)) as connection:
        received = len(connection.recv(1000))
        site.revoke()
        if not pause:
            time.sleep(0.5)
        with pytest.raises(ConnectionResetError):  # noqa: PT012 - it takes a while until the reset
            while piece := connection.recv(1 << 14):
                received += len(piece)
                time.sleep(pause)
        assert 1000 <= received < len(LARGE)
    fresh = site.world.service.keys.create("ana").text
    again = httpx.get(
        f"http://127.0.0.1:{site.port}/api/v1/items/{site.item}/image",
        params={"original": "true"},
        headers={"authorization": f"Bearer {fresh}"},
        timeout=FOREVER,
    )
    assert again.content == LARGE


@pytest.mark.parametrize("drips", [False, True])
@pytest.mark.parametrize("target", [JOBS, "/api/v1/ocr"])
def test_a_submission_that_is_being_sent_is_refused(site: Site, target: str, *, drips: bool) -> None:
    kind = {"content-type": "multipart/form-data; boundary=edge", "content-length": "1000000"}
    with closing(site.send("POST", target, site.by_key | kind)) as connection:
        connection.sendall(BODY)
        site.wait_for_looks()
        site.revoke()
        for _ in range(30 if drips else 0):
            connection.sendall(b"x" * 100)
            time.sleep(0.01)
        assert status_of(connection) == 401
    assert len(list(site.world.service.of("ana").list())) == 1


def test_the_addresses_of_a_draft_end_with_the_key_that_asked_for_them(site: Site) -> None:
    client = httpx.Client(base_url=f"http://127.0.0.1:{site.port}", timeout=FOREVER)
    announced = {"uploads": [{"filename": "a.png", "size": len(picture("A"))}]}
    draft = client.post(JOBS, json=announced, headers=site.by_key).json()
    other = {"authorization": f"Bearer {site.world.service.keys.create('ana').text}"}
    renewed = client.post(f"{JOBS}/{draft['job']['id']}/uploads", headers=other).json()
    first, second = (httpx.URL(answer["uploads"][0]["url"]) for answer in (draft, renewed))
    assert client.put(first, content=picture("A")).status_code == 204
    forged = str(first).replace(site.made.key.id, second.params["key_id"])
    assert client.put(forged, content=picture("A")).status_code == 404
    assert client.put(first.copy_remove_param("key_id"), content=picture("A")).status_code == 404
    length = {"content-length": str(len(picture("A")))}
    with closing(site.send("PUT", first.raw_path.decode(), length)) as connection:
        connection.sendall(b"P")
        site.wait_for_looks()
        site.revoke()
        assert status_of(connection) == 404
    refused = client.put(first, content=picture("A"))
    assert (refused.status_code, refused.json()["code"]) == (404, "not-found")
    assert client.put(second, content=picture("A")).status_code == 204
    assert client.post(f"{JOBS}/{draft['job']['id']}/submit", headers=other).status_code == 202
    client.close()


def test_a_database_that_does_not_answer_meanwhile_ends_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = list[str]()

    def away(key_id: str) -> None:
        looked.append(key_id)
        raise DatabaseUnavailable

    kind = {"content-type": "multipart/form-data; boundary=edge", "transfer-encoding": "chunked", "connection": "close"}
    with closing(site.send("POST", JOBS, site.by_key | kind)) as connection:
        connection.sendall(b"%x\r\n%b\r\n" % (len(BODY), BODY))
        site.wait_for_looks()
        with monkeypatch.context() as patch:
            patch.setattr(site.world.context.api_keys, "get", away)
            site.world.tick(seconds=2)
            assert eventually(lambda: len(looked) > 1)
        end = b"Y\r\n--edge--\r\n"
        connection.sendall(b"%x\r\n%b\r\n0\r\n\r\n" % (len(end), end))
        answer = b""
        while piece := connection.recv(1 << 16):
            answer += piece
        assert answer.startswith(b"HTTP/1.1 202"), answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["items"]["total"] == 1
