"""The query parameters, each described once."""

from typing import Annotated, Literal

from litestar.params import QueryParameter

from ocrcore import ItemStatus, JobStatus

Limit = Annotated[int, QueryParameter(ge=1, le=200, description="Most entries of the answer.")]
Cursor = Annotated[
    str | None, QueryParameter(description="The next_cursor of the page before; without it, the first page.")
]
Format = Annotated[
    Literal["txt", "json"], QueryParameter(description="txt: the text; json: its lines and words with their places.")
]
Wait = Annotated[
    str | None,
    QueryParameter(description="A duration of at most 30s, as 20s: answer when the job is finished, or after it."),
]
OfJobs = Annotated[JobStatus | None, QueryParameter(description="Only jobs of this status.")]
OfItems = Annotated[ItemStatus | None, QueryParameter(description="Only items of this status.")]
Prefix = Annotated[str, QueryParameter(description="Only jobs whose name begins so.")]
After = Annotated[
    str | None,
    QueryParameter(description="Only jobs created after this instant and not at it, as 2026-11-23T20:00:00Z."),
]
Before = Annotated[
    str | None,
    QueryParameter(description="Only jobs created before this instant and not at it, as 2026-11-23T20:00:00Z."),
]
