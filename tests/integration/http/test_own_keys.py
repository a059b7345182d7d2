"""What a client does with the keys of its owner."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from entrypoints.cli import main
from entrypoints.client import Client
from entrypoints.client.errors import ApiProblem
from entrypoints.http.app import create_app
from entrypoints.settings import Settings
from integration.http.keyed_house import House
from integration.http.site import listening
from ocrcore.domain.api_key import Scope
from ocrcore.domain.errors import Unauthenticated
from ocrcore.domain.instants import format_instant
from ocrcore.testing.patience import FOREVER
from worlds import World


def test_a_client_makes_lists_and_ends_its_keys() -> None:
    house = House()
    house.world.tick(seconds=1)  # the others are older
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


def test_a_client_rotates_a_key_over_http_by_the_library_and_by_the_command() -> None:
    world = World()
    owner, narrow, foreign = (
        world.service.keys.create(name, name=str(len(scopes)), scopes=scopes, expires_in=timedelta(days=9))
        for name, scopes in (
            ("ana", frozenset({Scope.READ, Scope.WRITE})),
            ("ana", frozenset({Scope.READ})),
            ("bob", frozenset({Scope.READ})),
        )
    )
    with (
        listening(create_app(world.service, Settings(auth="keys"))) as port,
        Client(f"http://127.0.0.1:{port}", key=owner.text, timeout=FOREVER) as client,
    ):
        old = client.create_key(name="scanner", scopes=["read"], expires_in="1d")
        new = client.rotate_key(old.id, overlap="1h")
        assert (new.name, new.scopes, new.owner) == ("scanner", ["read"], "ana")
        listed = list(client.keys())
        ends = {key.id: key.expires_at for key in listed}
        assert ends[old.id] == format_instant(world.service.now() + timedelta(hours=1))
        assert ends[new.id] == format_instant(world.service.now() + timedelta(days=1))
        with Client(f"http://127.0.0.1:{port}", key=new.key, timeout=FOREVER) as fresh:
            assert [*fresh.list()] == []
            with pytest.raises(ApiProblem, match="scope"):
                fresh.rotate_key(new.id)
        for key_id, code in ((foreign.key.id, "key-not-found"), ("none", "key-not-found"), (old.id, "invalid-option")):
            with pytest.raises(ApiProblem) as refused:
                client.rotate_key(key_id)
            assert refused.value.code == code
        for overlap in ("soon", "-1", "99999999d"):
            with pytest.raises(ApiProblem, match="overlap must be"):
                client.rotate_key(narrow.key.id, overlap=overlap)
        words = ["jobs", "keys", "rotate", narrow.key.id, "--overlap", "0s"]
        told = CliRunner().invoke(main, [*words, "--url", f"http://127.0.0.1:{port}"], env={"OCRCORE_KEY": owner.text})
        assert (told.exit_code, told.stderr) == (0, "")
        assert world.service.authenticate(told.stdout.strip()).scopes == {Scope.READ}
        with pytest.raises(Unauthenticated):
            world.service.authenticate(narrow.text)


@pytest.mark.parametrize(
    "body",
    [
        *("", "[]", '{"scope": "read"}', '{"scopes": "read"}', '{"scopes": ["all"]}', '{"scopes": []}'),
        *('{"expires_in": "soon"}', '{"expires_in": -1}', '{"name": 1}', '{"expires_in": 0}', "[" * 9000),
    ],
)
def test_a_wish_for_a_key_that_makes_no_sense_is_refused(house: House, body: str) -> None:
    answer = house.ask("POST", "/api/v1/keys", "owner", body=body.encode(), content_type="application/json")
    assert answer.status == 422, answer.body
    assert answer.fields["code"] == "invalid-option"


@pytest.mark.parametrize("path", ["/api/v1/keys", "/api/v1/webhooks", "/session"])
@pytest.mark.parametrize("body", [b"{", b'{"x', b"\xff"])
def test_a_body_that_is_no_json_is_malformed(house: House, path: str, body: bytes) -> None:
    answer = house.ask("POST", path, "owner", body=body, content_type="application/json")
    assert (answer.status, answer.fields["code"]) == (400, "malformed-request"), answer.body


def test_without_keys_there_are_no_routes_of_keys() -> None:
    house = House(Settings())
    assert house.ask("GET", "/api/v1/keys").status == 404
    assert house.ask("GET", "/api/v1/jobs").status == 200
    assert house.ask("GET", "/metrics").status == 200
    house.close()


def test_an_own_key_is_called_by_the_beginning_of_its_id_or_last() -> None:
    world = World()
    owners = (("ana", "asking"), ("ana", "other"), ("bob", "foreign"))
    asking, other, foreign = (world.service.keys.create(owner, name=name) for owner, name in owners)
    with listening(create_app(world.service, Settings(auth="keys"))) as port:

        def keys(verb: str, given: str) -> tuple[int, str]:
            sent = ["jobs", "keys", verb, given, "--url", f"http://127.0.0.1:{port}"]
            ended = CliRunner(env={"OCRCORE_KEY": asking.text}).invoke(main, sent)
            return ended.exit_code, ended.output

        world.tick(seconds=1)
        status, rotated = keys("rotate", other.key.id[:4])
        assert (status, rotated[:5]) == (0, "ocrk_")
        assert keys("revoke", "last") == (0, f"REVOKED {rotated[5:13]}\n")
        assert keys("revoke", other.key.id[:7]) == (0, f"REVOKED {other.key.id}\n")
        missing = f"ocrcore: There is no key of yours whose id begins with {foreign.key.id[:5]}.\n"
        assert keys("revoke", foreign.key.id[:5]) == (1, missing)
