"""Notices: what receivers of webhooks are told of a job, written in the transaction of the change that they tell of.

A notice carries ids, a status and counts, never a name or a text, so whoever receives it learns nothing of what is on
the pages. Its body is fixed when it is made: a notice that is sent again, days later, says what it said the first time.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from ocrcore.domain.instants import format_instant, format_known
from ocrcore.domain.lifecycle import Counts, JobStatus


class WebhookEvent(StrEnum):
    """What a webhook may be told of."""

    #: The last open item of a job became DONE or ERROR; after a retry again.
    JOB_FINISHED = "job.finished"
    #: A job was deleted, by its owner or by retention.
    JOB_DELETED = "job.deleted"
    #: The owner wanted to see whether its receiver is reached.
    PING = "ping"


#: What an owner may subscribe to; everybody gets the pings that it asks for.
SUBSCRIBABLE: Final = (WebhookEvent.JOB_FINISHED, WebhookEvent.JOB_DELETED)


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice, before it is addressed to the webhooks of its owner."""

    #: ``webhook-id``: ``{job}#{serial}``, the same however often it is sent.
    message_id: str
    event: WebhookEvent
    #: None for a ping.
    job_id: UUID | None
    #: The instant of the change, later than that of the job's earlier ones, whatever the clock says.
    at: datetime
    #: What the clock said then: from when on it is sent.
    written_at: datetime
    #: The body of the request: JSON, ASCII only.
    body: str


@dataclass(frozen=True, slots=True)
class Happening:
    """What a notice tells of a job."""

    event: WebhookEvent
    job_id: UUID
    #: The number of the change among those of the job.
    serial: int
    at: datetime
    written_at: datetime
    status: JobStatus
    counts: Counts
    finished_at: datetime | None

    @property
    def notice(self) -> Notice:
        """The notice, in the form of Standard Webhooks."""
        data = {
            "job_id": str(self.job_id),
            "status": self.status.value,
            "finished_at": format_known(self.finished_at),
            "items": {
                "total": self.counts.total,
                "pending": self.counts.pending,
                "processing": self.counts.processing,
                "done": self.counts.done,
                "error": self.counts.error,
                "expired": self.counts.expired,
            },
        }
        body = _body(self.event, self.at, data)
        return Notice(f"{self.job_id}#{self.serial}", self.event, self.job_id, self.at, self.written_at, body)


def ping(webhook_id: UUID, ping_id: UUID, now: datetime) -> Notice:
    """Return the notice of a test."""
    body = _body(WebhookEvent.PING, now, {"webhook_id": str(webhook_id)})
    return Notice(f"ping#{ping_id}", WebhookEvent.PING, None, now, now, body)


def _body(event: WebhookEvent, at: datetime, data: Mapping[str, object]) -> str:
    return json.dumps({"type": event.value, "timestamp": format_instant(at), "data": data}, separators=(",", ":"))
