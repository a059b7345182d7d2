"""``ocrcore ocr``."""

import sys
import warnings
from pathlib import Path

import click

from entrypoints.cli.errors import FAILED, errors_in_one_line
from entrypoints.ending import end_on_sigterm
from entrypoints.settings import read_settings


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["txt", "json"]), default="txt", help="What to print.")
@click.option("--languages", help="What the pictures are written in, as eng+por.")
@click.option("--engine", help="Which engine reads.")
@click.option("--psm", type=int, help="Tesseract's page segmentation mode.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Write a file for each picture here."
)
@errors_in_one_line
def ocr(
    *,
    files: tuple[Path, ...],
    form: str,
    languages: str | None,
    engine: str | None,
    psm: int | None,
    quiet: bool,
    output: Path | None,
) -> None:
    """Read FILES, and the pictures below folders, without a server, and leave nothing behind.

    Exit status 0: every file was read; 1: a file was not; 2: the command was not understood.
    """
    from entrypoints.cli.pipeline import Printing, read_files  # noqa: PLC0415 - so that every command begins fast

    fields = {"languages": languages, "engine": engine, "psm": None if psm is None else str(psm)}
    given = {name: text for name, text in fields.items() if text is not None}
    end_on_sigterm()
    if not sys.warnoptions:  # a line on stderr is for a file that was not read
        warnings.simplefilter("ignore")
    sys.exit(0 if read_files(read_settings(), files, given, Printing(form, output, quiet)) else FAILED)
