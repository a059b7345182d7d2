"""Webhooks in the state of record."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ocrcore.domain.key_entry import KeyEntry
from ocrcore.domain.webhook import Webhook
from ocrcore.ports.api_keys import Asker


@dataclass(frozen=True, slots=True)
class WebhookCursor:
    """Keyset cursor of a list, which runs from newest to oldest by instant, then id."""

    created_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class WebhookChange:
    """A webhook to add, one to remove, and the entries about them in the history of their owner."""

    add: Webhook | None = None
    remove: UUID | None = None
    entries: Sequence[KeyEntry] = field(default_factory=list)


class Webhooks(Protocol):
    """Webhooks are added and removed by :meth:`change` only, with their entries in the same transaction.

    A transaction of a job that began after a webhook was added writes its notices for that webhook too
    (``JobTransaction.save`` and ``delete``).
    """

    @abstractmethod
    def get(self, webhook_id: UUID) -> Webhook | None:
        """Return a webhook of any owner, or None."""

    @abstractmethod
    def list(self, owner: str, after: WebhookCursor | None, limit: int) -> Sequence[Webhook]:
        """Return the webhooks of an owner after the cursor, newest first."""

    @abstractmethod
    def change(
        self, owner: str, decide: Callable[[Sequence[Webhook]], WebhookChange], *, asker: Asker | None = None
    ) -> WebhookChange:
        """Write what ``decide`` returns for the owner's webhooks, by id; return it.

        Changes run one after the other. ``decide`` calls no port, and may be called again from the start. If it raises,
        nothing is written and the error propagates. Removing a webhook leaves its deliveries, which nobody is shown and
        which are not due any more, to ``Deliveries.drop``. Raises ``DatabaseUnavailable`` if nothing was written, and
        ``CommitUnknown`` if that is unknown.
        """
