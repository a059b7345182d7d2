"""What ``ocrcore jobs`` shows: results and JSON on stdout, progress and what went wrong on stderr."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, is_dataclass
from itertools import chain
from typing import Any

import click

from entrypoints.cli.progress import Progress
from entrypoints.client import Client, ClientError
from entrypoints.client.waiting import AWAY
from ocrcore.domain.lifecycle import OPEN_JOBS, ItemStatus
from ocrcore.formats.views import ItemView, JobView

_MEGABYTE = 1_000_000


def upload_progress() -> Callable[[int, int], None]:
    """Return what shows how much of an upload is sent."""
    progress = Progress()

    def show(sent: int, total: int) -> None:
        progress.show(sent / total, f"{sent / _MEGABYTE:.1f} of {total / _MEGABYTE:.1f} MB sent")
        if sent == total:
            progress.clear()

    return show


def job_progress() -> Callable[[JobView], None]:
    """Return what shows how far a job is."""
    progress = Progress()

    def show(job: JobView) -> None:
        if job.status in OPEN_JOBS:
            progress.show(_ended(job) / max(1, job.items.total), summary(job))
        else:
            progress.clear()

    return show


def show_away(_: ClientError) -> None:
    """Say that the service is waited for."""
    click.echo(f"The service does not answer; waiting up to {AWAY:.0f} s for it ...", err=True)


def summary(job: JobView) -> str:
    """Return how a job stands, in one line."""
    failed = f", {job.items.error} failed" if job.items.error else ""
    why = f"; {job.blocked_by}" if job.blocked_by else ""
    return f"{job.status} {_ended(job)} of {job.items.total} pages{failed}{why}"


def show_json(value: object) -> None:
    """Print a view, or views, as JSON."""
    click.echo(json.dumps(value, default=_plain, ensure_ascii=False, indent=2))


def show_list(jobs: Sequence[JobView]) -> None:
    """Print a line for each job."""
    rows = [(job.id, job.status, f"{_ended(job)}/{job.items.total}", _minute(job.created_at), job.name) for job in jobs]
    _show_table(("ID", "STATUS", "PAGES", "CREATED (UTC)", "NAME"), rows)


def show_job(job: JobView, items: Sequence[ItemView]) -> None:
    """Print a job and its pages."""
    options = job.options
    lines = {
        "Job": job.id,
        "Name": job.name,
        "Status": summary(job).partition(";")[0],
        "Blocked by": job.blocked_by,
        "Created": job.created_at,
        "Deadline": job.sqs_retention_deadline,
        "Finished": job.finished_at,
        "Options": f"languages {options.languages}, engine {options.engine}, psm {options.psm}",
    }
    for name, value in lines.items():
        if value is not None:
            click.echo(f"{name + ':':<12}{value}")
    click.echo()
    rows = [(str(item.position), item.status, str(item.attempts), item.id, _told(item)) for item in items]
    _show_table(("PAGE", "STATUS", "TRIES", "ID", "FILE"), rows)


def show_result(client: Client, job_id: str, form: str) -> None:
    """Print a finished job's result as it comes in."""
    with client.result_stream(job_id, form) as pieces:
        for piece in pieces:
            click.echo(piece, nl=False)
    click.echo()


def show_outcome(client: Client, job: JobView, form: str) -> None:
    """Print what of a finished job could be read, and say what could not."""
    if job.items.done:
        show_result(client, job.id, form)
    for item in client.items(job.id, status=ItemStatus.ERROR) if job.items.error else ():
        click.echo(f"{item.filename}: {item.error_msg}", err=True)
    sys.stdout.flush()


def _ended(job: JobView) -> int:
    return job.items.done + job.items.error


def _told(item: ItemView) -> str:
    return f"{item.filename}: {item.error_msg}" if item.error_msg else item.filename


def _minute(instant: str) -> str:
    return instant[:16].replace("T", " ")


def _show_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = list(chain([head], rows))
    widths = [max(len(row[column]) for row in table) for column in range(len(head) - 1)]
    for row in table:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        click.echo("  ".join([*cells, row[-1]]))


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError
