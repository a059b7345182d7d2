"""Views: the public JSON of jobs, items and audit entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ocrcore.domain.api_key import ApiKey, Scope
from ocrcore.domain.audit import TRIES, AuditEntry
from ocrcore.domain.correction import Correction, text_at
from ocrcore.domain.file_warning import FileWarning
from ocrcore.domain.fleet import Fleet
from ocrcore.domain.instants import format_instant
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.key_entry import KeyEntry
from ocrcore.domain.layout import Layout
from ocrcore.domain.lifecycle import ItemStatus, JobStatus
from ocrcore.domain.looks import looks_from_text
from ocrcore.domain.options import OptionsView
from ocrcore.domain.search_hit import Hit
from ocrcore.domain.webhook import Delivery, Webhook


@dataclass(frozen=True, slots=True)
class CountsView:
    """The number of items in each status; ``expired`` is the part of ``error`` that missed the deadline."""

    total: int
    pending: int
    processing: int
    done: int
    error: int
    expired: int


@dataclass(frozen=True, slots=True)
class FileWarningView:
    """A warning about one file; ``index`` is its position in the request, from 0."""

    index: int
    file: str
    #: A code of ``JobWarning``, or one that is newer than this client.
    code: str
    message: str

    @classmethod
    def of(cls, warning: FileWarning) -> "FileWarningView":
        """Return the view of a warning."""
        return cls(warning.index, warning.file, warning.code, warning.message)


@dataclass(frozen=True, slots=True)
class JobView:
    """A job. Instants are ISO 8601 in UTC."""

    id: str
    name: str
    status: JobStatus
    created_at: str
    sqs_retention_deadline: str
    finished_at: str | None
    #: When it will be deleted; null while it is open, and if it is kept until somebody deletes it.
    keep_until: str | None
    options: OptionsView
    items: CountsView
    #: Why the job does not progress, in one sentence; null if it progresses or is finished.
    blocked_by: str | None
    #: What a person should know about its files.
    warnings: list[FileWarningView]

    @classmethod
    def of(cls, job: Job, blocked_by: str | None = None) -> "JobView":
        """Return the view of a job; ``blocked_by`` is not part of the job itself."""
        counts = job.counts
        return cls(
            id=str(job.id),
            name=job.name,
            status=job.status,
            created_at=format_instant(job.created_at),
            sqs_retention_deadline=format_instant(job.sqs_retention_deadline),
            finished_at=_instant(job.finished_at),
            keep_until=_instant(job.keep_until),
            options=job.options.view(),
            items=CountsView(
                total=counts.total,
                pending=counts.pending,
                processing=counts.processing,
                done=counts.done,
                error=counts.error,
                expired=counts.expired,
            ),
            warnings=[FileWarningView.of(warning) for warning in job.warnings],
            blocked_by=blocked_by,
        )


@dataclass(frozen=True, slots=True)
class UploadView:
    """Where a client sends a file of a draft, and how, until ``expires_at``."""

    #: The position of the file in the request, from 0.
    index: int
    #: PUT, with the file as the body; or POST of a form with the fields and then, last, the file as ``file``.
    method: str
    url: str
    fields: dict[str, str]
    expires_at: str


@dataclass(frozen=True, slots=True)
class DraftView:
    """A draft, and an upload for each of its files."""

    job: JobView
    #: Empty if the job is submitted already.
    uploads: list[UploadView]


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item, one page. Instants are ISO 8601 in UTC."""

    id: str
    job_id: str
    s3_key: str
    position: int
    filename: str
    page: int
    status: ItemStatus
    ocr_text: str | None
    error_code: str | None
    error_msg: str | None
    confidence: float | None
    attempts: int
    created_at: str
    started_at: str | None
    finished_at: str | None
    width: int | None
    height: int | None
    engine: str | None
    #: What a person should know about the page: no-words for ink on it without a word, second-look-cut where it should
    #: have been read again.
    #: Codes of ``ItemWarning``, or newer ones.
    warnings: list[str]
    #: Dots per inch of the picture that was recognised; null if unknown.
    dpi: float | None
    #: By how many degrees clockwise the page was turned to be read; null if unknown. Boxes are of the page before.
    rotation: int | None
    #: By how many degrees clockwise its lines were slanted then, which was undone to read it; null if unknown.
    skew: float | None
    #: How often its text was corrected; a correction is based on it.
    revision: int = 0
    #: When somebody marked it as looked at, and who: the owner, or ``key:`` and the id of a key; null if nobody did.
    reviewed_at: str | None = None
    reviewed_by: str | None = None

    @classmethod
    def of(cls, item: Item, *, recognised: bool = False) -> "ItemView":
        """Return the view of an item; with ``recognised``, its text is the engine's instead of the corrected one."""
        return cls(
            id=str(item.id),
            job_id=str(item.job_id),
            s3_key=item.s3_key,
            position=item.position,
            filename=item.filename,
            page=item.page,
            status=item.status,
            ocr_text=item.recognised_text if recognised else item.ocr_text,
            error_code=item.error_code,
            error_msg=item.error_msg,
            confidence=item.confidence,
            attempts=item.attempts,
            created_at=format_instant(item.created_at),
            started_at=_instant(item.started_at),
            finished_at=_instant(item.finished_at),
            width=item.width,
            height=item.height,
            dpi=item.dpi,
            rotation=item.rotation,
            skew=item.skew,
            engine=item.engine,
            warnings=list(item.warnings),
            revision=item.revision,
            reviewed_at=_instant(item.reviewed_at),
            reviewed_by=item.reviewed_by,
        )


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """A correction that stands. Instants are ISO 8601 in UTC."""

    #: Numbers, from 0, of the layout as it was recognised; ``word`` null is the whole line.
    line: int
    word: int | None
    #: What a person wrote, empty for what was removed; and what was recognised.
    text: str
    was: str
    #: The revision of the page that it came with.
    revision: int
    #: Who wrote it: the owner, or ``key:`` and the id of a key.
    actor: str
    at: str

    @classmethod
    def of(cls, correction: Correction, layout: Layout) -> "CorrectionView":
        """Return the view of a correction of a page that was recognised so."""
        place = correction.place
        return cls(
            line=place.line,
            word=place.word,
            text=correction.text,
            was=text_at(place, layout, ()),
            revision=correction.revision,
            actor=correction.actor,
            at=format_instant(correction.at),
        )


@dataclass(frozen=True, slots=True)
class CorrectionsView:
    """The corrections of a page, in the order of its lines and words."""

    revision: int
    corrections: list[CorrectionView]

    @classmethod
    def of(cls, revision: int, corrections: Sequence[Correction], layout: Layout) -> "CorrectionsView":
        """Return the view of all corrections of a page that was recognised so."""
        rows = (CorrectionView.of(one, layout) for one in corrections)
        return cls(revision, sorted(rows, key=lambda row: (row.line, -1 if row.word is None else row.word)))


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry of the audit log."""

    event_id: str
    #: One of ``AuditAction``, or one that is newer than this client.
    action: str
    #: The owner of the job, ``key:`` and the id of its key, or ``worker``, ``upkeep`` or ``retention``.
    actor: str
    at: str
    #: ``tries`` of item.recognised lists the looks: engine, rotation, skew, confidence, words and milliseconds of each,
    #: and the ``outcome`` of a second one: better, not-better, same or failed.
    detail: dict[str, str | int | list[dict[str, str | float | None]]]

    @classmethod
    def of(cls, entry: AuditEntry) -> "EntryView":
        """Return the view of an entry."""
        detail = {name: looks_from_text(str(value)) if name == TRIES else value for name, value in entry.detail.items()}
        return cls(entry.event_id, entry.action, entry.actor, format_instant(entry.at), detail)


@dataclass(frozen=True, slots=True)
class AccessEntryView:
    """An entry about an owner's keys and sessions. It contains no key, no cookie and no text."""

    event_id: str
    #: ``key.created key.rotated key.revoked session.opened session.closed session.refused``, each a text of its own; or
    #: one that is newer than this client.
    action: str
    #: ``operator``, ``key:`` and the id of a key, or ``nobody`` for sessions that were refused.
    actor: str
    at: str
    detail: dict[str, str]

    @classmethod
    def of(cls, entry: KeyEntry) -> "AccessEntryView":
        """Return the view of an entry."""
        return cls(entry.event_id, entry.action, entry.actor, format_instant(entry.at), dict(entry.detail))


@dataclass(frozen=True, slots=True)
class HitView:
    """A page that a search found. ``boxes``: x0, y0, x1, y1 of each word that was found, as in layouts."""

    job_id: str
    job_name: str
    item_id: str
    filename: str
    page: int
    #: One line of its text around what was found.
    snippet: str
    boxes: list[list[int]]

    @classmethod
    def of(cls, hit: Hit) -> "HitView":
        """Return the view of a hit."""
        boxes = [list(box) for box in hit.boxes]
        return cls(str(hit.job_id), hit.job_name, str(hit.item_id), hit.filename, hit.page, hit.snippet, boxes)


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else format_instant(instant)


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key without its text, which is kept nowhere; ``expires_at`` is null if it does not expire."""

    id: str
    owner: str
    name: str
    scopes: list[str]
    created_at: str
    created_by: str
    expires_at: str | None
    last_used_at: str | None
    revoked_at: str | None

    @classmethod
    def of(cls, key: ApiKey) -> "KeyView":
        """Return the view of a key."""
        return cls(
            id=key.id,
            owner=key.owner,
            name=key.name,
            scopes=_scopes(key),
            created_at=format_instant(key.created_at),
            created_by=key.created_by,
            expires_at=_instant(key.expires_at),
            last_used_at=_instant(key.last_used_at),
            revoked_at=_instant(key.revoked_at),
        )


@dataclass(frozen=True, slots=True)
class NewKeyView:
    """A key that was made just now, with its text, which is never shown again."""

    id: str
    owner: str
    name: str
    scopes: list[str]
    key: str
    expires_at: str | None

    @classmethod
    def of(cls, key: ApiKey, text: str) -> "NewKeyView":
        """Return the view of a new key."""
        return cls(key.id, key.owner, key.name, _scopes(key), text, _instant(key.expires_at))


@dataclass(frozen=True, slots=True)
class WebhookView:
    """A webhook without its secret; ``disabled_at`` is null unless its receiver answered 410."""

    id: str
    url: str
    events: list[str]
    created_at: str
    created_by: str
    disabled_at: str | None

    @classmethod
    def of(cls, webhook: Webhook) -> "WebhookView":
        """Return the view of a webhook."""
        return cls(
            id=str(webhook.id),
            url=webhook.url,
            events=[event.value for event in sorted(webhook.events)],
            created_at=format_instant(webhook.created_at),
            created_by=webhook.created_by,
            disabled_at=_instant(webhook.disabled_at),
        )


@dataclass(frozen=True, slots=True)
class NewWebhookView:
    """A webhook that was made just now, with its secret, which is never shown again."""

    id: str
    url: str
    events: list[str]
    created_at: str
    secret: str

    @classmethod
    def of(cls, webhook: Webhook, secret: str) -> "NewWebhookView":
        """Return the view of a new webhook."""
        plain = WebhookView.of(webhook)
        return cls(plain.id, plain.url, plain.events, plain.created_at, secret)


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A delivery; ``payload`` is the body of its request, ``answer`` the status of the latest answer.

    ``next_attempt_at`` is null unless it is WAITING, ``job_id`` of a ping, ``error`` and ``error_msg`` unless the
    latest attempt failed.
    """

    id: str
    webhook_id: str
    message_id: str
    event: str
    job_id: str | None
    created_at: str
    status: str
    attempts: int
    tried_at: str | None
    next_attempt_at: str | None
    finished_at: str | None
    answer: int | None
    error: str | None
    error_msg: str | None
    payload: str

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryView":
        """Return the view of a delivery."""
        return cls(
            id=str(delivery.id),
            webhook_id=str(delivery.webhook_id),
            message_id=delivery.message_id,
            event=str(delivery.event),
            job_id=None if delivery.job_id is None else str(delivery.job_id),
            created_at=format_instant(delivery.created_at),
            status=delivery.status.value,
            attempts=delivery.attempts,
            tried_at=_instant(delivery.tried_at),
            next_attempt_at=_instant(delivery.due_at),
            finished_at=_instant(delivery.finished_at),
            answer=delivery.answer,
            error=None if delivery.error is None else str(delivery.error),
            error_msg=delivery.error_sentence,
            payload=delivery.body,
        )


def _scopes(key: ApiKey) -> list[str]:
    return [scope.value for scope in Scope if scope in key.scopes]


@dataclass(frozen=True, slots=True)
class QueueView:
    """Open pages of all jobs."""

    pending: int
    processing: int


@dataclass(frozen=True, slots=True)
class WorkerView:
    """A live worker; its ``seconds_per_page`` is of one slot, null before its first page."""

    id: str
    kind: str
    host: str
    slots: int
    engine: str
    seconds_per_page: float | None
    seen_at: str


@dataclass(frozen=True, slots=True)
class StatsView:
    """The open pages and the live workers; both estimates are null until a worker has read a page."""

    queue: QueueView
    slots: int
    workers: Sequence[WorkerView]
    pages_per_minute: float | None
    backlog_minutes: float | None

    @classmethod
    def of(cls, fleet: Fleet) -> "StatsView":
        """Return the view of a fleet."""
        workers = [
            WorkerView(
                id=str(report.id),
                kind=report.kind,
                host=report.host,
                slots=report.slots,
                engine=report.engine,
                seconds_per_page=report.seconds_per_page,
                seen_at=format_instant(report.seen_at),
            )
            for report in fleet.live
        ]
        queue = QueueView(fleet.volume.pending, fleet.volume.processing)
        return cls(queue, fleet.slots, workers, fleet.pages_per_minute, fleet.backlog_minutes)
