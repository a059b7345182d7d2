from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from ocrcore.application.access.keys import Left, NewKey
from ocrcore.domain.api_key import MOST_A_DAY, MOST_ALIVE, Scope
from ocrcore.domain.caller import Caller
from ocrcore.domain.errors import InsufficientScope, InvalidOption, KeyNotFound, Unauthenticated
from ocrcore.domain.key_entry import KeyAction
from worlds import START, World

READ, WRITE, ADMIN = Scope


@pytest.fixture
def world() -> World:
    return World()


def caller(world: World, made: NewKey) -> Caller:
    return world.service.authenticate(made.text)


def test_of_a_key_that_is_made_the_hash_is_kept_and_the_text_is_not(world: World) -> None:
    made = world.service.keys.create("ana", name="scanner")
    (kept,) = world.service.keys.list()
    assert kept == made.key
    assert (kept.owner, kept.name, kept.created_by) == ("ana", "scanner", "operator")
    assert kept.scopes == {READ, WRITE}
    assert made.text[14:] not in repr(world.database.__dict__)
    assert made.text not in repr(made)


def test_a_key_says_until_when_it_is_alive(world: World) -> None:
    made = world.service.keys.create("ana", expires_in=timedelta(days=90))
    assert made.key.expires_at == START + timedelta(days=90)
    assert world.service.keys.create("ana").key.expires_at is None


@pytest.mark.parametrize("expires_in", [timedelta(), timedelta(seconds=-1), timedelta(days=36_501)])
def test_a_lifetime_that_makes_no_sense_is_refused(world: World, expires_in: timedelta) -> None:
    with pytest.raises(InvalidOption, match="expires"):
        world.service.keys.create("ana", expires_in=expires_in)


def test_a_name_has_two_live_keys_at_most(world: World) -> None:
    first = world.service.keys.create("ana", name="ci")
    world.service.keys.create("ana", name="ci")
    with pytest.raises(InvalidOption, match="2 live keys called 'ci'"):
        world.service.keys.create("ana", name="ci")
    world.service.keys.create("ana", name="other")
    world.service.keys.create("bob", name="ci")
    world.service.keys.revoke(first.key.id)
    world.service.keys.create("ana", name="ci")


def test_an_owner_has_a_hundred_live_keys_at_most(world: World) -> None:
    for number in range(MOST_ALIVE):
        world.service.keys.create("ana", name=str(number))
    with pytest.raises(InvalidOption, match="100 live keys"):
        world.service.keys.create("ana", name="more")


def test_a_key_that_expired_makes_room(world: World) -> None:
    for _ in range(2):
        world.service.keys.create("ana", expires_in=timedelta(seconds=1))
    world.tick(seconds=1)
    world.service.keys.create("ana")


def test_a_key_without_scopes_is_refused(world: World) -> None:
    with pytest.raises(InvalidOption, match="scope"):
        world.service.keys.create("ana", scopes=frozenset())


def test_a_revoked_key_stays_in_the_list_and_revoking_it_again_changes_nothing(world: World) -> None:
    made = world.service.keys.create("ana")
    gone = world.service.keys.revoke(made.key.id)
    world.tick(seconds=1)
    assert world.service.keys.revoke(made.key.id) == gone
    assert list(world.service.keys.list("ana")) == [gone]
    assert (gone.revoked_at, gone.revoked_by) == (START, "operator")


@pytest.mark.parametrize("key_id", ["Zz999999", "", "%", "x" * 300])
def test_an_unknown_key_is_neither_revoked_nor_rotated(world: World, key_id: str) -> None:
    with pytest.raises(KeyNotFound):
        world.service.keys.revoke(key_id)
    with pytest.raises(KeyNotFound):
        world.service.keys.rotate(key_id)


def test_a_successor_may_do_what_the_old_key_may_which_ends_after_a_day(world: World) -> None:
    old = world.service.keys.create("ana", name="ci", scopes=frozenset({READ}), expires_in=timedelta(days=30))
    world.tick(days=10)
    new = world.service.keys.rotate(old.key.id)
    assert (new.key.owner, new.key.name) == ("ana", "ci")
    assert new.key.scopes == {READ}
    assert new.key.expires_at == START + timedelta(days=40)
    assert caller(world, old).owner == caller(world, new).owner == "ana"
    world.tick(days=1)
    with pytest.raises(Unauthenticated):
        caller(world, old)
    caller(world, new)


def test_a_rotation_without_overlap_ends_the_old_key_at_once(world: World) -> None:
    old = world.service.keys.create("ana")
    world.service.keys.rotate(old.key.id, overlap=timedelta())
    with pytest.raises(Unauthenticated):
        caller(world, old)


@pytest.mark.parametrize("overlap", [timedelta(days=36_501), timedelta(days=9_999_999), timedelta(seconds=-1)])
def test_a_rotation_overlaps_for_no_time_that_leads_to_no_instant(world: World, overlap: timedelta) -> None:
    old = world.service.keys.create("ana")
    with pytest.raises(InvalidOption, match=r"^overlap must be from 0s to 36500d\.$"):
        world.service.keys.rotate(old.key.id, overlap=overlap)
    caller(world, old)


def test_a_rotation_does_not_lengthen_the_life_of_the_old_key(world: World) -> None:
    old = world.service.keys.create("ana", expires_in=timedelta(hours=1))
    world.service.keys.rotate(old.key.id)
    (_, kept) = sorted(world.service.keys.list(), key=lambda key: key.id == old.key.id)
    assert kept.expires_at == START + timedelta(hours=1)


def test_a_key_with_a_live_successor_is_not_rotated_again(world: World) -> None:
    old = world.service.keys.create("ana")
    world.service.keys.rotate(old.key.id)
    with pytest.raises(InvalidOption, match="2 live keys"):
        world.service.keys.rotate(old.key.id)


@pytest.mark.parametrize("life", [None, timedelta(days=30)])
def test_another_successor_lives_as_long_as_one_that_was_revoked(world: World, life: timedelta | None) -> None:
    """Its text was lost, so it is revoked, and the old key is rotated again before its day is over."""
    old = world.service.keys.create("ana", expires_in=life)
    world.tick(days=10)
    lost = world.service.keys.rotate(old.key.id)
    world.service.keys.revoke(lost.key.id)
    world.tick(hours=1)
    new = world.service.keys.rotate(old.key.id)
    assert new.key.expires_at == (None if life is None else world.clock.now() + life)
    world.tick(hours=23)
    with pytest.raises(Unauthenticated):
        caller(world, old)
    caller(world, new)


def test_a_dead_key_has_no_successor(world: World) -> None:
    old = world.service.keys.create("ana")
    world.service.keys.revoke(old.key.id)
    with pytest.raises(KeyNotFound):
        world.service.keys.rotate(old.key.id)


@pytest.mark.parametrize("ending", ["expired", "revoked"])
def test_a_client_makes_a_bounded_number_of_keys_in_a_day_also_of_those_that_end_at_once(
    world: World, ending: str
) -> None:
    first = world.service.keys.create("ana")
    asked = world.service.keys_of(caller(world, first))
    for number in range(MOST_A_DAY - 1):
        made = asked.create(name=str(number), expires_in=timedelta(seconds=1) if ending == "expired" else None)
        if ending == "revoked":
            asked.revoke(made.key.id)
        world.tick(seconds=1)
    makes: list[Callable[[], object]] = [
        lambda: asked.create(name="more"),
        lambda: asked.rotate(first.key.id, overlap=timedelta(days=2)),
    ]
    for make in makes:
        with pytest.raises(InvalidOption, match=f"{MOST_A_DAY} keys in 24 hours"):
            make()
    world.service.keys.create("ana", name="by the operator")
    world.service.keys_of(caller(world, world.service.keys.create("bob"))).create(name="of another owner")
    world.tick(days=1)
    asked.create(name="a day later")


def test_what_a_key_has_made_and_goes_on_without_it_is_told(world: World) -> None:
    keys, leaked = world.service.keys, world.service.keys.create("ana")
    asked = world.service.keys_of(caller(world, leaked))
    child, gone = asked.create(name="child"), asked.create(name="gone")
    asked.revoke(gone.key.id)
    webhook = world.service.webhooks_of(caller(world, leaked)).create("https://receiver.example/").webhook
    world.service.webhooks_of(Caller("ana")).create("https://other.example/")
    keys.create("ana", name="other")
    left = keys.left_by(keys.revoke(leaked.key.id))
    assert (left.keys, left.webhooks) == ([child.key.id], [webhook.id])
    assert keys.left_by(child.key) == Left([], [])


def test_the_history_says_who_did_what_and_holds_no_key(world: World) -> None:
    old = world.service.keys.create("ana", expires_in=timedelta(days=1))
    world.tick(seconds=1)
    new = world.service.keys.rotate(old.key.id)
    world.tick(seconds=1)
    world.service.keys_of(caller(world, new)).revoke(old.key.id)
    entries = sorted(world.service.keys.history("ana"), key=lambda entry: (entry.at, entry.action))
    assert [(entry.action, entry.detail["key_id"], entry.actor) for entry in entries] == [
        (KeyAction.KEY_CREATED, old.key.id, "operator"),
        (KeyAction.KEY_CREATED, new.key.id, "operator"),
        (KeyAction.KEY_ROTATED, old.key.id, "operator"),
        (KeyAction.KEY_REVOKED, old.key.id, f"key:{new.key.id}"),
    ]
    assert new.key.hash not in repr(entries)
    assert new.text not in repr(entries)


def test_keys_that_ended_and_entries_are_kept_as_long_as_the_audit_log(world: World) -> None:
    gone = world.service.keys.create("ana")
    world.service.keys.revoke(gone.key.id)
    kept = world.service.keys.create("ana")
    world.tick(days=90)
    world.service.upkeep_once()
    assert len(world.service.keys.list()) == 2
    world.tick(seconds=1)
    world.service.upkeep_once()
    assert [key.id for key in world.service.keys.list()] == [kept.key.id]
    assert not world.service.keys.history("ana")


def test_a_client_makes_a_key_of_its_owner_with_no_more_rights_than_its_own(world: World) -> None:
    mine = world.service.keys.create("ana", scopes=frozenset({WRITE}))
    keys = world.service.keys_of(caller(world, mine))
    made = keys.create(name="phone", scopes=frozenset({READ}))
    assert (made.key.owner, made.key.created_by) == ("ana", f"key:{mine.key.id}")
    assert keys.create().key.scopes == {READ, WRITE}
    for wider in ({ADMIN}, {READ, ADMIN}):
        with pytest.raises(InsufficientScope):
            keys.create(name="wide", scopes=frozenset(wider))


def test_a_reader_makes_no_writer(world: World) -> None:
    mine = world.service.keys.create("ana", scopes=frozenset({READ}))
    with pytest.raises(InsufficientScope):
        world.service.keys_of(caller(world, mine)).create(scopes=frozenset({WRITE}))


def test_a_key_that_a_client_makes_does_not_outlive_its_own(world: World) -> None:
    mine = world.service.keys.create("ana", expires_in=timedelta(days=2))
    keys = world.service.keys_of(caller(world, mine))
    assert keys.create(name="a").key.expires_at == START + timedelta(days=2)
    assert keys.create(name="b", expires_in=timedelta(days=9)).key.expires_at == START + timedelta(days=2)
    assert keys.create(name="c", expires_in=timedelta(days=1)).key.expires_at == START + timedelta(days=1)


def test_a_revoked_key_makes_no_other_whatever_is_remembered_of_it(world: World) -> None:
    mine = world.service.keys.create("ana")
    keys = world.service.keys_of(caller(world, mine))
    world.service.keys.revoke(mine.key.id)
    with pytest.raises(Unauthenticated):
        keys.create(name="last")
    assert len(world.service.keys.list()) == 1


def test_a_revoked_key_ends_no_other_whatever_is_remembered_of_it(world: World) -> None:
    mine, spare = (world.service.keys.create("ana", name=name) for name in ("mine", "spare"))
    keys = world.service.keys_of(caller(world, mine))
    world.service.keys.revoke(mine.key.id)
    with pytest.raises(Unauthenticated):
        keys.revoke(spare.key.id)
    caller(world, spare)


def test_another_owners_key_is_not_found_and_stays(world: World) -> None:
    mine, yours = world.service.keys.create("ana"), world.service.keys.create("bob")
    keys = world.service.keys_of(caller(world, mine))
    with pytest.raises(KeyNotFound):
        keys.revoke(yours.key.id)
    assert [key.id for key in keys.list()] == [mine.key.id]
    caller(world, yours)


def test_a_client_ends_no_key_that_may_do_more(world: World) -> None:
    boss = world.service.keys.create("ana", name="boss", scopes=frozenset(Scope))
    mine = world.service.keys.create("ana")
    with pytest.raises(InsufficientScope):
        world.service.keys_of(caller(world, mine)).revoke(boss.key.id)
    world.service.keys_of(caller(world, boss)).revoke(mine.key.id)


def test_a_client_replaces_a_key_by_one_that_does_not_outlive_its_own(world: World) -> None:
    mine = world.service.keys.create("ana", expires_in=timedelta(days=3))
    other = world.service.keys.create("ana", name="scanner")
    keys = world.service.keys_of(world.service.authenticate(mine.text))
    new = keys.rotate(other.key.id, overlap=timedelta(hours=1))
    assert (new.key.name, new.key.scopes, new.key.expires_at) == ("scanner", other.key.scopes, mine.key.expires_at)
    world.tick(hours=2)
    with pytest.raises(Unauthenticated):
        world.service.authenticate(other.text)
    assert world.service.authenticate(new.text).owner == "ana"


def test_a_client_replaces_no_key_of_another_owner_nor_one_that_may_do_more(world: World) -> None:
    mine = world.service.keys.create("ana", scopes=frozenset({Scope.READ}))
    wider, others = world.service.keys.create("ana"), world.service.keys.create("bob")
    keys = world.service.keys_of(world.service.authenticate(mine.text))
    with pytest.raises(InsufficientScope):
        keys.rotate(wider.key.id, overlap=timedelta())
    with pytest.raises(KeyNotFound):
        keys.rotate(others.key.id, overlap=timedelta())
    same = world.service.keys.create("ana", name="same", scopes=frozenset({Scope.READ}))
    world.service.keys.revoke(mine.key.id)
    with pytest.raises(Unauthenticated):
        keys.rotate(same.key.id, overlap=timedelta())


def test_a_client_ends_its_own_key(world: World) -> None:
    mine = world.service.keys.create("ana")
    world.service.keys_of(caller(world, mine)).revoke(mine.key.id)
    with pytest.raises(Unauthenticated):
        caller(world, mine)


def test_whether_any_key_opens_the_service_is_known(world: World) -> None:
    assert not world.service.keys.any_alive()
    made = world.service.keys.create("ana", expires_in=timedelta(seconds=1))
    assert world.service.keys.any_alive()
    world.tick(seconds=1)
    assert not world.service.keys.any_alive()
    assert replace(made.key, expires_at=None).is_alive(world.clock.now())
