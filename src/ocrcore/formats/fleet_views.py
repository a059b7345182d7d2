"""Views: the public JSON of the live workers and of what waits for them."""

from collections.abc import Sequence
from dataclasses import dataclass

from ocrcore.domain.fleet import Fleet
from ocrcore.domain.instants import format_instant


@dataclass(frozen=True, slots=True)
class QueueView:
    """Open pages of all jobs."""

    pending: int
    processing: int


@dataclass(frozen=True, slots=True)
class WorkerView:
    """A live worker; its ``seconds_per_page`` is of one slot, null before its first page."""

    id: str
    kind: str
    host: str
    slots: int
    engine: str
    seconds_per_page: float | None
    seen_at: str


@dataclass(frozen=True, slots=True)
class StatsView:
    """The open pages and the live workers; both estimates are null until a worker has read a page."""

    queue: QueueView
    slots: int
    workers: Sequence[WorkerView]
    pages_per_minute: float | None
    backlog_minutes: float | None

    @classmethod
    def of(cls, fleet: Fleet) -> "StatsView":
        """Return the view of a fleet."""
        workers = [
            WorkerView(
                id=str(report.id),
                kind=report.kind,
                host=report.host,
                slots=report.slots,
                engine=report.engine,
                seconds_per_page=report.seconds_per_page,
                seen_at=format_instant(report.seen_at),
            )
            for report in fleet.live
        ]
        queue = QueueView(fleet.volume.pending, fleet.volume.processing)
        return cls(queue, fleet.slots, workers, fleet.pages_per_minute, fleet.backlog_minutes)
