"""Which problems each operation answers with, for the description of the API."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import groupby
from typing import Final

from entrypoints.http.problems import PAGE_TITLES, PROBLEMS
from entrypoints.http.same_site import SAFE_METHODS
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.codes import ProblemCode as Code

#: What every operation may answer with: the middleware around it refuses, and a service that stops.
_OF_EVERY: Final = (Code.MALFORMED_REQUEST, Code.INTERNAL_ERROR, Code.BUSY)
#: And every one that is not public: its caller is looked up.
_OF_CALLERS: Final = (Code.RATE_LIMITED, Code.STORAGE_FULL, Code.DATABASE_UNAVAILABLE)
#: And where keys are asked for; those of sessions take any key.
_OF_KEYS: Final = (Code.UNAUTHENTICATED, Code.INSUFFICIENT_SCOPE, Code.ISSUER_UNAVAILABLE)
_HELD: Final = frozenset({"closeSession"})
#: The paths below which every query parameter must be known, and those that answer under any host.
_API: Final = "/api/"
_PROBES: Final = ("/health/", "/metrics")

_JOB: Final = (Code.JOB_NOT_FOUND,)
_ITEM: Final = (Code.ITEM_NOT_FOUND,)
_WEBHOOK: Final = (Code.WEBHOOK_NOT_FOUND,)
_LIST: Final = (Code.INVALID_PAGE,)
#: The documents do not answer, or the audit log.
_STORE: Final = (Code.STORAGE_UNAVAILABLE,)
_BODY: Final = (Code.UNSUPPORTED_MEDIA_TYPE, Code.BODY_TOO_LARGE)
#: What the files of a submission are refused with.
_FILES: Final = (
    Code.EMPTY_FILE,
    Code.FILE_TOO_LARGE,
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
    Code.TOO_MANY_FILES,
    Code.MALFORMED_MULTIPART,
    Code.NO_FILES,
    Code.NOT_A_FILE,
    Code.UNKNOWN_FIELD,
    Code.UNSUPPORTED_LANGUAGE,
    Code.IDEMPOTENCY_MISMATCH,
    Code.JOB_GONE,
    *_STORE,
)
#: Why a page cannot be drawn, for people or for a PDF that its document is too damaged for.
_UNDRAWN: Final = (Code.UNSUPPORTED_IMAGE, Code.IMAGE_TOO_LARGE, Code.PDF_ENCRYPTED, Code.PDF_DAMAGED, Code.NO_PAGES)
_RESULT: Final = (Code.NOT_FINISHED, Code.NO_TEXT, Code.NOT_PDFA, *_STORE, *_UNDRAWN)
_PAGE: Final = (*_UNDRAWN, Code.EMPTY_FILE, Code.TOO_MANY_PAGES)

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
    "jobResult": (*_JOB, *_RESULT, Code.NOT_SUBMITTED),
    "jobTimeline": (*_JOB, *_LIST, *_STORE),
    "renewUploads": (*_JOB, Code.JOB_FINISHED, Code.JOB_OPEN),
    "submitDraft": (*_JOB, *_FILES, Code.UPLOAD_MISSING, Code.UPLOAD_MISMATCH, *_STORE),
    "receiveUpload": (
        *(Code.NOT_FOUND, *_BODY, Code.UPLOAD_MISMATCH),
        *(Code.STORAGE_FULL, *_STORE, Code.DATABASE_UNAVAILABLE),
    ),
    "getItem": _ITEM,
    "itemResult": (*_ITEM, *_RESULT),
    "itemImage": (*_ITEM, *_PAGE, *_STORE),
    "listByConfidence": _LIST,
    "correctItem": (*_ITEM, *_BODY, Code.NOT_DONE, Code.EDIT_CONFLICT, *_STORE),
    "listCorrections": (*_ITEM, Code.NOT_DONE, *_STORE),
    "reviewItem": (*_ITEM, Code.NOT_DONE, Code.EDIT_CONFLICT),
    "unreviewItem": (*_ITEM, Code.NOT_DONE),
    "allEvents": _LIST,
    "jobEvents": (*_JOB, *_LIST),
    "search": _LIST,
    "listWebhooks": _LIST,
    "createWebhook": (*_BODY, Code.FORBIDDEN_TARGET),
    "deleteWebhook": _WEBHOOK,
    "pingWebhook": _WEBHOOK,
    "listDeliveries": (*_WEBHOOK, *_LIST),
    "redeliver": _WEBHOOK,
    "ready": (*_STORE, Code.STORAGE_FULL, Code.DATABASE_UNAVAILABLE),
    "openSession": (
        *(*_BODY, Code.INVALID_OPTION, Code.UNAUTHENTICATED, Code.RATE_LIMITED),
        *(Code.STORAGE_FULL, Code.DATABASE_UNAVAILABLE),
    ),
    "listKeys": _LIST,
    "createKey": _BODY,
    "revokeKey": (Code.KEY_NOT_FOUND,),
    "rotateKey": (Code.KEY_NOT_FOUND,),
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


def problems_of(method: str, path: str, operation: str, *, public: bool, keys: bool) -> Mapping[int, Mapping[str, str]]:
    """Return the problems that an operation answers with: status -> code -> title, in the order of the statuses."""
    codes = {*_OF_EVERY, *_OWN.get(operation, ()), *_of_the_gate(method, path)}
    if not public:
        codes |= {*_OF_CALLERS, *(_OF_KEYS if keys else ())}
    if operation in _HELD:
        codes.discard(Code.INSUFFICIENT_SCOPE)
    found = sorted({*_described(codes), *_of_pages(operation, codes)})
    return {status: {code: title for _, code, title in rows} for status, rows in groupby(found, lambda row: row[0])}


def _of_the_gate(method: str, path: str) -> Iterator[Code]:
    """Yield what depends on method and path alone."""
    if not path.startswith(_PROBES):
        yield Code.FORBIDDEN_HOST
    if method.upper() not in SAFE_METHODS:
        yield Code.FORBIDDEN_ORIGIN
    if path.startswith(_API):
        yield Code.INVALID_OPTION


def _described(codes: AbstractSet[Code]) -> Iterator[tuple[int, str, str]]:
    for code in codes:
        status, title = PROBLEMS[code]
        yield status, str(code), title


def _of_pages(operation: str, codes: AbstractSet[Code]) -> Iterator[tuple[int, str, str]]:
    """Yield the codes of pages, where an operation answers with them and not with the problem of the same name."""
    if operation in _OF_PAGES:
        status = _OF_PAGES[operation]
        taken = {str(code) for code in codes if PROBLEMS[code][0] == status}
        yield from ((status, code, title) for code, title in _NO_TEXT.items() if code not in taken)
