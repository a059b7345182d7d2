"""``ocrcore ocr``: recognise files without a service."""

import sys
import warnings
from pathlib import Path

import click

from entrypoints.cli.errors import FAILED, errors_in_one_line
from entrypoints.cli.options import FORMAT, job_options
from entrypoints.settings import read_settings
from entrypoints.signals import end_on_sigterm


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@FORMAT
@job_options(recognition_only=True)
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Write a file for each picture here."
)
@errors_in_one_line
def ocr(
    *,
    files: tuple[Path, ...],
    form: str,
    quiet: bool,
    output: Path | None,
    **options: str | None,
) -> None:
    """Read FILES, and the pictures below folders, without a server, and leave nothing behind.

    Exit status 0: every file was read; 1: a file was not; 2: the command was not understood.
    """
    from entrypoints.cli.pipeline import Printing, read_files  # noqa: PLC0415 - so that every command starts fast

    given = {name: text for name, text in options.items() if text is not None}
    end_on_sigterm()
    if not sys.warnoptions:  # lines on stderr are kept for files that could not be read
        warnings.simplefilter("ignore")
    sys.exit(0 if read_files(read_settings(), files, given, Printing(form, output, quiet)) else FAILED)
