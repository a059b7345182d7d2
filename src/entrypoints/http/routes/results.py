"""The routes of results, in all formats of the registry."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from litestar import Request, get
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, OpenAPIType, Operation, Schema
from litestar.params import FromPath
from litestar.response import Stream

from entrypoints.http.dependencies import Heavy, Jobs
from entrypoints.http.documentation import problem_responses
from entrypoints.http.heavy_work import HeavyWork
from entrypoints.http.parameters import ITEMS, JOBS, AsRead, FormatName, item_uuid, job_uuid
from entrypoints.http.spooled import spooled_for
from entrypoints.http.told import Told
from ocrcore import OwnerJobs
from ocrcore.formats.registry import DEFAULT, FORMATS, Format, format_named
from ocrcore.formats.views import JobView

_JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class WordDocument:
    """Characters without blanks. ``bbox``: x0, y0, x1, y1 in pixels, origin top left, x1 and y1 exclusive."""

    text: str
    bbox: list[int]
    confidence: float | None


@dataclass(frozen=True, slots=True)
class LineDocument:
    """The words of a line, in reading order; its confidence is the mean of theirs, null if they were not recognised.

    ``baseline``: slope and offset, as in hOCR; null if unknown. y goes down by ``slope`` for each pixel to the right,
    and ``offset`` is y at the left end of the box, from its bottom, on the page turned clockwise by its ``rotation``.
    """

    text: str
    bbox: list[int]
    confidence: float | None
    words: list[WordDocument]
    baseline: list[float] | None


@dataclass(frozen=True, slots=True)
class LayoutDocument:
    """A page: its number in its file, its size in pixels, its engine, its text and its lines.

    ``confidence`` is the mean over its words, null if it has none.
    """

    item_id: UUID
    page: int
    width: int
    height: int
    engine: str
    languages: list[str]
    text: str
    confidence: float | None
    lines: list[LineDocument]


@dataclass(frozen=True, slots=True)
class JobDocument:
    """A finished job and its good pages, in order."""

    job: JobView
    items: list[LayoutDocument]


@dataclass
class ResultOperation(Operation):
    """The operation of a result. The framework describes the JSON document; this class adds the other formats."""

    def __post_init__(self) -> None:
        """Describe the formats other than JSON."""
        answer = (self.responses or {})["200"]
        if isinstance(answer, OpenAPIResponse):
            others = [row.media_type for row in FORMATS.values() if row.media_type != _JSON]
            content = {kind: OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING)) for kind in others}
            answer.content = {**content, **(answer.content or {})}


def result_responses(document: type[LayoutDocument | JobDocument], *statuses: int) -> Mapping[int, ResponseSpec]:
    """Return the description of the answers of a result, and of the problems with these statuses."""
    result = ResponseSpec(document, description="The result.", generate_examples=False)
    return {200: result, **problem_responses(404, 409, *statuses)}


@get(
    f"{JOBS}/{{job_id:str}}/result",
    tags=["jobs"],
    responses=result_responses(JobDocument),
    operation_class=ResultOperation,
)
async def job_result(
    request: Request[Any, Any, Any],
    jobs: Jobs,
    heavy: Heavy,
    job_id: FromPath[str],
    format: FormatName = DEFAULT,  # noqa: A002 - the contract's name
    as_: AsRead = "corrected",
) -> Stream:
    """Return the result of a finished job: its good pages, in order.

    If there are others, their number is in the header Ocrcore-Failed-Pages; that of the warnings of its files and
    pages is in Ocrcore-Warnings (in a PDF only those of files).
    """
    return await job_stream(request, jobs, heavy, job_uuid(job_id), format_named(format), as_)


@get(
    f"{ITEMS}/{{item_id:str}}/result",
    tags=["items"],
    responses=result_responses(LayoutDocument),
    operation_class=ResultOperation,
)
async def item_result(
    request: Request[Any, Any, Any],
    jobs: Jobs,
    heavy: Heavy,
    item_id: FromPath[str],
    format: FormatName = DEFAULT,  # noqa: A002
    as_: AsRead = "corrected",
) -> Stream:
    """Return the result of a page."""
    return await item_stream(request, jobs, heavy, item_uuid(item_id), format_named(format), as_)


async def job_stream(
    request: Request[Any, Any, Any], jobs: OwnerJobs, heavy: HeavyWork, job_id: UUID, chosen: Format, shown: str
) -> Stream:
    """Return the result of a job in a format, ``shown`` as ``corrected`` or as ``recognised``."""
    recognised, told = shown == "recognised", Told()
    return await _stream(
        request, jobs, heavy, chosen, lambda: chosen.job(told.of(jobs.result(job_id, recognised=recognised))), told
    )


async def item_stream(
    request: Request[Any, Any, Any], jobs: OwnerJobs, heavy: HeavyWork, item_id: UUID, chosen: Format, shown: str
) -> Stream:
    """Return the result of a page in a format, ``shown`` as ``corrected`` or as ``recognised``."""
    recognised = shown == "recognised"
    return await _stream(
        request, jobs, heavy, chosen, lambda: chosen.page(jobs.item_result(item_id, recognised=recognised))
    )


async def _stream(
    request: Request[Any, Any, Any],
    jobs: OwnerJobs,
    heavy: HeavyWork,
    chosen: Format,
    pieces: Callable[[], Iterator[bytes]],
    told: Told | None = None,
) -> Stream:
    size, document = await spooled_for(request, jobs, heavy, pieces)
    headers = {**(told.headers if told is not None else {}), "content-length": str(size)}
    return Stream(document, media_type=chosen.media_type, headers=headers)
