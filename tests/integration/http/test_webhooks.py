"""What a client does with the webhooks of its owner."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from entrypoints.settings import Settings
from integration.http.keyed_house import Answer, House

HOOKS = "/api/v1/webhooks"


@pytest.fixture
def fresh() -> Iterator[House]:
    house = House()
    for hook in json.loads(house.ask("GET", HOOKS, "owner").body)["webhooks"]:
        house.ask("DELETE", f"{HOOKS}/{hook['id']}", "owner")
    yield house
    house.close()


def create(house: House, caller: str = "owner", **fields: object) -> Answer:
    body = json.dumps({"url": "https://receiver.example/x", **fields}).encode()
    return house.ask("POST", HOOKS, caller, body=body, content_type="application/json")


def asked(house: House, path: str, caller: str = "owner") -> dict[str, Any]:
    answer = house.ask("GET", path, caller)
    assert answer.status == 200, answer.body
    return dict(json.loads(answer.body))


def test_a_client_makes_lists_and_deletes_webhooks(fresh: House) -> None:
    made = create(fresh)
    fields = json.loads(made.body)
    assert made.status == 201
    assert sorted(fields) == ["created_at", "events", "id", "secret", "url"]
    assert fields["events"] == ["job.deleted", "job.finished"]
    assert fields["secret"].startswith("whsec_")
    second = json.loads(create(fresh, events=["job.finished"]).body)
    listed = fresh.ask("GET", f"{HOOKS}?limit=1", "reader")
    assert "secret" not in listed.body.decode()
    page = json.loads(listed.body)
    assert [hook["id"] for hook in page["webhooks"]] == [second["id"]]
    assert page["webhooks"][0]["created_by"].startswith("key:")
    rest = asked(fresh, f"{HOOKS}?cursor={page['next_cursor']}")
    assert ([hook["id"] for hook in rest["webhooks"]], rest["next_cursor"]) == ([fields["id"]], None)
    assert fresh.ask("DELETE", f"{HOOKS}/{fields['id']}", "owner").status == 204
    again = fresh.ask("DELETE", f"{HOOKS}/{fields['id']}", "owner")
    assert (again.status, again.fields["code"]) == (404, "webhook-not-found")
    entries = fresh.service.keys.history("ana", limit=200)
    found = [entry.action for entry in entries if fields["id"] in entry.detail.values()]
    assert found == ["webhook.created", "webhook.deleted"]


def test_a_client_looks_at_deliveries_and_has_one_sent_again(fresh: House) -> None:
    hook = json.loads(create(fresh).body)
    fresh.fill_job()
    page = asked(fresh, f"{HOOKS}/{hook['id']}/deliveries?limit=1")
    (delivery,) = page["deliveries"]
    assert (delivery["status"], delivery["event"], delivery["attempts"]) == ("WAITING", "job.finished", 0)
    assert delivery["message_id"] == f"{delivery['job_id']}#2"
    assert json.loads(delivery["payload"])["data"]["status"] == "DONE"
    fresh.service.deliver_once(*fresh.service.due_webhooks())
    (delivery,) = asked(fresh, f"{HOOKS}/{hook['id']}/deliveries")["deliveries"]
    assert (delivery["status"], delivery["answer"], delivery["error"]) == ("DELIVERED", 200, None)
    again = fresh.ask("POST", f"{HOOKS}/{hook['id']}/deliveries/{delivery['id']}/redeliver", "owner")
    assert (again.status, json.loads(again.body)["status"]) == (202, "WAITING")
    pinged = fresh.ask("POST", f"{HOOKS}/{hook['id']}/ping", "owner")
    assert (pinged.status, json.loads(pinged.body)["event"]) == (202, "ping")
    first = asked(fresh, f"{HOOKS}/{hook['id']}/deliveries?limit=1")
    rest = asked(fresh, f"{HOOKS}/{hook['id']}/deliveries?cursor={first['next_cursor']}")
    assert len({each["id"] for each in first["deliveries"] + rest["deliveries"]}) == 2


@pytest.mark.parametrize(
    "body",
    [
        *("", "[]", "{}", '{"url": 1}', '{"url": null}', '{"events": ["job.finished"]}', "[" * 9000),
        *('{"url": "https://x.example/", "events": "job.finished"}', '{"url": "https://x.example/", "events": []}'),
        *(
            '{"url": "https://x.example/", "events": ["ping"]}',
            '{"url": "https://x.example/", "secret": "x"}',
        ),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(house: House, body: str) -> None:
    answer = house.ask("POST", HOOKS, "owner", body=body.encode("latin-1"), content_type="application/json")
    assert (answer.status, answer.fields["code"]) == (422, "invalid-option"), answer.body


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://receiver.example/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://169.254.169.254/latest/meta-data",
        ),
        *("https://0x7f.1/", "https://u:p@receiver.example/", "https://receiver.example:25/", "ftp://x.example/", ""),
        *("https://nobody.example/", "https://inside.example/", "https://\u2460.example/"),
    ],
)
def test_a_target_that_is_not_public_is_refused(house: House, url: str) -> None:
    house.world.hosts.names |= {"nobody.example": [], "inside.example": ["10.0.0.1"]}
    answer = create(house, url=url)
    assert (answer.status, answer.fields["code"]) == (422, "forbidden-target"), answer.body


def test_the_eleventh_webhook_is_refused(fresh: House) -> None:
    assert [create(fresh).status for _ in range(11)] == [201] * 10 + [422]
    assert create(fresh, "other").status == 201


def test_another_owner_finds_nothing(house: House) -> None:
    unknown = house.ask("GET", f"{HOOKS}/{'0' * 36}/deliveries", "other")
    for method, path in (
        ("DELETE", f"{HOOKS}/{house.names['webhook_id']}"),
        ("POST", f"{HOOKS}/{house.names['webhook_id']}/ping"),
        ("GET", f"{HOOKS}/{house.names['webhook_id']}/deliveries"),
        ("POST", f"{HOOKS}/{house.names['webhook_id']}/deliveries/{house.names['delivery_id']}/redeliver"),
    ):
        answer = house.ask(method, path, "other")
        assert (answer.status, answer.fields) == (404, unknown.fields)
    assert house.names["webhook_id"] not in house.ask("GET", HOOKS, "other").body.decode()


@pytest.mark.parametrize("cursor", ["x", "MjAyNi0wMS0wMlQwMzowNDowNVp8eA", "%ff"])
def test_a_cursor_that_nobody_gave_is_refused(house: House, cursor: str) -> None:
    for path in (HOOKS, f"{HOOKS}/{house.names['webhook_id']}/deliveries"):
        answer = house.ask("GET", f"{path}?cursor={cursor}", "owner")
        assert (answer.status, answer.fields["code"]) == (400, "invalid-page")


def test_without_keys_there_are_webhooks_of_the_local_owner() -> None:
    house = House(Settings(), owner="local")
    assert house.ask("GET", HOOKS).status == 200
    house.close()


def send(house: House, path: str, body: str = "") -> Answer:
    kind = {"content_type": "application/x-www-form-urlencoded", "accept": "text/html"}
    return house.ask("POST", path, "owner by session", body=body.encode(), **kind)


def test_a_person_makes_tests_and_deletes_a_webhook_by_forms(fresh: House) -> None:
    refused = send(fresh, "/webhooks", "url=https%3A%2F%2F127.0.0.1%2F&event=job.deleted")
    assert (refused.status, b"not public" in refused.body) == (422, True)
    assert b'value="https://127.0.0.1/"' in refused.body  # what was typed is kept
    assert refused.body.count(b" checked>") == 1
    made = send(fresh, "/webhooks", "url=https%3A%2F%2Freceiver.example%2F%3Fa%3D1%26b%3D2&event=job.deleted")
    assert made.status == 200, made.body
    text = made.body.decode()
    secret = text.partition("whsec_")[2].partition("<")[0]
    assert len(secret) == 44
    (hook,) = json.loads(fresh.ask("GET", HOOKS, "owner").body)["webhooks"]
    assert hook["events"] == ["job.deleted"]
    listed = fresh.ask("GET", "/webhooks", "owner by session", accept="text/html").body.decode()
    assert "https://receiver.example/?a=1&amp;b=2" in listed
    assert "whsec_" not in listed
    page = f"/webhooks/{hook['id']}"
    assert send(fresh, f"{page}/ping").headers["location"] == page
    shown = fresh.ask("GET", page, "owner by session", accept="text/html").body.decode()
    (delivery,) = json.loads(fresh.ask("GET", f"{HOOKS}/{hook['id']}/deliveries", "owner").body)["deliveries"]
    again = f"{page}/deliveries/{delivery['id']}/redeliver"
    assert again in shown
    assert send(fresh, again).headers["location"] == page
    unproven = fresh.ask("POST", f"{page}/delete", "owner by session without proof")
    assert (unproven.status, unproven.fields["code"]) == (403, "forbidden-origin")
    assert send(fresh, f"{page}/delete").headers["location"] == "/webhooks"
    assert json.loads(fresh.ask("GET", HOOKS, "owner").body)["webhooks"] == []
