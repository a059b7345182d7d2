"""The routes of events: what changes, as it changes."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from litestar import Request, get
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, OpenAPIType, Operation, Parameter, Schema
from litestar.params import FromPath

from entrypoints.http.access import address_of
from entrypoints.http.dependencies import Jobs, Service, Streams
from entrypoints.http.documentation import problem_responses
from entrypoints.http.event_streams import EventAnswer, EventStream
from entrypoints.http.middleware.head_and_options import is_head
from entrypoints.http.parameters import EVENTS, JOBS, WithItems, job_uuid
from ocrcore.domain.errors import InvalidPage
from ocrcore.domain.instants import parse_instant

_MEDIA_TYPE: Final = "text/event-stream"
_PLACE: Final = "last-event-id"
#: No stream gave an earlier place, and the calendar may have no instant much before it.
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass
class EventsOperation(Operation):
    """A stream, whose format and header the framework cannot describe."""

    def __post_init__(self) -> None:
        """Describe both."""
        place = Parameter(
            name="Last-Event-ID",
            param_in="header",
            required=False,
            schema=Schema(type=OpenAPIType.STRING),
            description="The latest id of a stream that was lost: what has changed since 60 s before it is sent again.",
        )
        self.parameters = [*(self.parameters or []), place]
        answer = (self.responses or {})["200"]
        if isinstance(answer, OpenAPIResponse):
            answer.content = {_MEDIA_TYPE: OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))}


_EVENTS: Final = ResponseSpec(str, description="Events job, item and gone.", generate_examples=False)


@get(EVENTS, tags=["events"], responses={200: _EVENTS, **problem_responses()}, operation_class=EventsOperation)
async def all_events(
    request: Request[Any, Any, Any], service: Service, jobs: Jobs, streams: Streams, *, items: WithItems = True
) -> EventAnswer:
    """Stream the states of the owner's jobs and their items as they change."""
    now = service.now()
    since = _place_of(request, now)
    return await EventAnswer.opened(
        streams,
        EventStream(jobs.caller, items=items, place=since, address=address_of(request.scope)),
        lambda place: jobs.states_since(place or now, items=items),
        is_head=is_head(request.scope),
    )


@get(
    f"{JOBS}/{{job_id:str}}/events",
    tags=["events"],
    responses={200: _EVENTS, **problem_responses(404)},
    operation_class=EventsOperation,
)
async def job_events(
    request: Request[Any, Any, Any],
    service: Service,
    jobs: Jobs,
    streams: Streams,
    job_id: FromPath[str],
    *,
    items: WithItems = True,
) -> EventAnswer:
    """Stream the states of a job and its items as they change, until it is finished."""
    wanted, since = job_uuid(job_id), _place_of(request, service.now())
    return await EventAnswer.opened(
        streams,
        EventStream(jobs.caller, wanted, items=items, place=since, address=address_of(request.scope)),
        lambda place: jobs.states_of(wanted, place, items=items),
        is_head=is_head(request.scope),
    )


def _place_of(request: Request[Any, Any, Any], now: datetime) -> datetime | None:
    """Return the place from which a client resumes, or None. Raises ``InvalidPage``."""
    text = request.headers.get(_PLACE)
    if not text:
        return None
    try:
        return max(min(parse_instant(text), now), _EARLIEST)
    except ValueError as error:
        msg = "Last-Event-ID must be an id of this stream, unchanged."
        raise InvalidPage(msg) from error
