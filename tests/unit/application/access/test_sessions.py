from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from ocrcore import OcrService
from ocrcore.application.access.sessions import signing_secret
from ocrcore.application.login_attempts import (
    MOST_ADDRESSES,
    MOST_ATTEMPTS,
    MOST_TOLD,
    OTHERS,
    LoginAttempts,
    client_of,
)
from ocrcore.application.verdicts import VERDICT_LIFE, Verdicts
from ocrcore.domain.api_key import RANDOM_BYTES, Scope, new_key_text
from ocrcore.domain.errors import DatabaseUnavailable, TooManyLogins, Unauthenticated
from ocrcore.domain.key_entry import OPERATOR, KeyAction
from ocrcore.domain.session import RENEWAL, SESSION_IDLE, SESSION_LIFE
from ocrcore.testing.builders import START
from ocrcore.testing.faults import Faulty
from worlds import World, uploads

HERE = "192.0.2.7"
STRANGE = new_key_text(b"?" * RANDOM_BYTES)


@pytest.fixture
def world() -> World:
    return World()


def another(world: World) -> OcrService:
    """Return the service as another process of it has it."""
    context = replace(world.context, verdicts=Verdicts(), logins=LoginAttempts(), kept_secret=[])
    return OcrService(context)


def opened(world: World, **wishes: str) -> str:
    made = world.service.keys.create("ana", **wishes)  # type: ignore[arg-type]
    held = world.service.open_session(made.text, HERE)
    assert held.text is not None
    return held.text


def is_over(service: OcrService, text: str) -> bool:
    try:
        service.resume_session(text)
    except Unauthenticated:
        return True
    return False


def test_a_session_stands_for_the_holder_of_its_key(world: World) -> None:
    made = world.service.keys.create("ana", scopes=frozenset({Scope.WRITE}))
    held = world.service.open_session(made.text, HERE)
    for service in (world.service, another(world)):
        caller = service.resume_session(held.text or "").caller
        assert (caller.owner, caller.key_id, caller.actor) == ("ana", made.key.id, f"key:{made.key.id}")
        assert caller.scopes == {Scope.READ, Scope.WRITE}


def test_its_text_has_nothing_of_the_key_but_its_id(world: World) -> None:
    made = world.service.keys.create("ana")
    held = world.service.open_session(made.text, HERE)
    assert made.text not in (held.text or "")
    assert made.key.hash not in (held.text or "")


def test_a_key_that_opens_nothing_opens_no_session(world: World) -> None:
    gone = world.service.keys.create("ana")
    world.service.keys.revoke(gone.key.id)
    for text in ("", STRANGE, gone.text):
        with pytest.raises(Unauthenticated):
            world.service.open_session(text, HERE)


def test_no_session_is_opened_after_the_key_was_revoked_elsewhere(world: World) -> None:
    made = world.service.keys.create("ana")
    world.service.authenticate(made.text)  # kept for two seconds
    another(world).keys.revoke(made.key.id)
    with pytest.raises(Unauthenticated):
        world.service.open_session(made.text, HERE)


@pytest.mark.parametrize("end", ["revoke", "rotate"])
def test_revoking_or_rotating_the_key_ends_its_sessions_in_every_process(world: World, end: str) -> None:
    text = opened(world)
    other = another(world)
    key_id = other.resume_session(text).caller.key_id or ""
    getattr(world.service.keys, end)(key_id)
    assert is_over(world.service, text)
    world.tick(seconds=VERDICT_LIFE.total_seconds())
    assert is_over(other, text)


def test_a_rotated_key_itself_opens_the_service_for_a_day(world: World) -> None:
    made = world.service.keys.create("ana")
    world.service.keys.rotate(made.key.id)
    assert world.service.authenticate(made.text).key_id == made.key.id
    held = world.service.open_session(made.text, HERE)
    assert not is_over(world.service, held.text or "")


def test_it_ends_with_its_key(world: World) -> None:
    made = world.service.keys.create("ana", expires_in=timedelta(minutes=30))
    held = world.service.open_session(made.text, HERE)
    world.tick(minutes=30)
    assert is_over(world.service, held.text or "")


def test_a_closed_session_is_over_in_every_process_and_others_are_not(world: World) -> None:
    made = world.service.keys.create("ana")
    one, two = (world.service.open_session(made.text, HERE).text or "" for _ in range(2))
    other = another(world)
    caller = other.resume_session(one).caller
    world.service.close_session(caller)
    assert is_over(world.service, one)
    world.tick(seconds=VERDICT_LIFE.total_seconds())
    assert is_over(other, one)
    assert not is_over(other, two)
    assert world.service.authenticate(made.text).owner == "ana"


def test_a_session_in_use_lasts_twelve_hours(world: World) -> None:
    text, hours = opened(world), 0.0
    while not is_over(world.service, text):
        text = world.service.resume_session(text).text or text
        world.tick(minutes=30)
        hours += 0.5
    assert timedelta(hours=hours) == SESSION_LIFE


def test_an_idle_session_is_over(world: World) -> None:
    text = opened(world)
    world.tick(seconds=(SESSION_IDLE - timedelta(seconds=1)).total_seconds())
    assert not is_over(world.service, text)
    world.tick(seconds=1)
    assert is_over(world.service, text)


def test_a_text_is_written_anew_only_now_and_then(world: World) -> None:
    text = opened(world)
    assert world.service.resume_session(text).text is None
    world.tick(seconds=RENEWAL.total_seconds())
    assert world.service.resume_session(text).text not in {None, text}


def test_the_operators_secret_counts_and_another_does_not(world: World) -> None:
    text = opened(world)
    policy = replace(world.context.policy, secret=b"x" * 32)
    other = OcrService(replace(world.context, policy=policy, kept_secret=[]))
    assert is_over(other, text)
    assert signing_secret(world.context) != policy.secret


def test_without_the_database_a_session_is_neither_right_nor_wrong(world: World) -> None:
    text = opened(world)
    keys = Faulty(world.context.api_keys)
    context = replace(world.context, api_keys=keys.port, verdicts=Verdicts())
    keys.before("get", DatabaseUnavailable())
    with pytest.raises(DatabaseUnavailable):
        OcrService(context).resume_session(text)


def test_what_a_session_asked_for_is_not_committed_after_its_end(world: World) -> None:
    text = opened(world)
    caller = world.service.resume_session(text).caller
    jobs = world.service.by(caller)
    job = jobs.submit(uploads("A"))
    another(world).keys.rotate(caller.key_id or "")
    with pytest.raises(Unauthenticated):
        jobs.submit(uploads("B"))
    with pytest.raises(Unauthenticated):
        jobs.rename(job.id, "x")
    with pytest.raises(Unauthenticated):
        world.service.keys_of(caller).create(name="late")


def test_a_held_answer_ends_with_its_session(world: World) -> None:
    made = world.service.keys.create("ana")
    caller = world.service.resume_session(world.service.open_session(made.text, HERE).text or "").caller
    jobs = world.service.by(caller)
    jobs.require_alive()
    another(world).close_session(caller)
    world.tick(seconds=VERDICT_LIFE.total_seconds())
    with pytest.raises(Unauthenticated):
        jobs.require_alive()


def test_opening_and_closing_are_noted_without_what_opens_the_service(world: World) -> None:
    made = world.service.keys.create("ana")
    world.tick(seconds=1)
    held = world.service.open_session(made.text, HERE)
    world.tick(seconds=1)
    world.service.close_session(held.caller)
    entries = world.service.keys.history("ana")
    assert [entry.action for entry in entries] == [
        KeyAction.KEY_CREATED,
        KeyAction.SESSION_OPENED,
        KeyAction.SESSION_CLOSED,
    ]
    assert {entry.actor for entry in entries[1:]} == {f"key:{made.key.id}"}
    session = held.caller.session
    assert session is not None
    assert session.id not in str(entries)
    assert (held.text or "") not in str(entries)


def test_an_address_has_ten_attempts_a_minute(world: World) -> None:
    made = world.service.keys.create("ana")
    for _ in range(MOST_ATTEMPTS - 1):
        with pytest.raises(Unauthenticated):
            world.service.open_session(STRANGE, HERE)
    world.service.open_session(made.text, HERE)
    world.tick(seconds=20)
    with pytest.raises(TooManyLogins) as refused:
        world.service.open_session(made.text, HERE)
    assert refused.value.retry_after <= 60
    world.service.open_session(made.text, "192.0.2.8")
    world.tick(seconds=refused.value.retry_after)
    world.service.open_session(made.text, HERE)


def test_failures_are_counted_for_each_minute_and_address(world: World) -> None:
    for address, times in ((HERE, 3), ("2001:db8::1", 1), ("2001:db8::ffff", 1)):
        for _ in range(times):
            with pytest.raises(Unauthenticated):
                world.service.open_session(STRANGE, address)
    world.service.upkeep_once()
    assert list(world.service.keys.history(OPERATOR)) == []
    world.tick(minutes=1)
    world.service.upkeep_once()
    world.service.upkeep_once()
    entries = world.service.keys.history(OPERATOR)
    assert {entry.detail["address"]: entry.detail["failed"] for entry in entries} == {HERE: "3", "2001:db8::/64": "2"}
    assert {(entry.action, entry.at) for entry in entries} == {
        (KeyAction.SESSION_REFUSED, START.replace(second=0, microsecond=0))
    }
    assert STRANGE[5:13] not in str(entries)


def test_failures_that_cannot_be_written_are_kept(world: World) -> None:
    with pytest.raises(Unauthenticated):
        world.service.open_session(STRANGE, HERE)
    keys = Faulty(world.context.api_keys)
    object.__setattr__(world.context, "api_keys", keys.port)
    keys.before("change", DatabaseUnavailable())
    world.tick(minutes=1)
    world.service.upkeep_once()
    world.service.upkeep_once()
    assert [entry.detail["failed"] for entry in world.service.keys.history(OPERATOR)] == ["1"]


def test_countless_addresses_cost_no_countless_entries() -> None:
    attempts = LoginAttempts()
    for number in range(3 * MOST_ADDRESSES):
        try:
            name = attempts.begin(f"10.{number // 65536}.{number // 256 % 256}.{number % 256}", START)
        except TooManyLogins:
            continue
        attempts.fail(name, START)
    failed = attempts.take_failed(START + timedelta(minutes=1))
    assert len(failed) <= 2 * MOST_TOLD + 1
    assert sum(row.count for row in failed) == 3 * MOST_ADDRESSES


@pytest.mark.parametrize(
    ("theirs", "near", "far"),
    [
        ("2001:db8:0:{:x}::1", "2001:db8:f::1", "2001:db9::1"),
        ("10.1.{high}.{low}", "10.1.255.1", "10.2.0.1"),
    ],
)
def test_who_has_a_network_of_addresses_shuts_out_only_their_neighbours(theirs: str, near: str, far: str) -> None:
    attempts = LoginAttempts()
    for number in range(2 * MOST_ADDRESSES):
        with suppress(TooManyLogins):
            attempts.begin(theirs.format(number, high=number // 256, low=number % 256), START)
    with pytest.raises(TooManyLogins):
        attempts.begin(near, START)
    for _ in range(MOST_ATTEMPTS):
        attempts.begin(far, START)
    with pytest.raises(TooManyLogins):
        attempts.begin(far, START)


def test_those_beyond_all_networks_are_counted_together() -> None:
    attempts = LoginAttempts()
    for number in range(MOST_ADDRESSES):
        attempts.begin(f"10.0.{number // 256}.{number % 256}", START)
    for number in range(MOST_ADDRESSES):
        attempts.begin(f"2001:{number:x}::1", START)
    assert attempts.begin("2a00::1", START) == attempts.begin("unix", START) == OTHERS
    assert attempts.begin("10.0.0.0", START) == "10.0.0.0"


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("", OTHERS),
        ("unix", OTHERS),
    ],
)
def test_a_client_is_an_address_or_the_network_of_one(address: str, client: str) -> None:
    assert client_of(address) == client
