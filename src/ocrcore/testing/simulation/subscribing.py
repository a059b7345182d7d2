"""What an owner does with its webhooks, beside the one that it has from the start."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from ocrcore.application.webhooks.owner_webhooks import NewWebhook, OwnerWebhooks
from ocrcore.domain.errors import CommitUnknown, DatabaseUnavailable, OcrError, Unauthenticated, WebhookNotFound
from ocrcore.domain.webhook import Delivery
from ocrcore.testing.simulation.asking import Asking
from ocrcore.testing.simulation.fakes import Tables
from ocrcore.testing.simulation.hooking import Hooks
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.kernel import SECOND, Kernel

#: The acts, repeated in proportion to their frequency.
_ACTS: Final = (
    *("create",) * 2,
    "delete",
    *("ping",) * 2,
    *("insist",) * 3,
    "list",
    "deliveries",
    *("redeliver",) * 3,
    "pry",
)
_EVENTS: Final = (None, None, ("job.finished",), ("job.deleted",))
#: What another owner's webhook is answered with: as one that does not exist, or as to everybody.
_BARRED: Final = (WebhookNotFound, DatabaseUnavailable, CommitUnknown, Unauthenticated)


class Subscribing:
    """Makes, deletes, tests and lists the webhooks of an owner, and has deliveries sent again."""

    def __init__(self, client: Asking, kernel: Kernel, tables: Tables, hooks: Hooks, owner: str) -> None:
        self._client, self._kernel, self._tables, self._hooks, self._owner = client, kernel, tables, hooks, owner

    def live(self, act: str = "") -> None:
        """Do this, or one of all acts."""
        getattr(self, f"_{act or self._kernel.random.choice(_ACTS)}")()

    def _create(self) -> None:
        url, events = self._hooks.new_url(), self._kernel.random.choice(_EVENTS)
        answer = self._ask(lambda webhooks: webhooks.create(url, events))
        if isinstance(answer, NewWebhook):
            self._hooks.checker.shown(answer.webhook, answer.secret)

    def _delete(self) -> None:
        webhook_id = self._one_of(self._owner)
        if webhook_id is None:
            return

        def delete(webhooks: OwnerWebhooks) -> str:
            webhooks.delete(webhook_id)
            return "deleted"

        if self._ask(delete, webhook_id) == "deleted" and webhook_id in self._tables.webhooks:
            self._kernel.fail(Invariant.NOTICES_NO_LONGER, f"webhook {webhook_id} was deleted, and is still there")

    def _ping(self) -> Delivery | None:
        webhook_id = self._one_of(self._owner)
        if webhook_id is None:
            return None
        answer = self._ask(lambda webhooks: webhooks.ping(webhook_id), webhook_id)
        if not isinstance(answer, Delivery):
            return None
        if webhook_id in self._tables.webhooks and answer.id not in self._tables.deliveries:
            self._kernel.fail(Invariant.NOTICES_COMPLETE, f"{answer.message_id} was promised, and is not there")
        return answer

    def _insist(self) -> None:
        """Send a test, and have it sent again while it is likely to be under way."""
        delivery = self._ping()
        if delivery is not None:
            self._kernel.sleep(int(self._kernel.random.random() * 2 * SECOND))
            self._ask(lambda webhooks: webhooks.redeliver(delivery.webhook_id, delivery.id), delivery.webhook_id)

    def _list(self) -> None:
        found = self._ask(lambda webhooks: webhooks.list())
        if isinstance(found, list) and any(webhook.owner != self._owner for webhook in found):
            self._kernel.fail(Invariant.OWNERS_APART, f"{self._owner} was shown webhooks of others")

    def _deliveries(self) -> None:
        webhook_id = self._one_of(self._owner)
        if webhook_id is None:
            return
        found = self._ask(lambda webhooks: webhooks.deliveries(webhook_id), webhook_id)
        if isinstance(found, list) and any(delivery.webhook_id != webhook_id for delivery in found):
            self._kernel.fail(Invariant.OWNERS_APART, f"{self._owner} was shown deliveries of another webhook")

    def _redeliver(self) -> None:
        own = [delivery for delivery in self._tables.deliveries.values() if self._is_own(delivery.webhook_id)]
        if not own:
            return
        delivery = self._kernel.random.choice(own)
        webhook_id, delivery_id = delivery.webhook_id, delivery.id
        self._ask(lambda webhooks: webhooks.redeliver(webhook_id, delivery_id), webhook_id)

    def _pry(self) -> None:
        """Try a verb on another owner's webhook."""
        others = [webhook.owner for webhook in self._tables.webhooks.values() if webhook.owner != self._owner]
        webhook_id = self._one_of(self._kernel.random.choice(others)) if others else None
        if webhook_id is None:
            return
        found = [each.id for each in self._tables.deliveries.values() if each.webhook_id == webhook_id]
        verb = self._kernel.random.choice(("get", "delete", "ping", "deliveries", *(["redeliver"] if found else [])))
        words = found[:1] if verb == "redeliver" else []
        answer = self._client.ask(
            lambda process: getattr(process.service.webhooks_of(self._client.caller(process)), verb)(webhook_id, *words)
        )
        if answer is not None and not isinstance(answer, _BARRED):
            self._kernel.fail(
                Invariant.OWNERS_APART, f"{self._owner} asked to {verb} a webhook of another and got {answer!r}"
            )

    def _ask(self, verb: Callable[[OwnerWebhooks], object], webhook_id: UUID | None = None) -> Any:  # noqa: ANN401 - the type of any response
        """Return the response to a request. A webhook that was there is found, unless it was deleted meanwhile."""
        answer = self._client.ask(lambda process: verb(process.service.webhooks_of(self._client.caller(process))))
        if isinstance(answer, OcrError):
            self._client.check_error(answer)
        if isinstance(answer, WebhookNotFound) and webhook_id in self._tables.webhooks:
            self._kernel.fail(Invariant.NOTICES_COMPLETE, f"webhook {webhook_id} of {self._owner} is not found")
        return answer

    def _is_own(self, webhook_id: UUID) -> bool:
        webhook = self._tables.webhooks.get(webhook_id)
        return webhook is not None and webhook.owner == self._owner

    def _one_of(self, owner: str) -> UUID | None:
        own = [webhook.id for webhook in self._tables.webhooks.values() if webhook.owner == owner]
        return self._kernel.random.choice(own) if own else None
