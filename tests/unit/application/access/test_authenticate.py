from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address

import pytest

from ocrcore import OcrService
from ocrcore.application.login_attempts import MOST_TOLD, LoginAttempts
from ocrcore.application.verdicts import CAPACITY, VERDICT_LIFE, Verdicts
from ocrcore.domain.api_key import RANDOM_BYTES, Scope, new_key_text
from ocrcore.domain.errors import DatabaseUnavailable, Unauthenticated
from ocrcore.testing.api_keys import a_key
from ocrcore.testing.faults import Faulty
from worlds import START, World

STRANGE = new_key_text(b"?" * RANDOM_BYTES)


@pytest.fixture
def world() -> World:
    return World()


def counted(world: World) -> list[str]:
    """Return the verbs of the port of keys that are called from now on."""
    calls: list[str] = []
    port = world.context.api_keys

    class Counting:
        def __getattr__(self, verb: str) -> object:
            calls.append(verb)
            return getattr(port, verb)

    object.__setattr__(world.context, "api_keys", Counting())
    return calls


def test_a_key_stands_for_its_owner_and_scopes(world: World) -> None:
    made = world.service.keys.create("ana", scopes=frozenset({Scope.WRITE}), expires_in=timedelta(days=1))
    caller = world.service.authenticate(made.text)
    assert (caller.owner, caller.key_id, caller.actor) == ("ana", made.key.id, f"key:{made.key.id}")
    assert caller.scopes == {Scope.READ, Scope.WRITE}
    assert caller.expires_at == START + timedelta(days=1)


def test_no_refusal_tells_why(world: World) -> None:
    good, gone, late = (world.service.keys.create("ana", name=name, expires_in=timedelta(1)) for name in "abc")
    world.service.keys.revoke(gone.key.id)
    tampered = new_key_text(world.context.ids.secret(RANDOM_BYTES)).replace("ocrk_", "ocrk-")
    mixed = STRANGE.replace(STRANGE[5:13], good.key.id)
    refusals = set()
    for text in ("", "x", tampered, STRANGE, mixed, gone.text, good.text[:-1]):
        with pytest.raises(Unauthenticated) as refused:
            world.service.authenticate(text)
        refusals.add(str(refused.value))
    world.tick(days=1)
    with pytest.raises(Unauthenticated) as refused:
        world.service.authenticate(late.text)
    assert refusals == {str(refused.value)}


def test_the_secret_counts_and_not_the_id_alone(world: World) -> None:
    made = world.service.keys.create("ana")
    world.context.verdicts.remember(STRANGE[5:13], made.key, START)
    with pytest.raises(Unauthenticated):
        world.service.authenticate(STRANGE)


def test_a_text_that_no_key_has_costs_no_query(world: World) -> None:
    calls = counted(world)
    for text in ("", "ocrk_", STRANGE[:-1], STRANGE[:-1] + "~"):
        with pytest.raises(Unauthenticated):
            world.service.authenticate(text)
    assert calls == []


def test_a_verdict_is_kept_for_two_seconds_also_of_an_unknown_key(world: World) -> None:
    made = world.service.keys.create("ana")
    calls = counted(world)
    for _ in range(3):
        world.service.authenticate(made.text)
        with pytest.raises(Unauthenticated):
            world.service.authenticate(STRANGE)
    assert calls == ["get", "touch", "get"]
    world.tick(seconds=2)
    world.service.authenticate(made.text)
    with pytest.raises(Unauthenticated):
        world.service.authenticate(STRANGE)
    assert calls == ["get", "touch", "get", "get", "get"]


def test_another_process_learns_of_a_revocation_within_two_seconds(world: World) -> None:
    made = world.service.keys.create("ana")
    other = OcrService(replace(world.context, verdicts=Verdicts()))
    jobs = other.by(other.authenticate(made.text))
    world.service.keys.revoke(made.key.id)
    world.clock.advance(VERDICT_LIFE - timedelta(microseconds=1))
    other.authenticate(made.text)
    jobs.require_alive()
    world.clock.advance(timedelta(microseconds=1))
    with pytest.raises(Unauthenticated):
        other.authenticate(made.text)
    with pytest.raises(Unauthenticated):
        jobs.require_alive()


def test_the_process_that_revokes_a_key_knows_at_once(world: World) -> None:
    made = world.service.keys.create("ana")
    world.service.authenticate(made.text)
    world.service.keys.revoke(made.key.id)
    with pytest.raises(Unauthenticated):
        world.service.authenticate(made.text)


def test_a_key_expires_at_its_instant_whatever_is_remembered(world: World) -> None:
    made = world.service.keys.create("ana", expires_in=timedelta(seconds=1))
    jobs = world.service.by(world.service.authenticate(made.text))
    world.tick(seconds=1)
    with pytest.raises(Unauthenticated):
        world.service.authenticate(made.text)
    with pytest.raises(Unauthenticated):
        jobs.require_alive()


def test_without_the_database_a_key_is_not_called_wrong(world: World) -> None:
    made = world.service.keys.create("ana")
    keys = Faulty(world.context.api_keys)
    object.__setattr__(world.context, "api_keys", keys.port)
    keys.before("get", DatabaseUnavailable())
    with pytest.raises(DatabaseUnavailable):
        world.service.authenticate(made.text)
    world.service.authenticate(made.text)


def test_a_use_that_cannot_be_noted_is_no_reason_to_refuse(world: World) -> None:
    made = world.service.keys.create("ana")
    keys = Faulty(world.context.api_keys)
    object.__setattr__(world.context, "api_keys", keys.port)
    keys.before("touch", DatabaseUnavailable())
    assert world.service.authenticate(made.text).owner == "ana"


def test_the_use_of_a_key_is_noted_once_a_minute(world: World) -> None:
    made = world.service.keys.create("ana")
    for _ in range(5):
        world.service.authenticate(made.text)
        world.tick(seconds=29)
    (key,) = world.service.keys.list()
    assert key.last_used_at == START + timedelta(seconds=87)


def test_without_keys_a_client_stays(world: World) -> None:
    calls = counted(world)
    world.owned.require_alive()
    assert calls == []


def test_verdicts_are_bounded_and_the_oldest_goes_first() -> None:
    verdicts = Verdicts()
    for number in range(CAPACITY + 1):
        verdicts.remember(f"{number:08}", None, START)
    assert verdicts.recall("00000000", START) is None
    assert verdicts.recall("00000001", START) == (None,)


def test_a_clock_that_steps_back_ends_a_verdict() -> None:
    verdicts = Verdicts()
    verdicts.remember("Aa000001", None, START)
    assert verdicts.recall("Aa000001", START - timedelta(microseconds=1)) is None


def test_what_is_remembered_of_refused_keys_is_bounded() -> None:
    attempts = LoginAttempts()
    for number in range(3000):
        attempts.refuse_key(str(ip_address(number * 65_537 + 2**24)), START)
        attempts.fail("192.0.2.1", START)
    failed = attempts.take_failed(START + timedelta(minutes=1))
    assert sum(each.count for each in failed if each.of_requests) == 3000
    assert len(failed) <= 2 * MOST_TOLD + 2
    verdicts, key = Verdicts(), a_key()
    taken = [verdicts.take_late_use(replace(key, id=str(number % 3)), START) for number in range(6)]
    assert taken == [True] * 3 + [False] * 3
    for number in range(CAPACITY):
        verdicts.take_late_use(replace(key, id=str(number)), START)
    assert len(verdicts._noted_late) == CAPACITY
