"""The contract of ``Webhooks``."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from ocrcore.domain.errors import OcrError, WebhookNotFound
from ocrcore.domain.key_entry import KeyAction, webhook_entry
from ocrcore.domain.notice import SUBSCRIBABLE, WebhookEvent
from ocrcore.domain.webhook import Webhook
from ocrcore.ports.webhooks import WebhookChange, WebhookCursor
from ocrcore.testing.builders import START, TICK, StateOfRecord, an_id
from ocrcore.testing.jobs_races import at_once
from ocrcore.testing.record import RecordContract

_ROUNDS = 5


def a_webhook(number: int = 1, *, owner: str = "ana", created_at: datetime = START) -> Webhook:
    """Return a webhook that is not stored, told of everything."""
    return Webhook(
        id=an_id(number),
        owner=owner,
        url=f"https://receiver.example.org/{number}",
        events=frozenset(SUBSCRIBABLE),
        created_at=created_at,
        created_by="key:Aa000001",
        sealed_secret="1.c2VjcmV0",  # noqa: S106 - of nobody
    )


def put_webhooks(record: StateOfRecord, *webhooks: Webhook) -> None:
    """Write webhooks as they are."""
    for webhook in webhooks:
        record.webhooks.change(webhook.owner, lambda _, webhook=webhook: WebhookChange(add=webhook))  # type: ignore[misc]


class WebhooksContract(RecordContract):
    """The contract of ``Webhooks``. Override the fixture ``record``."""

    def test_a_webhook_comes_back_as_it_was(self, record: StateOfRecord) -> None:
        plain = replace(a_webhook(1), events=frozenset({WebhookEvent.JOB_DELETED}))
        full = replace(a_webhook(2, owner="bob é"), disabled_at=START + TICK, url="https://x.example/" + "y" * 1900)
        put_webhooks(record, plain, full)
        assert record.webhooks.get(plain.id) == plain
        assert record.webhooks.get(full.id) == full
        assert record.webhooks.get(an_id(3)) is None

    def test_webhooks_are_listed_to_their_owner_the_newest_first(self, record: StateOfRecord) -> None:
        own = [a_webhook(number, created_at=START + timedelta(seconds=number // 2)) for number in range(4)]
        put_webhooks(record, *own, a_webhook(7, owner="bob"), a_webhook(8, owner="Ana"))
        assert list(record.webhooks.list("ana", None, 10)) == own[::-1]
        after = WebhookCursor(own[2].created_at, own[2].id)
        assert list(record.webhooks.list("ana", after, 1)) == [own[1]]

    def test_a_decision_gets_all_of_the_owner_by_id(self, record: StateOfRecord) -> None:
        put_webhooks(record, a_webhook(2), a_webhook(1), a_webhook(3, owner="bob"))
        seen: list[Webhook] = []

        def decide(own: Sequence[Webhook]) -> WebhookChange:
            seen[:] = own
            return WebhookChange()

        record.webhooks.change("ana", decide)
        assert seen == [a_webhook(1), a_webhook(2)]

    def test_a_change_writes_its_entries(self, record: StateOfRecord) -> None:
        webhook = a_webhook()
        entries = [webhook_entry(webhook, KeyAction.WEBHOOK_CREATED, "key:Aa000001", START)]
        record.webhooks.change("ana", lambda _: WebhookChange(add=webhook, entries=entries))
        assert list(record.api_keys.history("ana", None, 10)) == entries

    def test_a_webhook_is_removed(self, record: StateOfRecord) -> None:
        put_webhooks(record, a_webhook(1), a_webhook(2))
        record.webhooks.change("ana", lambda _: WebhookChange(remove=an_id(1)))
        record.webhooks.change("ana", lambda _: WebhookChange(remove=an_id(1)))
        assert list(record.webhooks.list("ana", None, 10)) == [a_webhook(2)]

    def test_what_is_refused_writes_nothing(self, record: StateOfRecord) -> None:
        def refuse(_: Sequence[Webhook]) -> WebhookChange:
            raise WebhookNotFound

        with pytest.raises(WebhookNotFound):
            record.webhooks.change("ana", refuse)
        assert list(record.webhooks.list("ana", None, 10)) == []

    def test_changes_run_one_after_the_other(self, record: StateOfRecord) -> None:
        def add_first(number: int, own: Sequence[Webhook]) -> WebhookChange:
            if own:
                raise WebhookNotFound
            return WebhookChange(add=a_webhook(number, owner=owner))

        for turn in range(_ROUNDS):
            owner = f"owner-{turn}"
            changes = [partial(record.webhooks.change, owner, partial(add_first, 10 * turn + n)) for n in range(4)]
            outcomes = at_once(*changes)
            assert sum(isinstance(outcome, OcrError) for outcome in outcomes) == len(changes) - 1
            assert len(record.webhooks.list(owner, None, 10)) == 1
