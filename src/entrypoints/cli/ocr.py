"""``ocrcore ocr``: recognise files without a service."""

import sys
import warnings
from pathlib import Path

import click

from entrypoints.cli.environment import read_environment
from entrypoints.cli.errors import FAILED, errors_in_one_line
from entrypoints.cli.options import FORMAT, NamedPath, chosen_format, job_options
from entrypoints.signals import end_on_sigterm


@click.command(short_help="Read files, without a service.")
@click.argument("files", nargs=-1, required=True, type=NamedPath(readable=False, path_type=Path))
@FORMAT
@job_options(recognition_only=True)
@click.option("-q", "--quiet", is_flag=True, help="Show no progress and no summary.")
@click.option(
    "-o",
    "--output",
    type=NamedPath(path_type=str),
    help="Write the result into this file, in the format of its suffix or of --format; or a file for each of FILES into"
    " this folder.",
)
@errors_in_one_line
def ocr(
    *,
    files: tuple[Path, ...],
    form: str,
    quiet: bool,
    output: str | None,
    **options: str | None,
) -> None:
    """Read FILES, and the documents below folders, without a server, and leave nothing behind. - is the standard input.

    \b
      ocrcore ocr scan.jpg                        print the text
      ocrcore ocr scan.pdf -o searchable.pdf      make a PDF searchable
      ocrcore ocr scan.pdf --pages 1-3 -l eng+por
      ocrcore ocr scans/ -o texts/                a file for each
      scanimage --format png | ocrcore ocr -

    Exit status 0: every file was read; 1: a file or a page was not; 2: the command was not understood; 130: it was
    interrupted.
    """  # noqa: D301 - the backslash is click's
    from entrypoints.cli.pipeline import read_files  # noqa: PLC0415 - so that every command starts fast
    from entrypoints.cli.printing import Printing, file_format  # noqa: PLC0415

    of_file = None if output is None else file_format(output, chosen_format(form))
    if of_file is not None:
        form = of_file.name
    given = {name: text for name, text in options.items() if text is not None}
    end_on_sigterm()
    if not sys.warnoptions:  # lines on stderr are kept for files that could not be read
        warnings.simplefilter("ignore")
    printing = Printing(form, None if output is None else Path(output), of_file is not None, quiet)
    sys.exit(0 if read_files(read_environment(), files, given, printing) else FAILED)
