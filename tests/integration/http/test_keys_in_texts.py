"""A key that a client sends where it does not belong, in what would be kept and shown."""

import json
from collections.abc import Iterator

import pytest

from integration.http.keyed_house import Answer, House
from integration.http.site import field, form, part
from ocrcore.domain.api_key import holds_key
from worlds import picture

FORM = "multipart/form-data; boundary=edge"
JSON = "application/json"
KEY = "{key}"
FILE = {"filename": "a.png", "size": 9}


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


def send(house: House, method: str, path: str, body: bytes, kind: str, **more: str) -> Answer:
    """Send a request of the owner, whose key stands wherever it says so."""
    key = house.texts["reader"]
    headers = {name: value.replace(KEY, key) for name, value in more.items()}
    return house.ask(method, path, "owner", body=body.replace(KEY.encode(), key.encode()), content_type=kind, **headers)


def told(answer: Answer) -> tuple[int, str]:
    return answer.status, json.loads(answer.body)["code"]


SUBMISSION = form(part(picture()))
NAMED = form(part(picture()), field("name", f"my {KEY}"))
ANNOUNCED = json.dumps({"uploads": [FILE]}).encode()
NAMED_DRAFT = json.dumps({"uploads": [FILE], "name": KEY}).encode()
REFUSED = {
    "idempotency key": ("POST", "/api/v1/jobs", SUBMISSION, FORM, {"idempotency_key": f"x{KEY}"}),
    "idempotency key of a draft": ("POST", "/api/v1/jobs", ANNOUNCED, JSON, {"idempotency_key": KEY}),
    "idempotency key, to read at once": ("POST", "/api/v1/ocr", SUBMISSION, FORM, {"idempotency_key": KEY}),
    "name": ("POST", "/api/v1/jobs", NAMED, FORM, {}),
    "name of a draft": ("POST", "/api/v1/jobs", NAMED_DRAFT, JSON, {}),
    "another name": ("PATCH", "/api/v1/jobs/{job_id}", json.dumps({"name": KEY}).encode(), JSON, {}),
    "name of a key": ("POST", "/api/v1/keys", json.dumps({"name": KEY}).encode(), JSON, {}),
}


@pytest.mark.parametrize("where", REFUSED)
def test_a_key_in_a_text_that_a_client_chooses_is_refused_and_not_kept(house: House, where: str) -> None:
    method, path, body, kind, more = REFUSED[where]
    before = len(house.service.of("ana").list())
    answer = send(house, method, path.format(**house.names), body, kind, **more)
    assert told(answer) == (422, "invalid-option")
    assert not holds_key(answer.body.decode())
    assert len(house.service.of("ana").list()) == before
    assert not holds_key(repr(house.world.database.__dict__))


@pytest.mark.parametrize("url", [f"https://receiver.example/{KEY}", f"https://receiver.example/?key=%6fcrk{KEY[4:]}"])
def test_a_key_in_the_url_of_a_webhook_is_refused(house: House, url: str) -> None:
    url = url.replace(f"%6fcrk{KEY[4:]}", f"%6f{house.texts['reader'][1:]}")
    answer = send(house, "POST", "/api/v1/webhooks", json.dumps({"url": url}).encode(), JSON)
    assert told(answer) == (422, "forbidden-target")
    assert not holds_key(repr(house.world.database.__dict__))


def test_the_secret_of_a_key_in_the_name_of_a_file_is_not_kept(house: House) -> None:
    body = form(part(picture(), f"{KEY}.png".encode()), part(picture("B"), f"b {KEY}.png".encode()))
    answer = send(house, "POST", "/api/v1/jobs", body, FORM)
    assert answer.status == 202
    draft = send(house, "POST", "/api/v1/jobs", json.dumps({"uploads": [{**FILE, "filename": KEY}]}).encode(), JSON)
    assert draft.status == 201
    key_id = house.texts["reader"][5:13]
    assert json.loads(answer.body)["name"] == f"ocrk_{key_id}_[secret].png"
    assert json.loads(draft.body)["job"]["name"] == f"ocrk_{key_id}_[secret]"
    assert not holds_key(repr(house.world.database.__dict__))
