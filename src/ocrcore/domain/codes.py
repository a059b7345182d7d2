"""The closed lists of error codes, of items and of refused requests."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ocrcore.domain.media import ACCEPTED


class ItemErrorCode(StrEnum):
    """Why an item is ERROR."""

    #: The bytes are not a picture of an accepted kind.
    UNSUPPORTED_IMAGE = "unsupported-image"
    #: The file holds several pictures.
    MULTI_FRAME_IMAGE = "multi-frame-image"
    #: The picture's data ends too early.
    IMAGE_TRUNCATED = "image-truncated"
    #: The picture's data is damaged.
    IMAGE_CORRUPT = "image-corrupt"
    #: The picture has too many pixels, or needs too much memory.
    IMAGE_TOO_LARGE = "image-too-large"
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


#: Code -> the sentence that users see; it never contains an exception's text.
ITEM_ERROR_SENTENCES: Final = MappingProxyType(
    {
        ItemErrorCode.UNSUPPORTED_IMAGE: (f"The file is not a picture that can be read; send {ACCEPTED}."),
        ItemErrorCode.MULTI_FRAME_IMAGE: ("The file holds several pictures; send each of them as a file of its own."),
        ItemErrorCode.IMAGE_TRUNCATED: (
            "The picture ends too early, as after a broken upload; send the whole file again."
        ),
        ItemErrorCode.IMAGE_CORRUPT: ("The picture is damaged and cannot be decoded; export or scan it again."),
        ItemErrorCode.IMAGE_TOO_LARGE: (
            "The picture needs more pixels or memory than is allowed; send it at a lower resolution."
        ),
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

    #: There is ink on the page, and the engine found no word.
    NO_WORDS = "no-words"


class ProblemCode(StrEnum):
    """Why a request was refused, in HTTP responses and on the command line."""

    UNAUTHENTICATED = "unauthenticated"
    MALFORMED_REQUEST = "malformed-request"
    FORBIDDEN_HOST = "forbidden-host"
    FORBIDDEN_ORIGIN = "forbidden-origin"
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
    JOB_OPEN = "job-open"
    JOB_FINISHED = "job-finished"
    NOT_FINISHED = "not-finished"
    NO_TEXT = "no-text"
    UNSUPPORTED_IMAGE = "unsupported-image"
    MULTI_FRAME_IMAGE = "multi-frame-image"
    IMAGE_TOO_LARGE = "image-too-large"
    UNSUPPORTED_LANGUAGE = "unsupported-language"
    RATE_LIMITED = "rate-limited"
    BUSY = "busy"
    STORAGE_FULL = "storage-full"
    STORAGE_UNAVAILABLE = "storage-unavailable"
    DATABASE_UNAVAILABLE = "database-unavailable"
    INTERNAL_ERROR = "internal-error"
