"""Paths, path parameters and query parameters, each described once."""

from typing import Annotated, Literal
from uuid import UUID

from litestar.params import QueryParameter

from ocrcore import ItemStatus, JobStatus
from ocrcore.domain.errors import ItemNotFound, JobNotFound, WebhookNotFound
from ocrcore.domain.search_query import MAX_QUERY
from ocrcore.formats.registry import FORMATS
from ocrcore.signed_urls import UPLOADS_PATH

JOBS = "/api/v1/jobs"
ITEMS = "/api/v1/items"
OCR = "/api/v1/ocr"
EVENTS = "/api/v1/events"
SEARCH = "/api/v1/search"
KEYS = "/api/v1/keys"
AUDIT = "/api/v1/audit"
WEBHOOKS = "/api/v1/webhooks"
UPLOADS = UPLOADS_PATH

Limit = Annotated[int, QueryParameter(ge=1, le=200, description="Most entries of the answer.")]
FewLimit = Annotated[int, QueryParameter(ge=1, le=50, description="Most entries of the answer.")]
SearchText = Annotated[
    str,
    QueryParameter(
        description='Words that a page must have; "two words" is a phrase, word* a beginning.',
        schema_extra={"maxLength": MAX_QUERY},
    ),
]
OfOwner = Annotated[
    str | None,
    QueryParameter(
        description="Whose jobs; by default the caller's own. Those of another owner need a key with the scope admin,"
        " beside the scope that the request needs anyway.",
        min_length=1,
        max_length=255,
    ),
]
Cursor = Annotated[
    str | None, QueryParameter(description="The next_cursor of the page before; without it, the first page.")
]
FormatName = Annotated[
    str,
    QueryParameter(
        description="; ".join(f"{row.name}: {row.help}" for row in FORMATS.values()) + ".",
        schema_extra={"enum": list(FORMATS)},
    ),
]
Wait = Annotated[
    str | None,
    QueryParameter(description="A duration of at most 30s, as 20s: answer when the job is finished, or after it."),
]
WaitForText = Annotated[
    str | None,
    QueryParameter(
        description="A duration of at most 60s, by default 30s: how long the answer waits for the text.",
        schema_extra={"default": "30s"},
    ),
]
Overlap = Annotated[
    str | None,
    QueryParameter(
        description="A duration, by default 1d: how long the old key lives beside the new one; 0s: no more."
    ),
]
AsRead = Annotated[
    Literal["corrected", "recognised"],
    QueryParameter(
        name="as", description="corrected, the default: with the corrections; recognised: as the engine read it."
    ),
]
ReviewOrder = Annotated[Literal["confidence"], QueryParameter(description="Lowest confidence first, null last.")]
Reviewed = Annotated[
    Literal["0", "1"] | None,
    QueryParameter(description="0: only pages that nobody has marked as looked at; 1: only those that somebody has."),
]
SeenRevision = Annotated[
    int | None,
    QueryParameter(
        ge=0, description="The revision of the item that was looked at; another one is refused. By default, any."
    ),
]
OfJobs = Annotated[JobStatus | None, QueryParameter(description="Only jobs of this status.")]
OfItems = Annotated[ItemStatus | None, QueryParameter(description="Only items of this status.")]
Prefix = Annotated[str, QueryParameter(description="Only jobs whose name begins with this.")]
WithItems = Annotated[bool, QueryParameter(description="Whether the states of items are sent, too.")]
UploadSize = Annotated[int, QueryParameter(description="Of the address: the number of bytes.")]
UploadEnd = Annotated[int, QueryParameter(description="Of the address: when it ends, in seconds since 1970.")]
UploadKey = Annotated[str | None, QueryParameter(description="Of the address: the id of the key that asked for it.")]
UploadSignature = Annotated[str, QueryParameter(description="Of the address: its signature.")]
After = Annotated[
    str | None,
    QueryParameter(description="Only jobs created after this instant and not at it, as 2026-11-23T20:00:00Z."),
]
Before = Annotated[
    str | None,
    QueryParameter(description="Only jobs created before this instant and not at it, as 2026-11-23T20:00:00Z."),
]


def job_uuid(text: str) -> UUID:
    """Return the id. Raises ``JobNotFound`` if the text is not a UUID."""
    try:
        return UUID(text)
    except ValueError as error:
        raise JobNotFound from error


def item_uuid(text: str) -> UUID:
    """Return the id. Raises ``ItemNotFound`` if the text is not a UUID."""
    try:
        return UUID(text)
    except ValueError as error:
        raise ItemNotFound from error


def webhook_uuid(text: str) -> UUID:
    """Return the id of a webhook or a delivery. Raises ``WebhookNotFound`` if the text is not a UUID."""
    try:
        return UUID(text)
    except ValueError as error:
        raise WebhookNotFound from error
