"""``ocrcore doctor``: print findings, repair those that the database can correct, and print commands for the others."""

import sys

import click

from entrypoints.cli.environment import read_environment
from entrypoints.cli.errors import FAILED, errors_in_one_line
from entrypoints.signals import end_on_sigterm


@click.command(short_help="Compare all that is stored, and repair it.")
@click.option("--repair", is_flag=True, help="Repair findings for which the database shows what is right.")
@click.option(
    "--restored",
    is_flag=True,
    help="Repair a database that was put back from a copy, before any process starts: give its open jobs and its drafts"
    " their whole time again.",
)
@click.option("--every-timeline", is_flag=True, help="Compare the audit log of every job, not of about a thousand.")
@click.option("--json", "as_json", is_flag=True, help="Print each finding as a line of JSON, for machines.")
@errors_in_one_line
def doctor(*, repair: bool, restored: bool, every_timeline: bool, as_json: bool) -> None:
    """Compare database, documents, queue, dead letters and audit log, and print what disagrees.

    \b
      ocrcore doctor
      ocrcore doctor --repair

    It may run beside the service. Exit status 0: nothing disagrees, or everything was repaired; 1: something disagrees;
    2: the command was not understood.
    """  # noqa: D301 - the backslash is click's
    from entrypoints.cli.doctor_findings import findings  # noqa: PLC0415
    from entrypoints.cli.doctor_view import View  # noqa: PLC0415 - so that every command starts fast
    from entrypoints.logs import configure_logs  # noqa: PLC0415

    settings = read_environment()
    configure_logs(settings.log)
    end_on_sigterm()
    view = View(settings, as_json=as_json)
    found = findings(settings, view.watch, repair=repair or restored, restored=restored, every_timeline=every_timeline)
    for finding in found:
        view.show(finding)
    view.end()
    sys.exit(FAILED if view.left else 0)
