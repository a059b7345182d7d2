"""The output of ``ocrcore jobs``: results and JSON on stdout, progress and errors on stderr."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, is_dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Self

import click

from entrypoints.cli.progress import Progress
from entrypoints.cli.terminal import columns, cut, padded, painted, printable, width
from entrypoints.client import ClientError
from entrypoints.client.waiting import AWAY
from entrypoints.left_out import page_warnings
from ocrcore.domain.lifecycle import JobStatus
from ocrcore.domain.options import OPTIONS
from ocrcore.formats.access_views import AccessEntryView, KeyView
from ocrcore.formats.fleet_views import StatsView
from ocrcore.formats.layout_json import LayoutFields
from ocrcore.formats.views import CorrectionsView, CorrectionView, EntryView, HitView, ItemView, JobView

if TYPE_CHECKING:
    from types import TracebackType

MEGABYTE = 1_000_000
#: Characters of a text in a table.
_BEGINNING = 60
#: Characters of an id that tell when the job was made, to the millisecond.
_SHORT = 13


def upload_progress() -> Callable[[int, int], None]:
    """Return a function that shows how much of an upload is sent."""
    progress = Progress()

    def show(sent: int, total: int) -> None:
        progress.show(sent / total, f"{sent / MEGABYTE:.1f} of {total / MEGABYTE:.1f} MB sent")
        if sent == total:
            progress.clear()

    return show


class JobProgress:
    """The progress of a job that is waited for within a ``with`` block; it is erased at its end."""

    def __init__(self) -> None:
        self._progress = Progress()

    def show(self, job: JobView) -> None:
        """Show the state of the job."""
        self._progress.show(_finished(job) / max(1, job.items.total), summary(job))

    def show_away(self, _: ClientError) -> None:
        """Print that the service is unavailable and waited for."""
        self._progress.clear()
        click.echo(f"The service does not answer; waiting up to {AWAY:.0f} s for it ...", err=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: "TracebackType | None"
    ) -> None:
        self._progress.clear()


def summary(job: JobView) -> str:
    """Return the state of a job in one line."""
    failed = f", {job.items.error} failed" if job.items.error else ""
    why = f"; {job.blocked_by}" if job.blocked_by else ""
    return f"{job.status} {_finished(job)} of {job.items.total} pages{failed}{why}"


def show_json(value: object) -> None:
    """Print one or more views as JSON."""
    click.echo(json.dumps(value, default=_plain, ensure_ascii=False, indent=2))


def show_list(jobs: Sequence[JobView]) -> None:
    """Print a line for each job."""
    ids = _ids_to_type([job.id for job in jobs])
    rows = [
        (shown, job.status, f"{_finished(job)}/{job.items.total}", minute(job.created_at), job.name)
        for shown, job in zip(ids, jobs, strict=True)
    ]
    show_table(("ID", "STATUS", "PAGES", "CREATED (UTC)", "NAME"), rows)


def show_job(job: JobView, items: Sequence[ItemView]) -> None:
    """Print a job and its pages."""
    options = [(option.name, getattr(job.options, option.name)) for option in OPTIONS if option.recognition]
    lines = {
        "Job": job.id,
        "Name": job.name,
        "Status": summary(job).partition(";")[0],
        "Blocked by": job.blocked_by,
        "Created": job.created_at,
        "Deadline": job.sqs_retention_deadline,
        "Finished": job.finished_at,
        "Options": ", ".join(f"{name} {value}" for name, value in options),
    }
    for name, value in lines.items():
        if value is not None:
            click.echo(f"{name + ':':<12}{painted(printable(str(value)), job.status if name == 'Status' else '')}")
    for warning in job.warnings:
        click.echo(f"{'Warning:':<12}{printable(f'{warning.file}: {warning.message}')}")
    click.echo()
    rows = [(str(item.position + 1), item.status, str(item.attempts), item.id, _file_and_error(item)) for item in items]
    show_table(("PAGE", "STATUS", "TRIES", "ID", "FILE"), rows)


def show_page(item: ItemView) -> None:
    """Print all that is known of a page but its text."""
    for name, value in asdict(item).items():
        shown = ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)
        if shown and name != "ocr_text":
            click.echo(f"{name.replace('_', ' ').capitalize() + ':':<14}{printable(shown)}")


def show_timeline(entries: Iterable[EntryView | AccessEntryView]) -> None:
    """Print a line for each entry of a timeline, or about keys."""
    rows = [(entry.at, entry.action, entry.actor, _detail(entry)) for entry in entries]
    show_table(("AT (UTC)", "ACTION", "ACTOR", "DETAIL"), rows)


def show_stats(stats: StatsView) -> None:
    """Print what the service has to do, and its workers."""
    click.echo(f"Pages:      {stats.queue.pending} wait, {stats.queue.processing} are being read")
    click.echo(f"Slots:      {stats.slots}")
    if stats.pages_per_minute is not None:
        click.echo(f"Speed:      {stats.pages_per_minute:.0f} pages a minute")
    if stats.backlog_minutes is not None:
        click.echo(f"Time left:  {stats.backlog_minutes:.0f} minutes")
    click.echo()
    rows = [
        (worker.host, worker.kind, str(worker.slots), worker.engine, minute(worker.seen_at), worker.id)
        for worker in stats.workers
    ]
    show_table(("HOST", "KIND", "SLOTS", "ENGINE", "SEEN (UTC)", "ID"), rows)


def show_keys(keys: Iterable[KeyView]) -> None:
    """Print a line for each key of an owner."""
    rows = [
        (
            key.id,
            "ended" if key.revoked_at else "alive",
            ",".join(key.scopes),
            minute(key.created_at),
            minute(key.expires_at or "-"),
            minute(key.last_used_at or "-"),
            key.name,
        )
        for key in keys
    ]
    show_table(("ID", "STATE", "SCOPES", "CREATED (UTC)", "EXPIRES", "LAST USED", "NAME"), rows)


def show_hits(hits: Sequence[HitView]) -> None:
    """Print a line for each hit."""
    ids = _ids_to_type([hit.job_id for hit in hits])
    rows = [(shown, f"{hit.filename}, page {hit.page}", hit.snippet) for shown, hit in zip(ids, hits, strict=True)]
    show_table(("JOB", "FILE", "TEXT"), rows)


def show_least_sure(items: Sequence[ItemView]) -> None:
    """Print a line for each page, with its confidence, whether somebody has looked at it, and how its text begins."""
    rows = [
        (
            item.id,
            "-" if item.confidence is None else f"{item.confidence:.0f}",
            minute(item.reviewed_at) if item.reviewed_at else "-",
            f"{item.filename}, page {item.page}",
            " ".join((item.ocr_text or "")[:_BEGINNING].split()),
        )
        for item in items
    ]
    show_table(("ID", "CONFIDENCE", "LOOKED AT (UTC)", "FILE", "TEXT"), rows)


def show_numbers(layout: LayoutFields) -> None:
    """Print the lines and words of a page with the numbers by which they are corrected, from 0."""
    for number, line in enumerate(layout["lines"]):
        words = "  ".join(f"{at}:{printable(word['text'])}" for at, word in enumerate(line["words"]))
        click.echo(f"{number:>4}  {words}")


def show_corrections(page: CorrectionsView) -> None:
    """Print a line for each correction of a page."""
    rows = [
        (
            str(one.line),
            "all" if one.word is None else str(one.word),
            one.was,
            one.text or "(removed)",
            one.actor,
            minute(one.at),
        )
        for one in page.corrections
    ]
    show_table(("LINE", "WORD", "RECOGNISED", "CORRECTED", "BY", "AT (UTC)"), rows)


def _word(correction: CorrectionView) -> str:
    return "all" if correction.word is None else str(correction.word)


def _finished(job: JobView) -> int:
    return job.items.done + job.items.error


def page_name(item: ItemView) -> str:
    """Return the name of a page: its file, and from the second page on its number in it."""
    return item.filename if item.page == 1 else f"{item.filename}, page {item.page}"


def _file_and_error(item: ItemView) -> str:
    told = item.error_msg or " ".join(page_warnings(item))
    return f"{page_name(item)}: {told}" if told else page_name(item)


def _detail(entry: EntryView | AccessEntryView) -> str:
    """Return the detail of an entry, without lists, which are for machines."""
    return ", ".join(f"{name} {value}" for name, value in entry.detail.items() if not isinstance(value, list))


def _ids_to_type(ids: Sequence[str]) -> Sequence[str]:
    """Return ids as they are, or on a terminal as much of each as tells it from the others."""
    if columns(sys.stdout) is None:
        return ids
    length = _SHORT
    while len({one[:length] for one in ids}) < len(set(ids)):
        length += 1
    return [one[:length].rstrip("-") for one in ids]


def minute(instant: str) -> str:
    """Return an instant to the minute, as people read it."""
    return instant[:16].replace("T", " ")


def show_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows below their heading; on a terminal, no line is wider than it, and states have colours."""
    table = [[printable(cell) for cell in row] for row in chain([head], rows)]
    widths = [max(width(row[column]) for row in table) for column in range(len(head) - 1)]
    most = columns(sys.stdout)
    for row in table:
        cells = [padded(cell, wide) for cell, wide in zip(row, widths, strict=False)]
        line = cut("  ".join([*cells, row[-1]]), most)
        for state in set(JobStatus) & set(row[:-1]):
            line = line.replace(f"  {state}", f"  {painted(state, state)}", 1)
        click.echo(line)


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError
