"""The output of ``ocrcore jobs``: results and JSON on stdout, progress and errors on stderr."""

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
from ocrcore.domain.options import OPTIONS
from ocrcore.formats.registry import FORMATS
from ocrcore.formats.views import HitView, ItemView, JobView

_MEGABYTE = 1_000_000
#: Characters of a text in a table.
_BEGINNING = 60


def upload_progress() -> Callable[[int, int], None]:
    """Return a function that shows how much of an upload is sent."""
    progress = Progress()

    def show(sent: int, total: int) -> None:
        progress.show(sent / total, f"{sent / _MEGABYTE:.1f} of {total / _MEGABYTE:.1f} MB sent")
        if sent == total:
            progress.clear()

    return show


def job_progress() -> Callable[[JobView], None]:
    """Return a function that shows the progress of a job."""
    progress = Progress()

    def show(job: JobView) -> None:
        if job.status in OPEN_JOBS:
            progress.show(_finished(job) / max(1, job.items.total), summary(job))
        else:
            progress.clear()

    return show


def show_away(_: ClientError) -> None:
    """Print that the service is unavailable and waited for."""
    click.echo(f"The service does not answer; waiting up to {AWAY:.0f} s for it ...", err=True)


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
    rows = [
        (job.id, job.status, f"{_finished(job)}/{job.items.total}", _minute(job.created_at), job.name) for job in jobs
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
            click.echo(f"{name + ':':<12}{value}")
    click.echo()
    rows = [(str(item.position), item.status, str(item.attempts), item.id, _file_and_error(item)) for item in items]
    show_table(("PAGE", "STATUS", "TRIES", "ID", "FILE"), rows)


def show_hits(hits: Sequence[HitView]) -> None:
    """Print a line for each hit."""
    rows = [(hit.job_id, f"{hit.filename}, page {hit.page}", hit.snippet) for hit in hits]
    show_table(("JOB", "FILE", "TEXT"), rows)


def show_least_sure(items: Sequence[ItemView]) -> None:
    """Print a line for each page, with its confidence, whether somebody has looked at it, and how its text begins."""
    rows = [
        (
            item.id,
            "-" if item.confidence is None else f"{item.confidence:.0f}",
            _minute(item.reviewed_at) if item.reviewed_at else "-",
            f"{item.filename}, page {item.page}",
            " ".join((item.ocr_text or "")[:_BEGINNING].split()),
        )
        for item in items
    ]
    show_table(("ID", "CONFIDENCE", "LOOKED AT (UTC)", "FILE", "TEXT"), rows)


def show_result(client: Client, job_id: str, form: str) -> None:
    """Print the result of a finished job while it is received."""
    with client.result_stream(job_id, form) as pieces:
        for piece in pieces:
            click.echo(piece, nl=False)
    if FORMATS[form].is_text:
        click.echo()


def show_outcome(client: Client, job: JobView, form: str) -> None:
    """Print the result of a finished job, and the errors of its pages on stderr."""
    if job.items.done:
        show_result(client, job.id, form)
    for item in client.items(job.id, status=ItemStatus.ERROR) if job.items.error else ():
        click.echo(f"{item.filename}: {item.error_msg}", err=True)
    sys.stdout.flush()


def _finished(job: JobView) -> int:
    return job.items.done + job.items.error


def _file_and_error(item: ItemView) -> str:
    return f"{item.filename}: {item.error_msg}" if item.error_msg else item.filename


def _minute(instant: str) -> str:
    return instant[:16].replace("T", " ")


def show_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows below their heading."""
    table = list(chain([head], rows))
    widths = [max(len(row[column]) for row in table) for column in range(len(head) - 1)]
    for row in table:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        click.echo("  ".join([*cells, row[-1]]))


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError
