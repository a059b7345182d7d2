"""``ocrcore watch``: read the files that arrive in a folder, until it is stopped."""

from datetime import timedelta
from pathlib import Path

import click

from entrypoints.cli.environment import read_environment
from entrypoints.cli.errors import errors_in_one_line
from entrypoints.cli.options import DURATION, FORMAT, NamedPath, job_options


@click.command(short_help="Read every file that arrives in a folder.")
@click.argument("folder", metavar="IN", type=NamedPath(exists=True, file_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="OUT",
    type=NamedPath(file_okay=False, path_type=Path),
    help="The folder of the results, with the subfolders of IN.",
)
@FORMAT
@job_options(recognition_only=True)
@click.option(
    "--settle",
    type=DURATION,
    default="5s",
    show_default=True,
    help="How long size and time of a file must be unchanged before it is read.",
)
@click.option("--json", "as_json", is_flag=True, help="Print each event as a line of JSON on stdout, for machines.")
@errors_in_one_line
def watch(*, folder: Path, output: Path, form: str, settle: timedelta, as_json: bool, **options: str | None) -> None:
    """Read every file that arrives in the folder IN, once, and write its result into the folder OUT.

    \b
      ocrcore watch scans/ -o texts/
      ocrcore watch scans/ -o archive/ --format pdf -l eng+por

    IN is looked at every second. A file is read when nobody has written to it for a while, or when it is renamed from a
    hidden or temporary name; of scan.pdf, OUT gets scan.pdf.txt, or scan.pdf.error.json with the code and a sentence.
    What was read is recorded in OUT.watch.jsonl beside OUT: a file is read again if it changes, or if its line is
    deleted there while no watch runs. Names that begin with a dot or ~ are left out. What else is passed over, such as
    links and names of other kinds, is told in a line, once, and so is a file that is removed before it is read.

    It runs until SIGTERM or Ctrl-C; files that are not finished then are read at the next start.
    """  # noqa: D301 - the backslash is click's
    from entrypoints.cli.watching.command import watch_folder  # noqa: PLC0415 - so that every command starts fast

    given = {name: text for name, text in options.items() if text is not None}
    watch_folder(read_environment(), folder, output, form, given, settle, as_json=as_json)
