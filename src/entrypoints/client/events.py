"""Events: what changes, as the service tells it. A stream that is lost is resumed from the latest place."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import httpx

from entrypoints.client.connection import Connection
from entrypoints.client.errors import UNAVAILABLE, ApiProblem, ClientError, NoAnswer
from entrypoints.client.views import read_answer, view
from entrypoints.client.waiting import AWAY
from ocrcore.domain.lifecycle import OPEN_JOBS
from ocrcore.formats.views import ItemView, JobView

#: Seconds until a lost stream is asked for again.
_PAUSE = 2.0
#: Seconds without a byte after which a stream counts as lost; the service sends something every 15.
_SILENCE: Final = 45.0


@dataclass(frozen=True, slots=True)
class GoneView:
    """A job that was deleted."""

    id: str


#: What a stream tells: states, of which the latest of a job or item counts. An item is without its text.
EventView = JobView | ItemView | GoneView


class Following:
    """One reader of events, which remembers its place between two streams."""

    def __init__(self, api: Connection, path: str, *, items: bool, of_job: bool) -> None:
        """``of_job`` says that the stream ends with its job."""
        self._api, self._path, self._of_job = api, path, of_job
        self._query = {"items": "true" if items else "false"}
        self._place = ""
        self._has_begun = False

    def events(self, on_away: Callable[[ClientError], None]) -> Iterator[EventView]:
        """Yield events until the job is finished or gone; of all jobs without an end.

        After the first answer it outlasts outages of up to a minute; ``on_away`` is called once for each.
        """
        limit = None
        while True:
            try:
                for event in self._stream():
                    limit = None
                    if event is None:
                        continue
                    yield event
                    if self._of_job and _is_last(event):
                        return
            except ClientError as error:
                is_away = isinstance(error, NoAnswer) or (isinstance(error, ApiProblem) and error.status == UNAVAILABLE)
                if not self._has_begun or not is_away or (limit is not None and time.monotonic() >= limit):
                    raise
                if limit is None:
                    limit = time.monotonic() + AWAY
                    on_away(error)
            time.sleep(_PAUSE)

    def _stream(self) -> Iterator[EventView | None]:
        """Yield the events of one stream, and None for a sign of life."""
        headers = {"accept": "text/event-stream"} | ({"last-event-id": self._place} if self._place else {})
        limits = httpx.Timeout(self._api.timeout, read=max(self._api.timeout, _SILENCE))
        with (
            self._api.no_answer(),
            self._api.opened(self._path, params=self._query, headers=headers, timeout=limits) as answer,
        ):
            self._has_begun = True
            for fields in _blocks(answer.iter_lines()):
                self._place = fields.get("id", self._place)
                yield _event(fields) if "event" in fields else None


def _blocks(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    """Yield the fields of each block, without comments; the parts of its data are joined."""
    fields: dict[str, str] = {}
    for line in lines:
        if not line:
            yield fields
            fields = {}
            continue
        name, _, value = line.partition(":")
        if name:
            value = value.removeprefix(" ")
            fields[name] = f"{fields[name]}\n{value}" if name == "data" and name in fields else value


def _event(fields: dict[str, str]) -> EventView | None:
    """Return the event of a block, or None for one that is newer than this client."""
    readers: dict[str, Callable[[Any], EventView]] = {
        "job": lambda data: view(JobView)(json.loads(data)),
        "item": lambda data: view(ItemView)({**json.loads(data), "ocr_text": None}),
        "gone": lambda data: view(GoneView)(json.loads(data)),
    }
    reader = readers.get(fields["event"])
    return None if reader is None else read_answer(reader, fields.get("data", ""))


def _is_last(event: EventView) -> bool:
    return isinstance(event, GoneView) or (isinstance(event, JobView) and event.status not in OPEN_JOBS)
