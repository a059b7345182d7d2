"""Commands that talk to a running service: the group ``ocrcore jobs``, and what its commands have in common."""

from collections.abc import Callable
from typing import Final

import click

from entrypoints.cli.client_command import client_command
from entrypoints.cli.job_ids import complete_id

#: The argument that names a job; the command gets the whole id.
JOB_ID: Final = click.argument("job_id", metavar="ID", shell_complete=complete_id)
#: ``--json``.
AS_JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print the API's answer as JSON, for machines.")


@click.group(short_help="Send files to a service, and see its jobs.")
def jobs() -> None:
    """Send pictures and documents to a running service, and work with its jobs.

    \b
      ocrcore jobs submit scan.pdf --wait         make a job, and print its text
      ocrcore jobs list --status error
      ocrcore jobs result last -o scan.pdf        make a PDF to search in, of the newest job
      ocrcore jobs result 019ac5f2 -o texts/      a file for each page

    ID is the id of a job, its beginning (at least 4 characters), or "last" for the newest. The service is at the
    address of --url or OCRCORE_URL. If it asks for a key, that is in OCRCORE_KEY, or in the file of --key-file.

    Exit status 0: it is done; 1: the job, a page or the service failed; 2: the command was not understood; 130: it was
    interrupted.
    """  # noqa: D301 - the backslash is click's


def service_command(
    name: str, group: click.Group = jobs, *, short: str | None = None
) -> Callable[[Callable[..., None]], click.Command]:
    """Return a decorator that makes a command of a group, as :func:`client_command` does."""

    def decorate(function: Callable[..., None]) -> click.Command:
        command = client_command(name, short=short)(function)
        group.add_command(command)
        return command

    return decorate
