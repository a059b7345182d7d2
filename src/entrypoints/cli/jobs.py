"""``ocrcore jobs``: the operations of the API on a running service."""

import re
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from entrypoints.cli.client_command import client_command
from entrypoints.cli.errors import EXIT_STATUS, FAILED, fail
from entrypoints.cli.options import DURATION, FORMAT, job_options
from ocrcore import JobStatus

if TYPE_CHECKING:
    from entrypoints.client import Client
    from ocrcore.formats.views import JobView

_JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print the API's answer as JSON, for machines.")


@click.group()
def jobs() -> None:
    """Send pictures to a running service, and work with its jobs."""


def _command(name: str) -> Callable[[Callable[..., None]], click.Command]:
    """Return a decorator that makes a command of this group, as :func:`client_command` does."""

    def decorate(function: Callable[..., None]) -> click.Command:
        command = client_command(name)(function)
        jobs.add_command(command)
        return command

    return decorate


@_command("submit")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--name", help="What the job is called; by default as its first file.")
@job_options()
@click.option("--idempotency-key", help="Submissions with one key make one job.")
@click.option("--direct", is_flag=True, help="Send each file to an address of its own: on AWS into the bucket.")
@click.option("--wait", is_flag=True, help="Wait until it is finished, and print the result.")
@FORMAT
@_JSON
def submit(
    client: "Client",
    *,
    files: Sequence[Path],
    direct: bool,
    wait: bool,
    form: str,
    as_json: bool,
    **options: Any,  # noqa: ANN401 - those of a job
) -> None:
    """Make one job of FILES, and of the pictures below folders; print its id."""
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415

    verb = client.submit_uploaded if direct else client.submit
    job = _submit(verb, _pictures(files), on_sent=view.upload_progress(), **options)
    if wait:
        try:
            job = client.wait(job.id, on_look=view.job_progress(), on_away=view.show_away)
        except KeyboardInterrupt:
            click.echo(f"\nIt goes on: ocrcore jobs watch {job.id}", err=True)
            raise
    if as_json:
        view.show_json(job)
    elif wait:
        view.show_outcome(client, job, form)
    else:
        click.echo(job.id)
    sys.exit(FAILED if wait and job.status is not JobStatus.DONE else 0)


@_command("list")
@click.option("--status", type=click.Choice(list(JobStatus), case_sensitive=False))
@click.option("--name", help="What the name begins with.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many, the newest first.")
@_JSON
def list_jobs(client: "Client", *, status: JobStatus | None, name: str | None, limit: int, as_json: bool) -> None:
    """List jobs, newest first."""
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415

    found = list(islice(client.list(status=status, name=name), limit))
    if as_json:
        view.show_json(found)
    else:
        view.show_list(found)


@_command("show")
@click.argument("job_id", metavar="ID")
@_JSON
def show(client: "Client", *, job_id: str, as_json: bool) -> None:
    """Show a job, why it does not move, and its pages."""
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415

    job, items = client.get(job_id), list(client.items(job_id))
    if as_json:
        view.show_json({"job": job, "items": items})
    else:
        view.show_job(job, items)


@_command("watch")
@click.argument("job_id", metavar="ID")
@click.option("--timeout", type=DURATION, help="How long to wait, as 10m; by default until it is finished.")
@_JSON
def watch(client: "Client", *, job_id: str, timeout: timedelta | None, as_json: bool) -> None:
    """Watch a job until it is finished. Exit status 0: it is DONE; 1: it is not."""
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415

    try:
        job = client.wait(job_id, timeout, on_look=view.job_progress(), on_away=view.show_away)
    except TimeoutError as error:
        fail(error, FAILED)
    _show_changed(job, as_json=as_json, err=True)
    sys.exit(0 if job.status is JobStatus.DONE else FAILED)


@_command("result")
@click.argument("job_id", metavar="ID")
@FORMAT
def result(client: "Client", *, job_id: str, form: str) -> None:
    """Print the text or the layouts of a finished job."""
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415

    view.show_result(client, job_id, form)


@_command("search")
@click.argument("query")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many, the newest first.")
@_JSON
def search(client: "Client", *, query: str, limit: int, as_json: bool) -> None:
    """Search the texts of all jobs for QUERY: words, "two words" as a phrase, word* for its beginning."""
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415

    found = list(islice(client.search(query), limit))
    if as_json:
        view.show_json(found)
    else:
        view.show_hits(found)


@_command("retry")
@click.argument("job_id", metavar="ID")
@_JSON
def retry(client: "Client", *, job_id: str, as_json: bool) -> None:
    """Queue the pages of a finished job that are ERROR again."""
    _show_changed(client.retry(job_id), as_json=as_json)


@_command("cancel")
@click.argument("job_id", metavar="ID")
@_JSON
def cancel(client: "Client", *, job_id: str, as_json: bool) -> None:
    """End a job; what is done stays."""
    _show_changed(client.cancel(job_id), as_json=as_json)


@_command("delete")
@click.argument("job_id", metavar="ID")
def delete(client: "Client", *, job_id: str) -> None:
    """Delete a job, its texts and its files."""
    client.delete(job_id)
    click.echo(f"DELETED {job_id}")


def _submit(send: Callable[..., "JobView"], paths: Sequence[Path], **options: Any) -> "JobView":  # noqa: ANN401 - the client's
    """Return the job, or exit with the name of the file that was refused."""
    from entrypoints.client import ApiProblem  # noqa: PLC0415

    try:
        return send(paths, **options)
    except ApiProblem as problem:
        if problem.index is None or problem.index >= len(paths):
            raise
        sentence = re.sub(rf"^File {problem.index}( \(.*?\))?: (?=[A-Z])", "", str(problem))  # its path is named here
        fail(f"{paths[problem.index]}: {sentence}", EXIT_STATUS.get(problem.code, FAILED))


def _pictures(paths: Sequence[Path]) -> Sequence[Path]:
    from entrypoints.folders import find_files  # noqa: PLC0415

    named = find_files(paths)
    for one in named:
        if one.error is not None:
            fail(f"{one.path}: {one.error}", FAILED)
    return [one.path for one in named]


def _show_changed(job: "JobView", *, as_json: bool, err: bool = False) -> None:
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415

    if as_json:
        view.show_json(job)
    else:
        click.echo(view.summary(job), err=err)
