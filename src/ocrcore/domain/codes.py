"""The closed lists of error codes, of items and of refused requests."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ocrcore.domain.media import ACCEPTED


class ItemErrorCode(StrEnum):
    """Why an item is ERROR."""

    #: There are no bytes.
    EMPTY_FILE = "empty-file"
    #: The bytes are not a picture or document of an accepted kind.
    UNSUPPORTED_IMAGE = "unsupported-image"
    #: The file holds several pictures; only release 0.1 refused it.
    MULTI_FRAME_IMAGE = "multi-frame-image"
    #: The picture's data ends too early.
    IMAGE_TRUNCATED = "image-truncated"
    #: The picture's data is damaged.
    IMAGE_CORRUPT = "image-corrupt"
    #: The picture has too many pixels, or needs too much memory.
    IMAGE_TOO_LARGE = "image-too-large"
    #: The PDF asks for a password, or for a certificate.
    PDF_ENCRYPTED = "pdf-encrypted"
    #: The PDF, or a page of it, is damaged.
    PDF_DAMAGED = "pdf-damaged"
    #: The document has no pages, or none of those that were asked for.
    NO_PAGES = "no-pages"
    #: The document has more pages than a file may have.
    TOO_MANY_PAGES = "too-many-pages"
    #: Every attempt ran out of time.
    OCR_TIMEOUT = "ocr-timeout"
    #: Every attempt crashed the engine.
    OCR_CRASHED = "ocr-crashed"
    #: Every worker that claimed the item vanished and let its lease lapse.
    TOO_MANY_ATTEMPTS = "too-many-attempts"
    #: The uploaded document is not in the store.
    SOURCE_MISSING = "source-missing"
    #: The text is longer than the limit; it is never truncated silently.
    TEXT_TOO_LARGE = "text-too-large"
    #: The worker's engine lacks a language of the job.
    UNSUPPORTED_LANGUAGE = "unsupported-language"
    #: The job's deadline passed before the item was done.
    EXPIRED = "expired"
    #: The user cancelled the job.
    CANCELLED = "cancelled"
    #: An unexpected error of this software.
    INTERNAL_ERROR = "internal-error"


#: What is wrong with the file itself: it fails again however often it is read, and has to be sent anew. Not among them
#: is what another limit of the service, or an operator who puts a document back, would cure.
FILE_ERRORS: Final = frozenset(
    {
        ItemErrorCode.EMPTY_FILE,
        ItemErrorCode.UNSUPPORTED_IMAGE,
        ItemErrorCode.IMAGE_TRUNCATED,
        ItemErrorCode.IMAGE_CORRUPT,
        ItemErrorCode.PDF_ENCRYPTED,
        ItemErrorCode.PDF_DAMAGED,
        ItemErrorCode.NO_PAGES,
    }
)
#: Code -> the sentence that users see; it never contains an exception's text.
ITEM_ERROR_SENTENCES: Final = MappingProxyType(
    {
        ItemErrorCode.EMPTY_FILE: "The file is empty; send it again.",
        ItemErrorCode.UNSUPPORTED_IMAGE: (f"The file is not a picture or document that can be read; send {ACCEPTED}."),
        ItemErrorCode.MULTI_FRAME_IMAGE: ("The file holds several pictures; send each of them as a file of its own."),
        ItemErrorCode.IMAGE_TRUNCATED: (
            "The picture ends too early, as after a broken upload; send the whole file again."
        ),
        ItemErrorCode.IMAGE_CORRUPT: ("The picture is damaged and cannot be decoded; export or scan it again."),
        ItemErrorCode.IMAGE_TOO_LARGE: (
            "The picture needs more pixels or memory than is allowed; send it at a lower resolution."
        ),
        ItemErrorCode.PDF_ENCRYPTED: (
            "The PDF is locked with a password or a certificate; save it without, and send it again."
        ),
        ItemErrorCode.PDF_DAMAGED: "The PDF is damaged and cannot be read; print it to a new PDF, or scan it again.",
        ItemErrorCode.NO_PAGES: "The document has no pages; export it again.",
        ItemErrorCode.TOO_MANY_PAGES: "The document has more pages than a file may have; split it.",
        ItemErrorCode.OCR_TIMEOUT: (
            "Recognition took longer than an item may, at every attempt;"
            " send a smaller or cleaner picture, or retry the job."
        ),
        ItemErrorCode.OCR_CRASHED: (
            "The engine crashed on this picture at every attempt; send it in another format, or retry the job."
        ),
        ItemErrorCode.TOO_MANY_ATTEMPTS: (
            "Every worker that began this item stopped without an answer; retry the job."
        ),
        ItemErrorCode.SOURCE_MISSING: ("The uploaded file is no longer in the store; send it again in a new job."),
        ItemErrorCode.TEXT_TOO_LARGE: ("The recognised text is longer than is allowed; split the picture."),
        ItemErrorCode.UNSUPPORTED_LANGUAGE: (
            "The worker's engine lacks a language of this job;"
            " have it installed, or send the file with another language."
        ),
        ItemErrorCode.EXPIRED: "The job's deadline passed before this item was done; retry the job.",
        ItemErrorCode.CANCELLED: "The job was cancelled before this item was done; retry the job.",
        ItemErrorCode.INTERNAL_ERROR: (
            "A fault of the service stopped this item at every attempt;"
            " retry the job, and tell the operator if it happens again."
        ),
    }
)


class ItemWarning(StrEnum):
    """What a person should know about a page that was read."""

    #: A part of the page is damaged; the rest was read. The word is the one for files that lost pages.
    PAGES_LOST = "pages-lost"
    #: There is ink on the page in which no words were found: all of it, or a part that may be text.
    NO_WORDS = "no-words"
    #: The page should have been read again, turned or by another engine, and there was no time, or that failed.
    SECOND_LOOK_CUT = "second-look-cut"


#: Code -> the sentence that users see.
ITEM_WARNING_SENTENCES: Final = MappingProxyType(
    {
        ItemWarning.PAGES_LOST: (
            "The page is damaged, and a part of it could not be read; compare it with the original."
        ),
        ItemWarning.NO_WORDS: (
            "There is something on the page in which no words were found;"
            " look at it, or try another language, dpi or engine."
        ),
        ItemWarning.SECOND_LOOK_CUT: (
            "The page seems hard to read, and could not be read a second time; look at it, or read it again."
        ),
    }
)


class JobWarning(StrEnum):
    """What a person should know about a file that was submitted."""

    #: The document is damaged, and seems to have had more pages.
    PAGES_LOST = "pages-lost"
    #: A form that only Adobe's programs show; its pages may say so instead of showing it.
    XFA = "xfa"
    #: A PDF that holds other files, which are not read.
    PORTFOLIO = "portfolio"
    #: A signed PDF, whose signature is void in what is made from it.
    SIGNATURE = "signature"


#: Code -> the sentence that users see.
JOB_WARNING_SENTENCES: Final = MappingProxyType(
    {
        JobWarning.PAGES_LOST: (
            "The document is damaged, and may have had more pages than were found; compare it with the original."
        ),
        JobWarning.XFA: (
            "The PDF is a form that only Adobe's programs show; if its pages say so, print it from one of them."
        ),
        JobWarning.PORTFOLIO: "The PDF holds other files, which are not read; take them out, and send them too.",
        JobWarning.SIGNATURE: "The PDF is signed; the signature is void in a PDF that is made from it.",
    }
)


class ProblemCode(StrEnum):
    """Why a request was refused, in HTTP responses and on the command line."""

    UNAUTHENTICATED = "unauthenticated"
    MALFORMED_REQUEST = "malformed-request"
    FORBIDDEN_HOST = "forbidden-host"
    FORBIDDEN_ORIGIN = "forbidden-origin"
    INSUFFICIENT_SCOPE = "insufficient-scope"
    KEY_NOT_FOUND = "key-not-found"
    WEBHOOK_NOT_FOUND = "webhook-not-found"
    FORBIDDEN_TARGET = "forbidden-target"
    JOB_NOT_FOUND = "job-not-found"
    ITEM_NOT_FOUND = "item-not-found"
    NOT_FOUND = "not-found"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type"
    MALFORMED_MULTIPART = "malformed-multipart"
    NO_FILES = "no-files"
    UNKNOWN_FIELD = "unknown-field"
    NOT_A_FILE = "not-a-file"
    EMPTY_FILE = "empty-file"
    TOO_MANY_FILES = "too-many-files"
    FILE_TOO_LARGE = "file-too-large"
    BODY_TOO_LARGE = "body-too-large"
    INVALID_OPTION = "invalid-option"
    INVALID_PAGE = "invalid-page"
    IDEMPOTENCY_MISMATCH = "idempotency-mismatch"
    JOB_GONE = "job-gone"
    JOB_OPEN = "job-open"
    JOB_FINISHED = "job-finished"
    NOT_FINISHED = "not-finished"
    NO_TEXT = "no-text"
    NOT_PDFA = "not-pdfa"
    NOT_SUBMITTED = "not-submitted"
    NOT_DONE = "not-done"
    EDIT_CONFLICT = "edit-conflict"
    UNSUPPORTED_IMAGE = "unsupported-image"
    MULTI_FRAME_IMAGE = "multi-frame-image"
    IMAGE_TOO_LARGE = "image-too-large"
    PDF_ENCRYPTED = "pdf-encrypted"
    PDF_DAMAGED = "pdf-damaged"
    NO_PAGES = "no-pages"
    TOO_MANY_PAGES = "too-many-pages"
    UPLOAD_MISSING = "upload-missing"
    UPLOAD_MISMATCH = "upload-mismatch"
    UNSUPPORTED_LANGUAGE = "unsupported-language"
    RATE_LIMITED = "rate-limited"
    QUOTA_EXCEEDED = "quota-exceeded"
    BUSY = "busy"
    STORAGE_FULL = "storage-full"
    STORAGE_UNAVAILABLE = "storage-unavailable"
    DATABASE_UNAVAILABLE = "database-unavailable"
    ISSUER_UNAVAILABLE = "issuer-unavailable"
    INTERNAL_ERROR = "internal-error"
