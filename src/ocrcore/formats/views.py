"""Views: the public JSON of jobs, their items, their audit entries, and what a search finds."""

from collections.abc import Sequence
from dataclasses import dataclass

from ocrcore.domain.audit import TRIES, AuditEntry
from ocrcore.domain.correction import Correction, text_at
from ocrcore.domain.file_warning import FileWarning
from ocrcore.domain.instants import format_instant, format_known
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.layout import Layout
from ocrcore.domain.lifecycle import ItemStatus, JobStatus
from ocrcore.domain.looks import looks_from_text
from ocrcore.domain.options import OptionsView
from ocrcore.domain.search_hit import Hit


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
            finished_at=format_known(job.finished_at),
            keep_until=format_known(job.keep_until),
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
    #: What a person should know about the page: no-words for ink in which no words were found, all of it or a part that
    #: may be text; second-look-cut where it should have been read again.
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
            started_at=format_known(item.started_at),
            finished_at=format_known(item.finished_at),
            width=item.width,
            height=item.height,
            dpi=item.dpi,
            rotation=item.rotation,
            skew=item.skew,
            engine=item.engine,
            warnings=list(item.warnings),
            revision=item.revision,
            reviewed_at=format_known(item.reviewed_at),
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
    #: ``worker`` of item.claimed is the id of the worker that began, as in the statistics of the service;
    #: ``tries`` of item.recognised lists the looks: engine, rotation, skew, confidence, words and milliseconds of each,
    #: and the ``outcome`` of a second one: better, not-better, same or failed.
    detail: dict[str, str | int | list[dict[str, str | float | None]]]

    @classmethod
    def of(cls, entry: AuditEntry) -> "EntryView":
        """Return the view of an entry."""
        detail = {name: looks_from_text(str(value)) if name == TRIES else value for name, value in entry.detail.items()}
        return cls(entry.event_id, entry.action, entry.actor, format_instant(entry.at), detail)


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
