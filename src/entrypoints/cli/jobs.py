"""``ocrcore jobs``: the operations of the API on a running service."""

import re
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from entrypoints.cli.errors import EXIT_STATUS, FAILED, fail
from entrypoints.cli.options import DURATION, FORMAT, INSTANT, NamedPath, chosen_format, job_options
from entrypoints.cli.service_command import AS_JSON as _JSON
from entrypoints.cli.service_command import JOB_ID, jobs
from entrypoints.cli.service_command import service_command as _command
from entrypoints.cli.terminal import printable, refuse_on_terminal
from ocrcore.domain.codes import ProblemCode
from ocrcore.domain.lifecycle import JobStatus

if TYPE_CHECKING:
    from entrypoints.client import Client
    from entrypoints.folders import NamedFile
    from ocrcore.formats.views import JobView

__all__ = ["jobs"]

#: The lowest status of an answer by which it is unknown whether the request was carried out.
_FAULT: Final = 500


@_command("submit", short="Make a job of files; print its id.")
@click.argument("files", nargs=-1, required=True, type=NamedPath(exists=True, allow_dash=True, path_type=Path))
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
    """Make one job of FILES, and of the documents below folders; print its id. - is the standard input.

    \b
      ocrcore jobs submit scan.jpg letter.pdf --wait
      ocrcore jobs submit scans/ --name "the whole folder" -l eng+por
    """  # noqa: D301 - the backslash is click's
    from entrypoints.cli import job_files  # noqa: PLC0415
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415
    from ocrcore.formats.registry import format_named  # noqa: PLC0415

    chosen = format_named(form)
    if wait and not as_json and not chosen.is_text:
        refuse_on_terminal(f"A {chosen.name}", "redirect the output")
    verb = client.submit_uploaded if direct else client.submit
    job = _submit(verb, _named(files), on_sent=view.upload_progress(), **options)
    if not wait:
        if as_json:
            view.show_json(job)
        else:
            click.echo(job.id)
            job_files.tell_of_files(client, job)
        return
    with _told(f"It goes on: ocrcore jobs watch {job.id}"), view.JobProgress() as progress:
        job = client.wait(job.id, on_look=progress.show, on_away=progress.show_away)
    with _told(f"It is finished: ocrcore jobs result {job.id}"):
        if as_json:
            view.show_json(job)
        else:
            if job.items.done:
                job_files.show_result(client, job.id, chosen)
            job_files.tell_of_job(client, job)
    sys.exit(0 if job.status is JobStatus.DONE else FAILED)


@_command("list")
@click.option("--status", type=click.Choice(list(JobStatus), case_sensitive=False), help="Only jobs of this status.")
@click.option("--name", help="What the name begins with.")
@click.option("--created-after", type=INSTANT, help="Only later ones, as 2026-11-23 or 2026-11-23T20:00:00Z.")
@click.option("--created-before", type=INSTANT, help="Only earlier ones.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many, the newest first.")
@_JSON
def list_jobs(
    client: "Client",
    *,
    status: JobStatus | None,
    name: str | None,
    created_after: datetime | None,
    created_before: datetime | None,
    limit: int,
    as_json: bool,
) -> None:
    """List jobs, newest first.

    \b
      ocrcore jobs list --status error
      ocrcore jobs list --created-after 2026-11-23 --limit 100 --json

    Instants are in UTC.
    """  # noqa: D301 - the backslash is click's
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415

    found = list(
        client.list(status=status, name=name, created_after=created_after, created_before=created_before, limit=limit)
    )
    if as_json:
        view.show_json(found)
    else:
        view.show_list(found)


@_command("show", short="Show a job and its pages.")
@JOB_ID
@click.option("--page", type=click.IntRange(1), help="Show all that is known of one page, counted from 1.")
@_JSON
def show(client: "Client", *, job_id: str, page: int | None, as_json: bool) -> None:
    """Show a job, why it does not move, and its pages.

    \b
      ocrcore jobs show last
      ocrcore jobs show 019ac5f2 --page 3
    """  # noqa: D301 - the backslash is click's
    from entrypoints.cli import job_files  # noqa: PLC0415
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415

    if page is not None:
        item = job_files.page_of(client, job_id, page)
        if as_json:
            view.show_json(item)
        else:
            view.show_page(item)
        return
    job, items = client.get(job_id), list(client.items(job_id))
    if as_json:
        view.show_json({"job": job, "items": items})
    else:
        view.show_job(job, items)


@_command("watch", short="Watch a job until it is finished.")
@JOB_ID
@click.option("--timeout", type=DURATION, help="How long to wait, as 10m; by default until it is finished.")
@_JSON
def watch(client: "Client", *, job_id: str, timeout: timedelta | None, as_json: bool) -> None:
    """Watch a job until it is finished.

    \b
      ocrcore jobs watch last
      ocrcore jobs watch 019ac5f2 --timeout 10m

    Exit status 0: it is DONE; 1: it is not.
    """  # noqa: D301 - the backslash is click's
    from entrypoints.cli import job_files  # noqa: PLC0415
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415

    try:
        with view.JobProgress() as progress:
            job = client.wait(job_id, timeout, on_look=progress.show, on_away=progress.show_away)
    except TimeoutError as error:
        fail(error, FAILED)
    _show_changed(job, as_json=as_json, err=True)
    if not as_json:
        job_files.tell_warnings(client, job)
    sys.exit(0 if job.status is JobStatus.DONE else FAILED)


@_command("result", short="Print or write a job's result.")
@JOB_ID
@FORMAT
@click.option("--page", type=click.IntRange(1), help="The result of one page, counted from 1.")
@click.option(
    "-o",
    "--output",
    type=NamedPath(path_type=str),
    help="Write it into this file, in the format of its suffix or of --format; or a file for each page into this"
    " folder.",
)
@click.option(
    "--as",
    "as_read",
    type=click.Choice(["corrected", "recognised"]),
    default="corrected",
    show_default=True,
    help="With the corrections, or as the engine read it.",
)
def result(client: "Client", *, job_id: str, form: str, page: int | None, output: str | None, as_read: str) -> None:
    """Print or write the result of a finished job: the pages that could be read.

    \b
      ocrcore jobs result last
      ocrcore jobs result last -o searchable.pdf
      ocrcore jobs result last --format alto -o pages/

    Exit status 1: a page could not be read; the others are there all the same.
    """  # noqa: D301 - the backslash is click's
    from entrypoints.cli import job_files  # noqa: PLC0415
    from entrypoints.cli.printing import file_format  # noqa: PLC0415
    from ocrcore.formats.registry import format_named  # noqa: PLC0415

    chosen, recognised = format_named(form), as_read == "recognised"
    of_file = None if output is None else file_format(output, chosen_format(form))
    item = None if page is None else job_files.page_of(client, job_id, page)
    if output is not None and of_file is not None:
        if item is None:
            job_files.save_result(client, job_id, of_file, Path(output), recognised=recognised)
        else:
            job_files.save_page(client, item.id, of_file, Path(output), recognised=recognised)
    elif output is not None:
        if item is not None:
            msg = "--page needs a file, and no folder"
            raise click.BadParameter(msg, param_hint="--output")
        job_files.save_pages(client, client.get(job_id), chosen, Path(output), recognised=recognised)
    elif item is None:
        job_files.show_result(client, job_id, chosen, recognised=recognised)
    else:
        job_files.show_page(client, item.id, chosen, recognised=recognised)
    if item is None:
        job = client.get(job_id)
        job_files.tell_of_job(client, job)
        sys.exit(0 if job.status is JobStatus.DONE else FAILED)
    job_files.tell_of_page(client, item)


@_command("image", short="Print or write the picture of a page.")
@JOB_ID
@click.option("--page", type=click.IntRange(1), default=1, show_default=True, help="Which page, counted from 1.")
@click.option("--width", type=click.IntRange(1, 4000), help="At most so many pixels across, for a smaller picture.")
@click.option("--original", is_flag=True, help="The file as it was sent, instead of a picture of the page.")
@click.option("-o", "--output", metavar="FILE", type=NamedPath(path_type=Path), help="Write it into this file.")
def image(client: "Client", *, job_id: str, page: int, width: int | None, original: bool, output: Path | None) -> None:
    """Print or write the picture of a page: as it was sent, if browsers show that and it is not too wide, else a PNG.

    \b
      ocrcore jobs image last -o page
      ocrcore jobs image last --page 3 --width 600 -o small
      ocrcore jobs image last --original -o scan.pdf

    A name that ends as those of another kind do is told.
    """  # noqa: D301 - the backslash is click's
    from entrypoints.cli import job_files  # noqa: PLC0415
    from entrypoints.outputs import write_whole  # noqa: PLC0415

    if output is None:
        refuse_on_terminal("A picture")
    picture, media_type = client.image_and_type(
        job_files.page_of(client, job_id, page).id, width=width, original=original
    )
    if output is None:
        click.echo(picture, nl=False)
    else:
        write_whole(output, [picture])
        job_files.tell_of_name(output, media_type)


@_command("timeline", short="Show what happened to a job.")
@JOB_ID
@_JSON
def timeline(client: "Client", *, job_id: str, as_json: bool) -> None:
    """Show what happened to a job, in order, and who did it.

    \b
      ocrcore jobs timeline last
    """  # noqa: D301 - the backslash is click's
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415

    entries = list(client.timeline(job_id))
    if as_json:
        view.show_json(entries)
    else:
        view.show_timeline(entries)


@_command("rename", short="Give a job another name.")
@JOB_ID
@click.argument("name")
@_JSON
def rename(client: "Client", *, job_id: str, name: str, as_json: bool) -> None:
    """Give a job another name.

    \b
      ocrcore jobs rename last "Monday's letters"
    """  # noqa: D301 - the backslash is click's
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415

    job = client.rename(job_id, name)
    if as_json:
        view.show_json(job)
    else:
        click.echo(f"RENAMED {job.id} {printable(job.name)}")


@_command("stats", short="Show the pages to be read, and the workers.")
@_JSON
def stats(client: "Client", *, as_json: bool) -> None:
    """Show how much the service has to do, and its workers.

    \b
      ocrcore jobs stats
      ocrcore jobs stats --json
    """  # noqa: D301 - the backslash is click's
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415

    found = client.stats()
    if as_json:
        view.show_json(found)
    else:
        view.show_stats(found)


@_command("audit", short="Show what happened to keys and sessions.")
@click.option(
    "--owner", help="Whose; by default your own. The owner operator has the sign-ins and keys that were refused."
)
@_JSON
def audit(client: "Client", *, owner: str | None, as_json: bool) -> None:
    """Show what happened to keys and sessions, in order, and who did it. It needs a key with the scope admin.

    \b
      ocrcore jobs audit
      ocrcore jobs audit --owner operator
    """  # noqa: D301 - the backslash is click's
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415

    entries = list(client.audit(owner))
    if as_json:
        view.show_json(entries)
    else:
        view.show_timeline(entries)


@_command("search", short="Search the texts of all jobs.")
@click.argument("query")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many, the newest first.")
@_JSON
def search(client: "Client", *, query: str, limit: int, as_json: bool) -> None:
    """Search the texts of all jobs for QUERY: words, "two words" as a phrase, word* for its beginning.

    \b
      ocrcore jobs search invoice
      ocrcore jobs search '"amount due" 2026*'
    """  # noqa: D301 - the backslash is click's
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415

    found = list(islice(client.search(query), limit))
    if as_json:
        view.show_json(found)
    else:
        view.show_hits(found)


@_command("retry", short="Queue the failed pages of a job again.")
@JOB_ID
@_JSON
def retry(client: "Client", *, job_id: str, as_json: bool) -> None:
    """Queue the pages of a finished job that are ERROR again.

    \b
      ocrcore jobs retry last
    """  # noqa: D301 - the backslash is click's
    _show_changed(client.retry(job_id), as_json=as_json)


@_command("cancel")
@JOB_ID
@_JSON
def cancel(client: "Client", *, job_id: str, as_json: bool) -> None:
    """End a job; what is done stays.

    \b
      ocrcore jobs cancel last
    """  # noqa: D301 - the backslash is click's
    _show_changed(client.cancel(job_id), as_json=as_json)


@_command("delete")
@JOB_ID
def delete(client: "Client", *, job_id: str) -> None:
    """Delete a job, its texts and its files.

    \b
      ocrcore jobs delete 019ac5f2
    """  # noqa: D301 - the backslash is click's
    client.delete(job_id)
    click.echo(f"DELETED {job_id}")


def _submit(send: Callable[..., "JobView"], files: Sequence["NamedFile"], **options: Any) -> "JobView":  # noqa: ANN401 - the client's
    """Return the job, or exit with the name of the file that was refused.

    If it ends otherwise after the last byte, a job may have been made that nobody knows the id of; how to come to it is
    printed.
    """
    from entrypoints.client import ApiProblem, ClientError  # noqa: PLC0415
    from entrypoints.folders import STDIN  # noqa: PLC0415

    given = [(file.name, sys.stdin.buffer) if file.path == STDIN else file.path for file in files]
    key, is_sent = options.pop("idempotency_key") or str(uuid.uuid4()), False
    on_sent = options.pop("on_sent")

    def hear(sent: int, total: int) -> None:
        nonlocal is_sent
        is_sent = is_sent or sent == total
        on_sent(sent, total)

    try:
        return send(given, idempotency_key=key, on_sent=hear, **options)
    except (KeyboardInterrupt, ClientError) as error:
        problem = error if isinstance(error, ApiProblem) else None
        if is_sent and (problem is None or problem.status >= _FAULT):
            again = f"The job may have been made; the same command with --idempotency-key {key} makes no second one."
            click.echo(f"\n{again}" if isinstance(error, KeyboardInterrupt) else again, err=True)  # after ^C
        if problem is None:
            raise
        if problem.index is None or problem.index >= len(files):
            raise
        # Its path is named here. Services of release 0.1 count from 0.
        place = rf"^File ({problem.index}|{problem.index + 1})( \(.*?\))?: (?=[A-Z])"
        sentence = re.sub(place, "", str(problem))
        fail(f"{files[problem.index].path}: {sentence}", EXIT_STATUS.get(problem.code, FAILED))


@contextmanager
def _told(how: str) -> Iterator[None]:
    """Say how to come back to a job if an error ends the block, or Ctrl-C: nothing else names it then."""
    from entrypoints.client import ApiProblem  # noqa: PLC0415

    try:
        yield
    except BrokenPipeError:
        raise  # whoever reads stdout has enough
    except BaseException as error:
        if not (isinstance(error, ApiProblem) and error.code == ProblemCode.JOB_NOT_FOUND):
            click.echo(f"\n{how}" if isinstance(error, KeyboardInterrupt) else how, err=True)  # after ^C
        raise


def _named(paths: Sequence[Path]) -> Sequence["NamedFile"]:
    from entrypoints.cli.summary import passed_over_line  # noqa: PLC0415
    from entrypoints.folders import find_files, passed_over  # noqa: PLC0415

    named = find_files(paths)
    for one in named:
        if one.error is not None:
            fail(f"{one.path}: {one.error}", FAILED)
    if others := passed_over(paths):
        click.echo(passed_over_line(others), err=True)
    return named


def _show_changed(job: "JobView", *, as_json: bool, err: bool = False) -> None:
    from entrypoints.cli import jobs_view as view  # noqa: PLC0415

    if as_json:
        view.show_json(job)
    else:
        click.echo(view.summary(job), err=err)
