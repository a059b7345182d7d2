"""The error tree.

::

    OcrError
    ├── Refusal                     the request cannot be fulfilled; has a problem code
    │   ├── Unauthenticated         no key, or one that does not open the service
    │   ├── InsufficientScope       the key may not do this
    │   ├── LimitReached            a limit of the owner is reached; names it, and when to ask again
    │   │   ├── RateLimited         too many requests in a minute
    │   │   │   └── TooManyLogins   an address tried to open too many sessions
    │   │   └── QuotaExceeded       too many open items or stored bytes
    │   ├── KeyNotFound             there is no such key
    │   ├── WebhookNotFound         the owner has no such webhook, or no such delivery
    │   ├── ForbiddenTarget         a webhook may not lead there
    │   ├── InvalidOption           an option has an invalid value
    │   ├── InvalidPage             a cursor, page size or filter is invalid
    │   ├── UnsupportedLanguage     the engine lacks a language; names those it has
    │   ├── NoFiles                 a submission without files
    │   ├── TooManyFiles            more files than a job may have
    │   ├── EmptyFile               a file without bytes; names its index
    │   ├── FileTooLarge            a file over the limit of bytes; names its index
    │   ├── UnsupportedImage        not a picture of an accepted kind; names the index, and the kind where known
    │   ├── PdfEncrypted            a PDF that is locked; names the index
    │   ├── PdfDamaged              a PDF that cannot be read; names the index
    │   ├── NoPages                 a document without pages; names the index
    │   ├── TooManyPages            more pages than are allowed; names the index
    │   ├── DocumentsBusy          too many files are inspected at the moment
    │   ├── ImageTooLarge           a header that announces too many pixels; names the index and the size
    │   ├── IdempotencyMismatch     an idempotency key that was used for another body
    │   ├── JobGone                 an idempotency key whose job was deleted
    │   ├── JobNotFound             the owner has no such job
    │   ├── ItemNotFound            the owner has no such item
    │   ├── JobOpen                 the job is not finished yet
    │   ├── JobFinished             the job is already finished
    │   ├── NotFinished             the result is not ready yet
    │   ├── NoText                  finished without any text
    │   ├── NotPdfA                 a result that cannot be a PDF/A
    │   ├── NotSubmitted            the job is a draft, whose uploads are not submitted yet
    │   ├── NotDone                 a page without a text, which nobody can correct or look at
    │   ├── EditConflict            a page that somebody else has corrected meanwhile; tells its revision and texts
    │   ├── UploadMissing           a file of a draft was not uploaded; names the index
    │   ├── UploadMismatch          an upload is not what was announced, or has changed; names the index
    │   ├── UploadRefused           the address of an upload is wrong, or not valid any more
    │   └── LayoutLost              the layout or the file of a page is missing; its text is not lost
    ├── PageFailed                  a page of a finished job has no text
    ├── TransitionRefused           the state machine has no such transition; nothing changed
    └── Unavailable                 a service behind a port is unavailable; try again later
        ├── StorageUnavailable      the document store
        │   └── StorageFull         its disk is full; the change did not happen
        ├── DatabaseUnavailable     the database; the change did not happen
        │   └── DatabaseFull        its disk is full
        ├── CommitUnknown           the database; the change may have happened
        ├── QueueUnavailable        the queue
        │   └── QueueFull           its disk is full
        ├── AuditUnavailable        the audit log
        └── IssuerUnavailable       the issuer of access tokens

Each docstring describes the case; ``str(error)`` is one safe sentence that the caller can act on.
"""

from collections.abc import Sequence
from typing import ClassVar, Self

from ocrcore.domain.codes import ITEM_ERROR_SENTENCES, ItemErrorCode, ProblemCode


def file_place(index: int, name: str = "") -> str:
    """Return how a sentence calls a file of a request, whose ``index`` counts from 0: ``File 2 (b.png)``."""
    return f"File {index + 1} ({name})" if name else f"File {index + 1}"


class OcrError(Exception):
    """The base of all errors that ocrcore raises deliberately."""


class Refusal(OcrError):
    """The request cannot be fulfilled; nothing changed.

    ``index`` is the position of the offending file in the request, from 0, or None. ``limit`` is the name in ``Policy``
    of the operator's limit that was exceeded, as ``max_file_bytes``, or empty.
    """

    code: ClassVar[ProblemCode]
    #: The default sentence.
    sentence: ClassVar[str]
    limit: str = ""

    def __init__(self, sentence: str = "", *, index: int | None = None, limit: str | None = None) -> None:
        super().__init__(sentence or self.sentence)
        self.index = index
        if limit is not None:
            self.limit = limit

    def at(self, index: int, name: str = "") -> Self:
        """Return the same refusal with the index of the file that caused it, and its name if it has one.

        ``index`` counts from 0, as in the API; the sentence counts from 1, because people read it.
        """
        refusal = type(self)(f"{file_place(index, name)}: {self}", index=index)
        refusal.limit = self.limit
        return refusal


class Unauthenticated(Refusal):
    """No key, or one that is malformed, unknown, revoked or expired: nobody is told which of these it is."""

    code = ProblemCode.UNAUTHENTICATED
    sentence = "This needs a key that is valid; send it as Authorization: Bearer KEY."


class InsufficientScope(Refusal):
    """The key may not do this."""

    code = ProblemCode.INSUFFICIENT_SCOPE
    sentence = "The key lacks a scope that this needs; use another key."


class LimitReached(Refusal):
    """A limit of the owner is reached.

    ``policy`` is the name of the limit, a ``LimitPolicy``; after ``retry_after`` seconds it is worth to ask again.
    """

    def __init__(
        self, sentence: str = "", *, policy: str = "", retry_after: int = 60, index: int | None = None
    ) -> None:
        super().__init__(sentence, index=index)
        self.policy, self.retry_after = policy, retry_after


class RateLimited(LimitReached):
    """The owner has sent all requests of a minute."""

    code = ProblemCode.RATE_LIMITED
    sentence = "There were too many requests in this minute; send it again after the seconds of Retry-After."


class TooManyLogins(RateLimited):
    """An address tried to open too many sessions; it may try again after ``retry_after`` seconds."""

    sentence = "Too many sign-ins from this address; wait a minute."

    def __init__(
        self, sentence: str = "", *, policy: str = "sign-ins", retry_after: int = 60, index: int | None = None
    ) -> None:
        super().__init__(sentence, policy=policy, retry_after=retry_after, index=index)


class QuotaExceeded(LimitReached):
    """The owner would have more open items, or more stored bytes, than the operator allows."""

    code = ProblemCode.QUOTA_EXCEEDED
    sentence = "There are too many open items; wait until some are finished."


class KeyNotFound(Refusal):
    """There is no such key, or it is another owner's."""

    code = ProblemCode.KEY_NOT_FOUND
    sentence = "There is no key with this id."


class WebhookNotFound(Refusal):
    """The owner has no such webhook, or the webhook no such delivery."""

    code = ProblemCode.WEBHOOK_NOT_FOUND
    sentence = "There is no such webhook, or no such delivery of it."


class ForbiddenTarget(Refusal):
    """The URL of a webhook is not one that this service sends to."""

    code = ProblemCode.FORBIDDEN_TARGET
    sentence = "The webhook leads to an address that is not public, so nothing is sent there."


class InvalidOption(Refusal):
    """An option has an invalid value."""

    code = ProblemCode.INVALID_OPTION
    sentence = "An option has a value that is not on its list."


class InvalidPage(Refusal):
    """A cursor, page size or filter is invalid."""

    code = ProblemCode.INVALID_PAGE
    sentence = "The cursor, the page size or a filter makes no sense."


class UnsupportedLanguage(Refusal):
    """The engine lacks a language."""

    code = ProblemCode.UNSUPPORTED_LANGUAGE
    sentence = "The engine lacks a language that was asked for."


class NoFiles(Refusal):
    """A submission without files."""

    code = ProblemCode.NO_FILES
    sentence = "There is no file in the request; send at least one."


class TooManyFiles(Refusal):
    """More files than a job may have."""

    code = ProblemCode.TOO_MANY_FILES
    sentence = "There are more files than a job may have; send them as several jobs."
    limit = "max_files"


class EmptyFile(Refusal):
    """A file without bytes."""

    code = ProblemCode.EMPTY_FILE
    sentence = "The file is empty; send it again."


class FileTooLarge(Refusal):
    """A file over the limit of bytes."""

    code = ProblemCode.FILE_TOO_LARGE
    sentence = "The file has more bytes than is allowed."
    limit = "max_file_bytes"

    @classmethod
    def above(cls, most: int) -> Self:
        """Return the refusal of a file of more than so many bytes."""
        return cls(f"The file is larger than {most} bytes.")


class UnsupportedImage(Refusal):
    """The bytes are not a picture of an accepted kind."""

    code = ProblemCode.UNSUPPORTED_IMAGE
    sentence = ITEM_ERROR_SENTENCES[ItemErrorCode.UNSUPPORTED_IMAGE]


class PdfEncrypted(Refusal):
    """A PDF that asks for a password, or for a certificate."""

    code = ProblemCode.PDF_ENCRYPTED
    sentence = ITEM_ERROR_SENTENCES[ItemErrorCode.PDF_ENCRYPTED]


class PdfDamaged(Refusal):
    """A PDF that cannot be read."""

    code = ProblemCode.PDF_DAMAGED
    sentence = ITEM_ERROR_SENTENCES[ItemErrorCode.PDF_DAMAGED]


class NoPages(Refusal):
    """A document without pages, or without those that were asked for."""

    code = ProblemCode.NO_PAGES
    sentence = ITEM_ERROR_SENTENCES[ItemErrorCode.NO_PAGES]


class TooManyPages(Refusal):
    """A document, or a job, of more pages than are allowed."""

    code = ProblemCode.TOO_MANY_PAGES
    sentence = ITEM_ERROR_SENTENCES[ItemErrorCode.TOO_MANY_PAGES]
    limit = "max_pages"


class DocumentsBusy(Refusal):
    """Too many other files are inspected at the moment."""

    code = ProblemCode.BUSY
    sentence = "The service is busy with other documents; send the request again in a few seconds."


class ImageTooLarge(Refusal):
    """A header that announces too many pixels, or a side longer than engines accept."""

    code = ProblemCode.IMAGE_TOO_LARGE
    sentence = "The picture has more pixels than is allowed; send it at a lower resolution."
    limit = "max_pixels"


class IdempotencyMismatch(Refusal):
    """An idempotency key that was used for another body."""

    code = ProblemCode.IDEMPOTENCY_MISMATCH
    sentence = "This Idempotency-Key was used for other files or options; use a new key for a new request."


class JobGone(Refusal):
    """An idempotency key whose job was deleted, by its owner or because it was kept for its time."""

    code = ProblemCode.JOB_GONE
    sentence = "The job of this Idempotency-Key was deleted; use a new key to submit it again."


class JobNotFound(Refusal):
    """The owner has no such job."""

    code = ProblemCode.JOB_NOT_FOUND
    sentence = "There is no job of yours with this id."


class ItemNotFound(Refusal):
    """The owner has no such item."""

    code = ProblemCode.ITEM_NOT_FOUND
    sentence = "There is no item of yours with this id."


class JobOpen(Refusal):
    """The job is not finished yet."""

    code = ProblemCode.JOB_OPEN
    sentence = "The job is not finished; wait for it, or cancel it first."


class JobFinished(Refusal):
    """The job is already finished."""

    code = ProblemCode.JOB_FINISHED
    sentence = "The job is finished; there is nothing left to do."


class NotFinished(Refusal):
    """The result is not ready yet."""

    code = ProblemCode.NOT_FINISHED
    sentence = "The result is not there yet; ask again in a while."


class NoText(Refusal):
    """Finished without any text."""

    code = ProblemCode.NO_TEXT
    sentence = "It finished without any text; its items say why."


class NotPdfA(Refusal):
    """A result that cannot be a PDF/A."""

    code = ProblemCode.NOT_PDFA
    sentence = "The result cannot be a PDF/A; ask for format=pdf."


class NotSubmitted(Refusal):
    """The job is a draft, whose uploads are not submitted yet."""

    code = ProblemCode.NOT_SUBMITTED
    sentence = "The job is not submitted; upload its files, then submit it."


class NotDone(Refusal):
    """A page without a text, which nobody can correct or look at."""

    code = ProblemCode.NOT_DONE
    sentence = "The page has no text; only a page that is DONE can be corrected or looked at."


class EditConflict(Refusal):
    """A page that somebody else has corrected since the caller read it.

    ``revision`` is the one that it has now; ``texts`` has, for each place that the caller would change, the line, the
    word or None, and the text that is shown there now.
    """

    code = ProblemCode.EDIT_CONFLICT
    sentence = "Somebody else has corrected this page meanwhile; compare both, and correct it again by its revision."

    def __init__(
        self,
        sentence: str = "",
        *,
        revision: int = 0,
        texts: Sequence[tuple[int, int | None, str]] = (),
        index: int | None = None,
    ) -> None:
        super().__init__(sentence, index=index)
        self.revision, self.texts = revision, texts


class UploadMissing(Refusal):
    """A file of a draft was not uploaded."""

    code = ProblemCode.UPLOAD_MISSING
    sentence = "The file was not uploaded; upload it, then submit the job again."


class UploadMismatch(Refusal):
    """An upload is not what was announced, or has changed since it was looked at."""

    code = ProblemCode.UPLOAD_MISMATCH
    sentence = "The upload was replaced while the job was submitted; submit it again."


class UploadRefused(Refusal):
    """The address of an upload is wrong, or not valid any more."""

    code = ProblemCode.NOT_FOUND
    sentence = "The address of the upload is wrong, or not valid any more; ask for new addresses of the job."


class LayoutLost(Refusal):
    """What a format needs of a page, its layout or its file, is missing or unreadable; its text is not lost."""

    code = ProblemCode.INTERNAL_ERROR  # permanent, so a retry would fail too
    sentence = "A layout is lost; format=txt still gives the text. Tell the operator the instance of this answer."


class PageFailed(OcrError):
    """A page of a finished job has no text.

    ``code`` is that of its item; ``filename`` and ``page``, from 1 within the file, say which page it is.
    """

    def __init__(self, code: ItemErrorCode, filename: str, page: int) -> None:
        super().__init__(f"{filename}, page {page}: {ITEM_ERROR_SENTENCES[code]}")
        self.code, self.filename, self.page = code, filename, page


class TransitionRefused(OcrError):
    """The state machine has no such transition from the current status; nothing changed."""


class Unavailable(OcrError):
    """A service behind a port is unavailable; try again later."""

    code: ClassVar[ProblemCode] = ProblemCode.STORAGE_UNAVAILABLE


class StorageUnavailable(Unavailable):
    """The document store is unavailable."""


class StorageFull(StorageUnavailable):
    """There is no room for documents; the change did not happen."""

    code = ProblemCode.STORAGE_FULL


class QueueUnavailable(Unavailable):
    """The queue is unavailable."""


class QueueFull(QueueUnavailable):
    """There is no room for messages."""

    code = ProblemCode.STORAGE_FULL


class AuditUnavailable(Unavailable):
    """The audit log is unavailable."""


class DatabaseUnavailable(Unavailable):
    """The database is unavailable, and the change did not happen."""

    code = ProblemCode.DATABASE_UNAVAILABLE


class DatabaseFull(DatabaseUnavailable):
    """There is no room for rows; the change did not happen."""

    code = ProblemCode.STORAGE_FULL


class IssuerUnavailable(Unavailable):
    """The issuer of access tokens does not give the keys with which it signs them."""

    code = ProblemCode.ISSUER_UNAVAILABLE


class CommitUnknown(Unavailable):
    """A commit got no response from the database: the change may have happened."""

    code = ProblemCode.DATABASE_UNAVAILABLE
