"""Services to look at: one with jobs, one without, one in which nobody reads, one that asks for keys."""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from browser.conftest import submit
from browser.samples import FILES, pdf
from browser.states import House, Person
from ocrcore.testing.patience import FOREVER
from pictures import drawing, png, save
from serving import ocrcore, serving

_LONG_NAME = "minutes of the yearly meeting of the society for the preservation of harbour lights and bridges"
_PRIVATE = {"OCR_ALLOW_PRIVATE_WEBHOOKS": "1"}
#: Rows on a page of the list.
_ROWS = 25


@dataclass(frozen=True, slots=True)
class Built:
    """A service, and the names of what is in it."""

    address: str
    names: Mapping[str, str]
    #: The keys of the persons who have one.
    keys: Mapping[Person, str] = field(default_factory=dict)


class Houses:
    """Services that are started when somebody looks at them, and live as long as the stack."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder, self._stack = folder, stack
        self._built: dict[House, Built] = {}
        self._builders: Mapping[House, Callable[[Path], Built]] = {
            "full": self._full,
            "empty": self._empty,
            "still": self._still,
            "keys": self._keys,
        }

    def __getitem__(self, house: House) -> Built:
        if house not in self._built:
            self._built[house] = self._builders[house](self._folder / house / "data")
        return self._built[house]

    def _served(self, data: Path, slots: int, **environment: str) -> str:
        data.parent.mkdir(exist_ok=True)
        return self._stack.enter_context(serving(data, "--slots", str(slots), **environment))

    def _empty(self, data: Path) -> Built:
        return Built(self._served(data, 0), {})

    def _full(self, data: Path) -> Built:
        address = self._served(data, 1, **_PRIVATE)
        half = png("HALF OF IT")
        names = {
            "job": submit(address, FILES, name="Monday", keep="30d"),
            "lost": submit(address, {"half.png": half[: len(half) // 2]}),
            "failed": submit(address, {"whole.png": png("WHOLE"), "half.png": half[: len(half) // 2]}),
            "drawn": submit(address, {"drawing.png": save(drawing())}, name=_LONG_NAME),
            "seen": submit(address, {"<b>seen</b> & done.png": png("SEEN AND DONE")}),
            "contested": submit(address, {"contested.png": png("BOTH WRITE HERE")}),
        }
        with _client(address) as client:
            names |= {
                "item": _item(client, names["job"]),
                "bad": _item(client, names["failed"], 1),
                "drawn": _item(client, names["drawn"]),
                "seen": _item(client, names["seen"]),
                "contested": _item(client, names["contested"]),
            }
            correction = {"revision": 0, "corrections": [{"line": 0, "word": 0, "text": "Seen"}]}
            client.patch(f"/api/v1/items/{names['seen']}/text", json=correction).raise_for_status()
            client.post(f"/items/{names['seen']}/review").raise_for_status()
            names |= _webhooks(client)
        return Built(address, names)

    def _still(self, data: Path) -> Built:
        address = self._served(data, 0, **_PRIVATE)
        with _client(address) as client:
            for number in range(_ROWS):
                _sent(client, {f"letter {number + 1}.png": png(f"LETTER {number + 1}")})
            names = {
                "stopped": _sent(client, {"stopped.png": png("STOPPED")}),
                "long": _sent(client, {"long.pdf": pdf(*(f"PAGE {number + 1}" for number in range(70)))}),
                "waits": _sent(client, FILES),
            }
            client.post(f"/api/v1/jobs/{names['stopped']}/cancel").raise_for_status()
            names["waiting"] = _item(client, names["waits"])
            page = client.get("/", headers={"accept": "text/html"}).text
            names["older"] = "/" + page.split('rel="next" href="/', 1)[1].split('"', 1)[0].replace("&amp;", "&")
        return Built(address, names)

    def _keys(self, data: Path) -> Built:
        data.parent.mkdir(exist_ok=True)
        ocrcore("init", data=data)
        scopes: Mapping[Person, str] = {"owner": "read,write", "reader": "read", "operator": "admin"}
        keys = {
            who: ocrcore("keys", "create", "ana", "--scope", scope, "--name", who, data=data).stdout.strip()
            for who, scope in scopes.items()
        }
        address = self._served(data, 1, OCR_AUTH="keys", **_PRIVATE)
        with _client(address, authorization=f"Bearer {keys['owner']}") as client:
            names = {"job": _sent(client, {"harbour.png": png("HARBOUR LIGHTS")})}
            while client.get(f"/api/v1/jobs/{names['job']}?wait=30s").json()["finished_at"] is None:
                time.sleep(0.1)
            names |= {"item": _item(client, names["job"])} | _webhooks(client)
        return Built(address, names, keys)


def _client(address: str, **headers: str) -> httpx.Client:
    own = {"sec-fetch-site": "same-origin", **headers}
    return httpx.Client(base_url=address, headers=own, timeout=FOREVER, follow_redirects=True)


def _sent(client: httpx.Client, files: Mapping[str, bytes]) -> str:
    parts = [("files", file) for file in files.items()]
    return str(client.post("/api/v1/jobs", files=parts).raise_for_status().json()["id"])


def _item(client: httpx.Client, job: str, at: int = 0) -> str:
    items: list[dict[str, Any]] = client.get(f"/api/v1/jobs/{job}/items").raise_for_status().json()["items"]
    return str(items[at]["id"])


def _webhooks(client: httpx.Client) -> dict[str, str]:
    """Make two webhooks, of which one was told something."""
    made = {
        name: str(
            client.post("/api/v1/webhooks", json={"url": f"http://127.0.0.1:9/{name}"}).raise_for_status().json()["id"]
        )
        for name in ("webhook", "quiet")
    }
    client.post(f"/api/v1/webhooks/{made['webhook']}/ping").raise_for_status()
    return made
