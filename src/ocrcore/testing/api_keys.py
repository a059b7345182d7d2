"""The contract of ``ApiKeys``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Event, Thread
from typing import Final

import pytest

from ocrcore.domain.api_key import ApiKey, Scope
from ocrcore.domain.errors import KeyNotFound, OcrError
from ocrcore.domain.key_entry import KeyEntry, created, revoked
from ocrcore.domain.notice import ping
from ocrcore.domain.webhook import Delivery
from ocrcore.ports.api_keys import Asker, EntryCursor, KeyChange, KeyCursor
from ocrcore.ports.jobs import JobTransaction
from ocrcore.ports.webhooks import WebhookChange
from ocrcore.testing.builders import START, TICK, StateOfRecord, a_draft, an_announced_draft, an_id, submit
from ocrcore.testing.jobs_races import at_once
from ocrcore.testing.patience import FOREVER
from ocrcore.testing.record import RecordContract
from ocrcore.testing.webhooks import a_webhook, put_webhooks

_ROUNDS = 5
#: Long enough for a thread to get to the lock that it must wait for.
_A_WHILE = 0.2


def a_key(key_id: str = "Aa000001", *, owner: str = "ana", name: str = "", created_at: timedelta = TICK) -> ApiKey:
    """Return a key that is not stored; instants count from ``START``."""
    return ApiKey(
        id=key_id,
        owner=owner,
        name=name,
        hash="a" * 64,
        scopes=frozenset({Scope.READ, Scope.WRITE}),
        created_at=START + created_at,
        created_by="operator",
    )


def put(record: StateOfRecord, *keys: ApiKey, entries: Sequence[KeyEntry] = ()) -> None:
    """Write keys as they are."""
    for key in keys:
        record.api_keys.change(key.owner, START, lambda _, key=key: KeyChange([key], entries))  # type: ignore[misc]


_HOOK: Final = a_webhook(1)
_DELIVERY: Final = Delivery.of(ping(_HOOK.id, an_id(3), START), _HOOK)
_ENDED: Final = replace(Delivery.of(ping(_HOOK.id, an_id(2), START), _HOOK), due_at=None)
#: Change that one transaction makes for whoever asks -> how it is made, of what :func:`put_what_is_there` has written.
ASKED: Final[Mapping[str, Callable[[StateOfRecord, Asker], object]]] = {
    "jobs.add": lambda record, asker: record.jobs.add(an_announced_draft(), asker=asker),
    "webhooks.change": lambda record, asker: record.webhooks.change(
        "ana", lambda _: WebhookChange(remove=an_id(1)), asker=asker
    ),
    "deliveries.add": lambda record, asker: record.deliveries.add(_DELIVERY.again(START), asker=asker),
    "deliveries.renew": lambda record, asker: record.deliveries.renew(_HOOK.id, _ENDED.id, START, asker=asker),
}


def put_what_is_there(record: StateOfRecord) -> None:
    """Write a webhook with a delivery that has ended."""
    put_webhooks(record, _HOOK)
    record.deliveries.add(_ENDED)


def everything(record: StateOfRecord) -> tuple[object, ...]:
    """Return all that the changes of :data:`ASKED` may change."""
    drafts = record.due_work.drafts(START + timedelta(days=1), 10)
    return list(drafts), list(record.webhooks.list("ana", None, 10)), list(record.deliveries.list(_HOOK.id, None, 10))


class ApiKeysContract(RecordContract):
    """The contract of ``ApiKeys``. Override the fixture ``record``."""

    def test_there_is_no_key_at_first(self, record: StateOfRecord) -> None:
        assert record.api_keys.get("Aa000001") is None
        assert list(record.api_keys.list(None, None, 10)) == []
        assert not record.api_keys.any_alive(START)

    def test_a_key_comes_back_as_it_was(self, record: StateOfRecord) -> None:
        plain = a_key()
        full = replace(
            a_key("Bb000002", owner="bob", name="scanner \u00e9"),
            scopes=frozenset(Scope),
            expires_at=START + timedelta(days=1),
            revoked_at=START + 2 * TICK,
            revoked_by="key:Cc000003",
            session_epoch=3,
            rotated_at=START + TICK,
            end_before_rotation=START + timedelta(days=30),
        )
        put(record, plain, full)
        assert record.api_keys.get(plain.id) == plain
        assert record.api_keys.get(full.id) == full

    def test_many_keys_come_at_once(self, record: StateOfRecord) -> None:
        ana, bob = a_key(), a_key("Bb000002", owner="bob", name="b")
        put(record, ana, bob, a_key("Cc000003", name="c"))
        unknown = [f"Zz{number:06}" for number in range(9_997)]
        assert record.api_keys.among([bob.id, *unknown, "aa000001", ana.id]) == {ana.id: ana, bob.id: bob}
        assert record.api_keys.among([]) == {}

    def test_an_id_is_compared_exactly(self, record: StateOfRecord) -> None:
        put(record, a_key("Aa000001"))
        assert record.api_keys.get("aa000001") is None
        assert record.api_keys.get("Aa000001 ") is None
        put(record, a_key("aa000001", owner="bob"))
        assert [key.owner for key in map(record.api_keys.get, ("Aa000001", "aa000001")) if key] == ["ana", "bob"]

    def test_a_key_is_listed_to_its_owner_the_newest_first(self, record: StateOfRecord) -> None:
        ids = [f"Aa00000{number}" for number in range(4)]
        put(record, *(a_key(key_id, created_at=timedelta(seconds=n // 2)) for n, key_id in enumerate(ids)))
        put(record, a_key("Bb000001", owner="bob"), a_key("Cc000001", owner="Ana"))
        own = record.api_keys.list("ana", None, 10)
        assert [key.id for key in own] == ids[::-1]
        last = own[1]
        assert list(record.api_keys.list("ana", KeyCursor(last.created_at, last.id), 1)) == [own[2]]
        assert {key.owner for key in record.api_keys.list(None, None, 10)} == {"ana", "bob", "Ana"}

    def test_a_decision_gets_the_owners_keys_that_are_alive(self, record: StateOfRecord) -> None:
        alive, later = a_key("Aa000001"), replace(a_key("Aa000002"), expires_at=START + TICK)
        ended = replace(a_key("Aa000003"), expires_at=START)
        dead = a_key("Aa000004").revoked(START - TICK, "operator")
        put(record, alive, later, ended, dead, a_key("Bb000001", owner="bob"))
        seen: list[ApiKey] = []

        def look(keys: Sequence[ApiKey]) -> KeyChange:
            seen.extend(keys)
            return KeyChange([], [])

        record.api_keys.change("ana", START, look)
        assert seen == [alive, later]

    def test_a_key_and_its_entry_are_written_together_or_not_at_all(self, record: StateOfRecord) -> None:
        key = a_key()
        put(record, key, entries=[created(key)])
        gone = key.rotated(START + TICK, TICK).revoked(START + TICK, "operator")

        def refuse(_: Sequence[ApiKey]) -> KeyChange:
            raise KeyNotFound

        with pytest.raises(KeyNotFound):
            record.api_keys.change("ana", START, refuse)
        entry = revoked(key, "operator", START + TICK)
        assert list(record.api_keys.change("ana", START, lambda _: KeyChange([gone], [entry]))) == [gone]
        assert record.api_keys.get(key.id) == gone
        assert list(record.api_keys.history("ana", None, 10)) == [created(key), entry]

    def test_a_history_is_of_one_owner_and_in_order(self, record: StateOfRecord) -> None:
        key = a_key()
        entries = [revoked(key, "operator", START + number * TICK) for number in (2, 0, 1)]
        other = a_key("Bb000001", owner="bob")
        put(record, key, entries=entries)
        put(record, other, entries=[created(other)])
        first, *rest = record.api_keys.history("ana", None, 10)
        assert [entry.at for entry in (first, *rest)] == [START + number * TICK for number in range(3)]
        assert list(record.api_keys.history("ana", EntryCursor(first.at, first.event_id), 1)) == rest[:1]
        assert list(record.api_keys.history("nobody", None, 10)) == []

    def test_the_latest_use_is_noted_and_no_change_of_the_key_undoes_it(self, record: StateOfRecord) -> None:
        key = a_key()
        put(record, key)
        for at in (START + TICK, START, START + 2 * TICK, START + TICK):
            record.api_keys.touch(key.id, at)
        record.api_keys.touch("Zz999999", START)
        found = record.api_keys.get(key.id)
        assert found == replace(key, last_used_at=START + 2 * TICK)
        assert record.api_keys.get("Zz999999") is None

    def test_a_revoked_or_expired_key_is_not_alive_at_the_very_instant(self, record: StateOfRecord) -> None:
        put(record, replace(a_key(), expires_at=START + TICK))
        assert record.api_keys.any_alive(START)
        assert not record.api_keys.any_alive(START + TICK)
        put(record, a_key("Aa000002"))
        assert record.api_keys.any_alive(START + TICK)
        put(record, a_key("Aa000002").revoked(START, "operator"))
        assert not record.api_keys.any_alive(START + TICK)

    def test_of_changes_at_once_each_sees_the_one_before(self, record: StateOfRecord) -> None:
        def add_the_only(key: ApiKey, alive: Sequence[ApiKey]) -> KeyChange:
            if alive:
                raise KeyNotFound
            return KeyChange([key], [created(key)])

        for number in range(_ROUNDS):
            keys = [a_key(f"{letter}a00000{number}", owner=f"owner-{number}") for letter in "XYZ"]
            calls = [partial(record.api_keys.change, key.owner, START, partial(add_the_only, key)) for key in keys]
            outcomes = at_once(*calls)
            assert sum(not isinstance(outcome, OcrError) for outcome in outcomes) == 1
            assert len(record.api_keys.list(f"owner-{number}", None, 10)) == 1

    def test_what_ended_long_ago_is_forgotten_and_no_more(self, record: StateOfRecord) -> None:
        alive, old = a_key("Aa000001"), a_key("Aa000002").revoked(START, "operator")
        expired, later = (replace(a_key(f"Aa00000{n}"), expires_at=START + (n - 3) * TICK) for n in (3, 4))
        put(record, alive, old, expired, later)
        put(record, alive, entries=[revoked(old, "operator", START), revoked(old, "operator", START + TICK)])
        assert record.api_keys.forget(START, 10) == 0
        assert record.api_keys.forget(START + TICK, 1) == 1
        assert record.api_keys.forget(START + TICK, 10) == 1
        assert record.api_keys.forget(START + TICK, 10) == 0
        assert [key.id for key in record.api_keys.list(None, None, 10)] == [later.id, alive.id]
        assert [entry.at for entry in record.api_keys.history("ana", None, 10)] == [START + TICK]

    def test_entries_wait_from_the_oldest_until_they_are_marked_as_logged(self, record: StateOfRecord) -> None:
        key = a_key()
        late, early, other = (revoked(key, "operator", START + number * TICK) for number in (2, 0, 1))
        other = replace(other, owner="bob")
        put(record, key, entries=[late, early, other])
        assert list(record.api_keys.unlogged(2)) == [early, other]
        record.api_keys.mark_logged([other, early, replace(early, owner="nobody")], START)
        assert list(record.api_keys.unlogged(10)) == [late]
        assert list(record.api_keys.history("ana", None, 10)) == [early, late]
        record.api_keys.mark_logged([late], START)
        record.api_keys.mark_logged([], START)
        assert list(record.api_keys.unlogged(10)) == []

    def test_a_transaction_of_a_job_reads_a_key(self, record: StateOfRecord) -> None:
        key = a_key()
        put(record, key)
        job = submit(record.jobs, a_draft())
        assert record.jobs.transact(job.id, lambda transaction: transaction.api_key(key.id)) == key
        assert record.jobs.transact(job.id, lambda transaction: transaction.api_key("Zz999999")) is None

    @pytest.mark.parametrize("verb", ASKED)
    def test_a_change_that_is_asked_for_reads_the_key_and_writes_nothing_that_is_refused(
        self, record: StateOfRecord, verb: str
    ) -> None:
        key, seen = a_key(), list[ApiKey | None]()
        put(record, key)
        put_what_is_there(record)

        def refuse(found: ApiKey | None) -> None:
            seen.append(found)
            raise KeyNotFound

        before = everything(record)
        for key_id in (key.id, "Zz999999", None):
            with pytest.raises(KeyNotFound):
                ASKED[verb](record, Asker(key_id, refuse))
        assert seen == [key, None, None]
        assert everything(record) == before
        ASKED[verb](record, Asker(key.id, seen.append))
        assert seen[3:] == [key]
        assert everything(record) != before

    @pytest.mark.parametrize("verb", ASKED)
    def test_a_key_is_not_revoked_before_a_change_ends_that_it_asked_for(
        self, record: StateOfRecord, verb: str
    ) -> None:
        key, order, threads = a_key(), list[str](), list[Thread]()
        put(record, key)
        put_what_is_there(record)
        has_read = Event()

        def revoke() -> None:
            assert has_read.wait(FOREVER)
            record.api_keys.change("ana", START, lambda _: KeyChange([key.revoked(START, "operator")], []))
            order.append("revoked")

        def require(found: ApiKey | None) -> None:
            assert found == key
            has_read.set()
            threads[0].join(_A_WHILE)
            assert threads[0].is_alive()
            order.append("decided")

        threads.append(Thread(target=revoke))
        threads[0].start()
        ASKED[verb](record, Asker(key.id, require))
        threads[0].join(FOREVER)
        assert order == ["decided", "revoked"]

    def test_a_key_is_not_revoked_before_a_transaction_that_has_read_it_ends(self, record: StateOfRecord) -> None:
        key = a_key()
        put(record, key)
        job = submit(record.jobs, a_draft())
        order: list[str] = []
        has_read, threads = Event(), list[Thread]()

        def revoke() -> None:
            assert has_read.wait(FOREVER)
            gone = KeyChange([key.revoked(START, "operator")], [])
            record.api_keys.change("ana", START, lambda _: gone)
            order.append("revoked")

        def decide(transaction: JobTransaction) -> None:
            found = transaction.api_key(key.id)
            assert found is not None
            assert found.is_alive(START)
            has_read.set()
            threads[0].join(_A_WHILE)
            assert threads[0].is_alive()
            order.append("decided")

        threads.append(Thread(target=revoke))
        threads[0].start()
        record.jobs.transact(job.id, decide)
        threads[0].join(FOREVER)
        assert order == ["decided", "revoked"]
        assert record.jobs.transact(job.id, lambda transaction: transaction.api_key(key.id)) == key.revoked(
            START, "operator"
        )
