"""An item: one page of a job, and what may become of it."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, assert_never
from uuid import UUID

from ocrcore.domain.codes import ITEM_ERROR_SENTENCES, ItemErrorCode
from ocrcore.domain.layout import Layout
from ocrcore.domain.lifecycle import (
    ITEM_TRANSITIONS,
    Effect,
    Facts,
    ItemEvent,
    ItemStatus,
    item_rule,
)

#: An open item that nobody works on gets another message after this long, and then after twice as long each time.
FIRST_REQUEUE: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Item:
    """One page. Every verb returns a new item or raises ``TransitionRefused``; none changes this one."""

    id: UUID
    job_id: UUID
    #: Where the uploaded bytes are.
    s3_key: str
    created_at: datetime
    #: Order of upload, then page, from 0.
    position: int
    #: What the client called the file; data, never a path.
    filename: str
    #: From 1, within its file.
    page: int
    #: Claims so far; the fence.
    attempts: int
    attempts_limit: int
    #: When it last began to wait for a worker.
    queued_at: datetime
    #: Messages sent because the last one seemed lost; 0 again after a retry.
    requeues: int = 0
    status: ItemStatus = ItemStatus.PENDING
    #: Set while, and only while, PROCESSING.
    lease_until: datetime | None = None
    #: Set when, and only when, DONE.
    ocr_text: str | None = None
    #: Why the last attempt failed, while the next one is put off for that.
    last_failure: ItemErrorCode | None = None
    #: Set when, and only when, ERROR.
    error_code: ItemErrorCode | None = None
    confidence: float | None = None
    width: int | None = None
    height: int | None = None
    #: Name and version of the engine that read it.
    engine: str | None = None
    #: Where the layout of the attempt that counts is.
    layout_key: str | None = None
    #: When the latest attempt began.
    started_at: datetime | None = None
    #: When it became DONE or ERROR.
    finished_at: datetime | None = None

    @property
    def error_msg(self) -> str | None:
        """The sentence for the error code."""
        return None if self.error_code is None else ITEM_ERROR_SENTENCES[self.error_code]

    def claim(self, now: datetime, lease: timedelta) -> "Item":
        """Begin an attempt: PROCESSING under a lease, or ERROR when a lapsed lease was the last one allowed."""
        return self._apply(ItemEvent.CLAIM, now, lease=lease)

    def heartbeat(self, attempt: int, now: datetime, lease: timedelta) -> "Item":
        """Extend the lease of an attempt."""
        return self._apply(ItemEvent.HEARTBEAT, now, attempt=attempt, lease=lease)

    def recognised(self, attempt: int, now: datetime, layout: Layout, layout_key: str) -> "Item":
        """Keep the text of an attempt. Repeated by the same attempt it changes nothing."""
        done = self._apply(ItemEvent.RECOGNISED, now, attempt=attempt, same=True)
        if done is self:
            return self
        return replace(
            done,
            ocr_text=layout.text,
            confidence=layout.confidence,
            width=layout.width,
            height=layout.height,
            engine=layout.engine,
            layout_key=layout_key,
        )

    def failed(self, attempt: int, now: datetime, code: ItemErrorCode) -> "Item":
        """End as ERROR for good. Repeated by the same attempt with the same code it changes nothing."""
        return self._apply(ItemEvent.FAILED, now, attempt=attempt, code=code, same=code == self.error_code)

    def released(self, attempt: int, now: datetime, code: ItemErrorCode) -> "Item":
        """End an attempt that another may better: PENDING, or ERROR ``code`` when it was the last one."""
        return self._apply(ItemEvent.RELEASED, now, attempt=attempt, code=code)

    def given_back(self, attempt: int, now: datetime) -> "Item":
        """End an attempt for no fault of the item: PENDING, and the attempt does not count."""
        return self._apply(ItemEvent.GIVEN_BACK, now, attempt=attempt)

    def lease_lapsed(self, now: datetime) -> "Item":
        """Take the item from a worker that vanished: PENDING, or ERROR when it was the last attempt."""
        return self._apply(ItemEvent.LEASE_LAPSED, now)

    def swept(self, sweep: "Sweep") -> "Item":
        """Apply a command on all items of a job to this one."""
        rule = item_rule(sweep.event, self.status, self._facts(sweep.now))
        limit = self.attempts_limit if sweep.allowance is None else self.attempts + sweep.allowance
        return replace(
            self,
            status=rule.target,
            lease_until=None,
            last_failure=None,
            error_code=sweep.error_code,
            finished_at=sweep.finished_at,
            queued_at=sweep.queued_at or self.queued_at,
            requeues=0 if sweep.queued_at else self.requeues,
            attempts_limit=limit,
        )

    def is_forgotten(self, now: datetime) -> bool:
        """Tell whether it waits for so long that its message must be thought lost."""
        return self.status is ItemStatus.PENDING and self.queued_at <= now - requeue_after(self.requeues)

    def requeued(self, now: datetime) -> "Item":
        """Return it as it is after another message was ordered for it."""
        return replace(self, queued_at=now, requeues=self.requeues + 1)

    def _facts(self, now: datetime, *, attempt: int | None = None, same: bool = False) -> Facts:
        return Facts(
            attempts_left=self.attempts < self.attempts_limit,
            lease_lapsed=self.lease_until is not None and self.lease_until <= now,
            attempt_is_current=attempt == self.attempts,
            answer_is_same=same,
        )

    def _apply(
        self,
        event: ItemEvent,
        now: datetime,
        *,
        attempt: int | None = None,
        lease: timedelta | None = None,
        code: ItemErrorCode | None = None,
        same: bool = False,
    ) -> "Item":
        rule = item_rule(event, self.status, self._facts(now, attempt=attempt, same=same))
        match rule.effect:
            case Effect.NONE:
                return self
            case Effect.BEGIN:
                return replace(
                    self,
                    status=rule.target,
                    attempts=self.attempts + 1,
                    lease_until=now + (lease or timedelta()),
                    last_failure=None,
                    started_at=now,
                )
            case Effect.EXTEND:
                return replace(self, lease_until=now + (lease or timedelta()))
            case Effect.KEEP_TEXT:
                return replace(self, status=rule.target, lease_until=None, finished_at=now)
            case Effect.REQUEUE | Effect.REQUEUE_FREE:
                free = 1 if rule.effect is Effect.REQUEUE_FREE else 0
                return replace(
                    self,
                    status=rule.target,
                    lease_until=None,
                    queued_at=now,
                    last_failure=code,
                    attempts_limit=self.attempts_limit + free,
                )
            case Effect.FAIL | Effect.GIVE_UP:
                why = ItemErrorCode.TOO_MANY_ATTEMPTS if rule.effect is Effect.GIVE_UP else code
                return replace(self, status=rule.target, lease_until=None, error_code=why, finished_at=now)
            case Effect.RETRY:  # pragma: no cover - only a sweep retries
                msg = "a retry is a sweep"
                raise AssertionError(msg)
            case _ as never:  # pragma: no cover - proved by the type checker
                assert_never(never)


@dataclass(frozen=True, slots=True)
class Sweep:
    """One event for every item of a job that may take it, as a value that one statement can apply.

    Field by field what :meth:`Item.swept` sets, so that no adapter needs to know a rule.
    """

    event: ItemEvent
    now: datetime
    #: What the items' error code becomes; None clears it.
    error_code: ItemErrorCode | None = None
    #: What their ``finished_at`` becomes; None clears it.
    finished_at: datetime | None = None
    #: Set for a retry: the items wait since then, and each of them gets a message.
    queued_at: datetime | None = None
    #: Set for a retry: ``attempts_limit`` becomes ``attempts`` plus this.
    allowance: int | None = None

    @property
    def sources(self) -> AbstractSet[ItemStatus]:
        """The statuses that take the event."""
        return frozenset(status for event, status in ITEM_TRANSITIONS if event is self.event)

    @property
    def target(self) -> ItemStatus:
        """The one status that it leads to."""
        (target,) = {
            rule.target for (event, _), rules in ITEM_TRANSITIONS.items() if event is self.event for rule in rules
        }
        return target

    @classmethod
    def expire(cls, now: datetime) -> "Sweep":
        """The deadline passed."""
        return cls(ItemEvent.DEADLINE_PASSED, now, ItemErrorCode.EXPIRED, finished_at=now)

    @classmethod
    def cancel(cls, now: datetime) -> "Sweep":
        """The user cancelled the job."""
        return cls(ItemEvent.CANCELLED, now, ItemErrorCode.CANCELLED, finished_at=now)

    @classmethod
    def retry(cls, now: datetime, allowance: int) -> "Sweep":
        """The user wants every ERROR item tried again, ``allowance`` times each."""
        return cls(ItemEvent.RETRIED, now, queued_at=now, allowance=allowance)


def requeue_after(requeues: int) -> timedelta:
    """Return how long an item waits before it gets another message: 15 min x 2^requeues."""
    return FIRST_REQUEUE * (1 << requeues)
