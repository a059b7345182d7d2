"""Server-sent events as bytes: frames of the format ``text/event-stream``."""

from datetime import datetime
from typing import Any, Final

from litestar.serialization import encode_json

from ocrcore.application.jobs.changes import Gone, ItemState, JobState, State
from ocrcore.domain.instants import format_instant
from ocrcore.formats.views import ItemView, JobView

#: Milliseconds until a client connects again, as it is told.
_RETRY: Final = 2000


def frame_of(state: State) -> bytes:
    """Return the event that carries a state: ``job``, ``item`` or ``gone``."""
    match state:
        case JobState(job, blocked_by):
            return _frame(b"job", JobView.of(job, blocked_by))
        case ItemState(item):
            return _frame(b"item", without_text(ItemView.of(item)))
        case Gone(job_id):
            return _frame(b"gone", {"id": str(job_id)})


def id_frame(resume_at: datetime) -> bytes:
    """Return the place from which a client resumes. It is no event of its own."""
    return f"id: {format_instant(resume_at)}\n\n".encode()


def beginning(place: datetime | None) -> bytes:
    """Return the first bytes of a stream, with the place that its client has, so that it has one from the start.

    A proxy that passes them on does not collect the rest.
    """
    return f"retry: {_RETRY}\n: ocrcore\n".encode() + (b"\n" if place is None else id_frame(place))


def heartbeat(place: bytes) -> bytes:
    """Return what is sent when nothing happens, with a place to resume, so that nobody takes the stream for dead."""
    return b": alive\n" + (place or b"\n")


def last_words(why: str) -> bytes:
    """Return the end of a stream."""
    return f": {why}\n\n".encode()


def without_text(item: ItemView) -> dict[str, Any]:
    """Return the members of an item without its text, which is asked for where it is wanted."""
    return {name: getattr(item, name) for name in item.__slots__ if name != "ocr_text"}


def _frame(name: bytes, data: object) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name, encode_json(data))
