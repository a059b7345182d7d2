"""An item: one page of a job, and its transitions."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never
from uuid import UUID

from ocrcore.domain.codes import ITEM_ERROR_SENTENCES, ItemErrorCode, ItemWarning
from ocrcore.domain.errors import NotDone, PageFailed
from ocrcore.domain.keys import names_whole_file
from ocrcore.domain.layout import Layout
from ocrcore.domain.lifecycle import (
    ITEM_TRANSITIONS,
    Effect,
    Facts,
    ItemEvent,
    ItemStatus,
    item_rule,
)
from ocrcore.domain.looks import Look
from ocrcore.domain.time_limits import requeue_after


@dataclass(frozen=True, slots=True)
class Item:
    """One page. Every verb returns a new item or raises ``TransitionRefused``; items are immutable."""

    id: UUID
    job_id: UUID
    #: The key of the uploaded document.
    s3_key: str
    created_at: datetime
    #: From 0, in the order of files, then pages.
    position: int
    #: The client's name for the file; data, never a path.
    filename: str
    #: From 1, within its file.
    page: int
    #: Claims so far; the fencing token of the current attempt.
    attempts: int
    attempts_limit: int
    #: When it last began to wait for a worker.
    queued_at: datetime
    #: Messages sent because the previous one counted as lost; reset to 0 by a retry.
    requeues: int = 0
    status: ItemStatus = ItemStatus.PENDING
    #: Set if and only if PROCESSING.
    lease_until: datetime | None = None
    #: The text as it was recognised, which never changes again; set if and only if DONE.
    recognised_text: str | None = None
    #: The text as people corrected it; set if and only if ``revision`` is above 0.
    corrected_text: str | None = None
    #: How often it was corrected; corrections are of DONE items only.
    revision: int = 0
    #: When somebody marked it as looked at, and who; of DONE items only.
    reviewed_at: datetime | None = None
    reviewed_by: str | None = None
    #: Why the last attempt failed; set while the item waits for the next one.
    last_failure: ItemErrorCode | None = None
    #: Set if and only if ERROR.
    error_code: ItemErrorCode | None = None
    #: Why inspection refused its file at the submission; every attempt ends with this code.
    refusal: ItemErrorCode | None = None
    confidence: float | None = None
    width: int | None = None
    height: int | None = None
    #: Dots per inch of the picture that was recognised, if known.
    dpi: float | None = None
    #: By how many degrees clockwise the page was turned to be read; None in rows of older releases.
    rotation: int | None = None
    #: By how many degrees clockwise its lines were slanted after that turn, which was undone to read it; None if it was
    #: not looked for.
    skew: float | None = None
    #: Name and version of the engine that read it.
    engine: str | None = None
    #: The key of the layout of the accepted attempt.
    layout_key: str | None = None
    #: What a person should know about the recognised page.
    warnings: tuple[ItemWarning, ...] = ()
    #: When the latest attempt began.
    started_at: datetime | None = None
    #: Who claimed it last: the id of a worker's reports. None if that has none, and in rows of older releases.
    worker: UUID | None = None
    #: When it became DONE or ERROR.
    finished_at: datetime | None = None
    #: Whether the search index has it; only a DONE item is there.
    is_indexed: bool = False
    #: The looks that led to its text, for the audit entry of the commit that finishes it; not stored in its row.
    looks: tuple[Look, ...] = field(default=(), compare=False)

    @property
    def ocr_text(self) -> str | None:
        """The text that is shown: as it was corrected, else as it was recognised."""
        return self.recognised_text if self.corrected_text is None else self.corrected_text

    @property
    def is_whole_file(self) -> bool:
        """Whether it is the only page of its file: the file is named after it then."""
        return names_whole_file(self.s3_key, self.job_id, self.id)

    @property
    def error_msg(self) -> str | None:
        """The sentence for the error code."""
        return None if self.error_code is None else ITEM_ERROR_SENTENCES[self.error_code]

    @property
    def failure(self) -> PageFailed | None:
        """Why it has no text, as an error that names its file and its page, or None."""
        return None if self.error_code is None else PageFailed(self.error_code, self.filename, self.page)

    def submitted(self, now: datetime) -> "Item":
        """Return a new item as it is stored: it waits, or is ERROR without an attempt if its file was refused."""
        if self.refusal is None:
            return replace(self, queued_at=now)
        return replace(self, queued_at=now, status=ItemStatus.ERROR, error_code=self.refusal, finished_at=now)

    def claim(self, now: datetime, lease: timedelta, worker: UUID | None = None) -> "Item":
        """Begin an attempt: PROCESSING with a lease, or ERROR if the last allowed attempt let its lease lapse.

        ``worker`` is the id of whoever claims it, as its reports have it.
        """
        claimed = self._apply(ItemEvent.CLAIM, now, lease=lease)
        return replace(claimed, worker=worker) if claimed.attempts > self.attempts else claimed

    def heartbeat(self, attempt: int, now: datetime, lease: timedelta) -> "Item":
        """Extend the lease of an attempt."""
        return self._apply(ItemEvent.HEARTBEAT, now, attempt=attempt, lease=lease)

    def recognised(
        self, attempt: int, now: datetime, layout: Layout, layout_key: str, looks: tuple[Look, ...] = ()
    ) -> "Item":
        """Keep the text of an attempt: DONE. A repetition by the same attempt changes nothing.

        Raises ``ValueError`` for a layout that is not whole: such a page is never DONE.
        """
        if not layout.is_whole:
            msg = "a text and lines that disagree"
            raise ValueError(msg)
        done = self._apply(ItemEvent.RECOGNISED, now, attempt=attempt, same=True)
        if done is self:
            return self
        return replace(
            done,
            recognised_text=layout.text,
            confidence=layout.confidence,
            width=layout.width,
            height=layout.height,
            dpi=layout.dpi,
            rotation=layout.rotation,
            skew=layout.skew,
            engine=layout.engine,
            layout_key=layout_key,
            warnings=layout.warnings,
            looks=looks,
        )

    def failed(self, attempt: int, now: datetime, code: ItemErrorCode) -> "Item":
        """End with a permanent failure: ERROR. A repetition by the same attempt with the same code changes nothing."""
        return self._apply(ItemEvent.FAILED, now, attempt=attempt, code=code, same=code == self.error_code)

    def released(self, attempt: int, now: datetime, code: ItemErrorCode) -> "Item":
        """End an attempt with a failure that another attempt may avoid: PENDING, or ERROR after the last attempt."""
        return self._apply(ItemEvent.RELEASED, now, attempt=attempt, code=code)

    def given_back(self, attempt: int, now: datetime) -> "Item":
        """End an attempt through no failure of the item: PENDING, and the attempt does not count."""
        return self._apply(ItemEvent.GIVEN_BACK, now, attempt=attempt)

    def lease_lapsed(self, now: datetime) -> "Item":
        """Take the item back from a vanished worker: PENDING, or ERROR after the last attempt."""
        return self._apply(ItemEvent.LEASE_LAPSED, now)

    def swept(self, sweep: "Sweep") -> "Item":
        """Apply a sweep to this item."""
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

    def corrected(self, text: str) -> "Item":
        """Return the item with a corrected text and the next revision. Raises ``NotDone``."""
        self._require_done()
        return replace(self, corrected_text=text, revision=self.revision + 1)

    def reviewed(self, now: datetime, actor: str) -> "Item":
        """Return the item as looked at; the first who did stays. Raises ``NotDone``."""
        self._require_done()
        return self if self.reviewed_at is not None else replace(self, reviewed_at=now, reviewed_by=actor)

    def not_reviewed(self) -> "Item":
        """Return the item as one that nobody has looked at. Raises ``NotDone``."""
        self._require_done()
        return replace(self, reviewed_at=None, reviewed_by=None)

    def as_recognised(self) -> "Item":
        """Return the item as the engine left it."""
        return replace(self, corrected_text=None, revision=0)

    def _require_done(self) -> None:
        if self.status is not ItemStatus.DONE:
            raise NotDone

    def is_forgotten(self, now: datetime) -> bool:
        """Return whether it has waited so long that its message counts as lost."""
        return self.status is ItemStatus.PENDING and self.forgotten_at <= now

    @property
    def forgotten_at(self) -> datetime:
        """When its message counts as lost, if it waits."""
        return self.queued_at + requeue_after(self.requeues)

    def requeued(self, now: datetime) -> "Item":
        """Return the item after another message was enqueued for it."""
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
                raise AssertionError
            case _ as never:  # pragma: no cover - proved by the type checker
                assert_never(never)


@dataclass(frozen=True, slots=True)
class Sweep:
    """One event for all items of a job that accept it, as a value that an adapter applies in one statement.

    It contains the values that :meth:`Item.swept` sets, so adapters implement no rule of the lifecycle.
    """

    event: ItemEvent
    now: datetime
    #: New error code; None clears it.
    error_code: ItemErrorCode | None = None
    #: New ``finished_at``; None clears it.
    finished_at: datetime | None = None
    #: Set for a retry: the new ``queued_at`` of the items, each of which gets a message.
    queued_at: datetime | None = None
    #: Set for a retry: ``attempts_limit`` becomes ``attempts`` plus this.
    allowance: int | None = None

    @property
    def sources(self) -> AbstractSet[ItemStatus]:
        """The statuses that accept the event."""
        return frozenset(status for event, status in ITEM_TRANSITIONS if event is self.event)

    @property
    def target(self) -> ItemStatus:
        """The status after the event."""
        (target,) = {
            rule.target for (event, _), rules in ITEM_TRANSITIONS.items() if event is self.event for rule in rules
        }
        return target

    @classmethod
    def expire(cls, now: datetime) -> "Sweep":
        """Return the sweep for a passed deadline."""
        return cls(ItemEvent.DEADLINE_PASSED, now, ItemErrorCode.EXPIRED, finished_at=now)

    @classmethod
    def cancel(cls, now: datetime) -> "Sweep":
        """Return the sweep for a cancelled job."""
        return cls(ItemEvent.CANCELLED, now, ItemErrorCode.CANCELLED, finished_at=now)

    @classmethod
    def retry(cls, now: datetime, allowance: int) -> "Sweep":
        """Return the sweep for a retry: every ERROR item waits again, with ``allowance`` more attempts."""
        return cls(ItemEvent.RETRIED, now, queued_at=now, allowance=allowance)
