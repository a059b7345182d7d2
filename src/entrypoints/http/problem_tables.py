"""Which problems each operation answers with, for the description of the API."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Final

from entrypoints.http.problems import PAGE_TITLES, PROBLEMS
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.codes import ProblemCode as Code

#: What every operation that is not public may answer with.
_OF_ALL: Final = (
    Code.MALFORMED_REQUEST,
    Code.INVALID_OPTION,
    Code.FORBIDDEN_HOST,
    Code.FORBIDDEN_ORIGIN,
    Code.RATE_LIMITED,
    Code.INTERNAL_ERROR,
    Code.BUSY,
    Code.STORAGE_FULL,
    Code.STORAGE_UNAVAILABLE,
    Code.DATABASE_UNAVAILABLE,
)
#: And where keys are asked for.
_OF_KEYS: Final = (Code.UNAUTHENTICATED, Code.INSUFFICIENT_SCOPE, Code.ISSUER_UNAVAILABLE)
#: What every public one may answer with.
_OF_PUBLIC: Final = (Code.MALFORMED_REQUEST, Code.FORBIDDEN_HOST, Code.INVALID_OPTION, Code.INTERNAL_ERROR)

_JOB: Final = (Code.JOB_NOT_FOUND,)
_ITEM: Final = (Code.ITEM_NOT_FOUND,)
_WEBHOOK: Final = (Code.WEBHOOK_NOT_FOUND,)
_LIST: Final = (Code.INVALID_PAGE,)
_BODY: Final = (Code.UNSUPPORTED_MEDIA_TYPE, Code.BODY_TOO_LARGE)
#: What the files of a submission are refused with.
_FILES: Final = (
    Code.EMPTY_FILE,
    Code.FILE_TOO_LARGE,
    Code.TOO_MANY_FILES,
    Code.TOO_MANY_PAGES,
    Code.UNSUPPORTED_IMAGE,
    Code.IMAGE_TOO_LARGE,
    Code.PDF_ENCRYPTED,
    Code.PDF_DAMAGED,
    Code.NO_PAGES,
    Code.QUOTA_EXCEEDED,
)
_SUBMISSION: Final = (
    *_BODY,
    *_FILES,
    Code.MALFORMED_MULTIPART,
    Code.NO_FILES,
    Code.NOT_A_FILE,
    Code.UNKNOWN_FIELD,
    Code.UNSUPPORTED_LANGUAGE,
    Code.IDEMPOTENCY_MISMATCH,
    Code.JOB_GONE,
)
_RESULT: Final = (Code.NOT_FINISHED, Code.NO_TEXT, Code.NOT_PDFA, Code.NOT_SUBMITTED)
_PAGE: Final = (
    *(Code.UNSUPPORTED_IMAGE, Code.IMAGE_TOO_LARGE, Code.PDF_ENCRYPTED, Code.PDF_DAMAGED),
    *(Code.NO_PAGES, Code.EMPTY_FILE, Code.TOO_MANY_PAGES),
)

#: Operation -> the codes that are its own.
_OWN: Final[Mapping[str, tuple[Code, ...]]] = {
    "submitJob": _SUBMISSION,
    "readFiles": (*_SUBMISSION, Code.NOT_PDFA),
    "listJobs": _LIST,
    "getJob": _JOB,
    "renameJob": (*_JOB, *_BODY),
    "deleteJob": _JOB,
    "cancelJob": (*_JOB, Code.JOB_FINISHED, Code.NOT_SUBMITTED),
    "retryJob": (*_JOB, Code.JOB_OPEN, Code.JOB_FINISHED, Code.NOT_SUBMITTED, Code.QUOTA_EXCEEDED),
    "listItems": (*_JOB, *_LIST),
    "jobResult": (*_JOB, *_RESULT),
    "jobTimeline": (*_JOB, *_LIST),
    "renewUploads": (*_JOB, Code.JOB_FINISHED, Code.JOB_OPEN),
    "submitDraft": (*_JOB, *_FILES, Code.UPLOAD_MISSING, Code.UPLOAD_MISMATCH, Code.UNSUPPORTED_LANGUAGE),
    "receiveUpload": (
        *(*_JOB, *_BODY, Code.INSUFFICIENT_SCOPE, Code.UPLOAD_MISMATCH, Code.EMPTY_FILE, Code.FILE_TOO_LARGE),
        *(Code.BUSY, Code.STORAGE_FULL, Code.STORAGE_UNAVAILABLE, Code.DATABASE_UNAVAILABLE),
    ),
    "getItem": _ITEM,
    "itemResult": (*_ITEM, *_RESULT),
    "itemImage": (*_ITEM, *_PAGE),
    "listByConfidence": _LIST,
    "correctItem": (*_ITEM, *_BODY, Code.NOT_DONE, Code.EDIT_CONFLICT),
    "reviewItem": (*_ITEM, Code.NOT_DONE),
    "unreviewItem": (*_ITEM, Code.NOT_DONE),
    "jobEvents": _JOB,
    "search": _LIST,
    "listWebhooks": _LIST,
    "createWebhook": (*_BODY, Code.FORBIDDEN_TARGET),
    "deleteWebhook": _WEBHOOK,
    "pingWebhook": _WEBHOOK,
    "listDeliveries": (*_WEBHOOK, *_LIST),
    "redeliver": _WEBHOOK,
    "ready": (Code.STORAGE_UNAVAILABLE, Code.STORAGE_FULL, Code.DATABASE_UNAVAILABLE),
    "listKeys": _LIST,
    "createKey": _BODY,
    "revokeKey": (Code.KEY_NOT_FOUND,),
    "audit": _LIST,
}
#: Status of an answer without a text, whose code is that of a page -> its title.
_NO_TEXT: Final[Mapping[str, str]] = {
    str(code): PAGE_TITLES.get(code) or PROBLEMS[Code(code)][1]
    for code in ItemErrorCode
    if code is not ItemErrorCode.MULTI_FRAME_IMAGE  # of release 0.1 only
}
#: The operations that answer with the code of a page, and the status.
_OF_PAGES: Final[Mapping[str, int]] = {"readFiles": 422}


def problems_of(operation: str, *, public: bool, keys: bool) -> Mapping[int, Mapping[str, str]]:
    """Return the problems that an operation answers with: status -> code -> title, in the order of the statuses."""
    found = sorted(_problems(operation, public=public, keys=keys))
    return {status: {code: title for _, code, title in rows} for status, rows in groupby(found, lambda row: row[0])}


def _problems(operation: str, *, public: bool, keys: bool) -> Iterator[tuple[int, str, str]]:
    common = _OF_PUBLIC if public else (*_OF_ALL, *_OF_KEYS) if keys else _OF_ALL
    for code in {*common, *_OWN.get(operation, ())}:
        status, title = PROBLEMS[code]
        yield status, str(code), title
    if operation in _OF_PAGES:
        status = _OF_PAGES[operation]
        taken = {str(code) for code in _OWN[operation] if PROBLEMS[code][0] == status}
        yield from ((status, code, title) for code, title in _NO_TEXT.items() if code not in taken)
