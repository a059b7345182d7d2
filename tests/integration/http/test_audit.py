"""What an administrator reads about keys and sessions."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from integration.http.keyed_house import House

AUDIT: Final = "/api/v1/audit"


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


def entries(house: House, query: str = "") -> list[dict[str, Any]]:
    answer = house.ask("GET", f"{AUDIT}?limit=200{query}", "admin")
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.fields["entries"]
    return found


def test_a_sign_in_and_its_end_are_told_in_order(house: House) -> None:
    before = len(entries(house))
    house.world.tick(minutes=1)
    house.renew("reader")
    house.world.tick(seconds=1)
    house.ask("DELETE", "/session", "reader by session")
    opened, closed = entries(house)[before:]
    assert (opened["action"], closed["action"]) == ("session.opened", "session.closed")
    assert opened["actor"] == closed["actor"]
    assert opened["actor"].startswith("key:")


def test_nothing_that_opens_the_service_is_told(house: House) -> None:
    for caller in ("owner", "unknown", "malformed"):
        body = b'{"key": "%s"}' % house.texts[caller].encode()
        house.ask("POST", "/session", body=body, content_type="application/json")
    house.world.tick(minutes=2)
    house.world.service.upkeep_once()
    told = str(entries(house)) + str(entries(house, "&owner=operator"))
    assert "session.refused" in told
    for secret in (*house.texts.values(), *house.cookies.values()):
        assert secret.removeprefix("ocr=")[14:] not in told


def test_failed_sign_ins_are_told_by_minute_and_address(house: House) -> None:
    house.world.tick(minutes=1)
    for _ in range(12):
        house.ask("POST", "/login", body=b"key=x", sec_fetch_site="same-origin")
    house.world.tick(minutes=1)
    house.world.service.upkeep_once()
    (entry,) = entries(house, "&owner=operator")
    assert entry["action"] == "session.refused"
    assert entry["detail"] == {"address": "127.0.0.1", "failed": "12"}


def test_keys_that_are_refused_are_told_by_minute_and_address_and_old_ones_to_their_owners(house: House) -> None:
    house.world.tick(minutes=2)
    house.world.service.upkeep_once()
    known, of_operator = len(entries(house)), len(entries(house, "&owner=operator"))
    for _ in range(5):
        for caller in ("unknown", "revoked", "expired", "malformed", "nobody"):
            assert house.ask("GET", "/api/v1/jobs", caller).status == 401
    told = entries(house)[known:]
    assert [(entry["action"], entry["detail"]["why"]) for entry in told] == [
        ("key.refused", "revoked"),
        ("key.refused", "expired"),
    ]
    for entry, name in zip(told, ("revoked", "expired"), strict=True):
        key_id = house.texts[name].split("_")[1]
        assert (entry["actor"], entry["detail"]["key_id"]) == (f"key:{key_id}", key_id)
        assert entry["detail"]["address"] == "127.0.0.1"
    house.world.tick(minutes=1)
    house.world.service.upkeep_once()
    (counted,) = entries(house, "&owner=operator")[of_operator:]
    assert (counted["action"], counted["detail"]) == ("key.refused", {"address": "127.0.0.1", "failed": "15"})
    house.world.tick(hours=1)
    assert house.ask("GET", "/api/v1/jobs", "revoked").status == 401
    assert len(entries(house)) == known + 3


def test_an_administrator_reads_of_other_owners_by_name_and_of_its_own_without(house: House) -> None:
    own, other = entries(house), entries(house, "&owner=bob")
    assert own == entries(house, "&owner=ana")
    assert own
    assert other
    assert not {entry["event_id"] for entry in own} & {entry["event_id"] for entry in other}
    assert entries(house, "&owner=nobody") == []


def test_the_entries_come_in_pages_as_every_list(house: House) -> None:
    expected, found, cursor = entries(house), [], ""
    for _ in range(len(expected)):
        page = house.ask("GET", f"{AUDIT}?limit=3{cursor}", "admin").fields
        found += page["entries"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found == expected
    for query in ("limit=0", "limit=201", "cursor=x", "who=x", "cursor=YXxi"):
        assert house.ask("GET", f"{AUDIT}?{query}", "admin").status in {400, 422}, query


def test_a_read_by_a_key_or_a_session_names_the_key(house: House) -> None:
    target = f"/api/v1/jobs/{house.names['job_id']}"
    house.world.tick(minutes=1)
    for caller in ("reader", "owner", "owner by session"):
        assert house.ask("GET", target, caller).status == 200
    house.world.service.upkeep_once()
    told = house.ask("GET", f"{target}/timeline?limit=200", "owner").fields["entries"]
    reads = [entry["actor"] for entry in told if entry["action"] == "job.read"]
    ids = {key.name: key.id for key in house.service.keys.list("ana", limit=200)}
    assert sorted(reads) == sorted({f"key:{ids['reader']}", f"key:{ids['owner']}"})
