"""Where ``ocrcore ocr`` puts its results: on stdout, into a file, or into a folder."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import click

from entrypoints.cli.terminal import is_shared, printable, refuse_on_terminal
from entrypoints.folders import NamedFile
from entrypoints.outputs import write_whole
from ocrcore.domain.errors import InvalidOption
from ocrcore.formats.registry import DEFAULT, Format, format_named, format_of, has_format, says_no_format


class Show(Protocol):
    """Shows the result of a file. Raises ``OSError``."""

    def __call__(self, file: NamedFile, shown: bytes, /) -> None:
        """Show it."""


@dataclass(frozen=True, slots=True)
class Printing:
    """How results are printed or written."""

    #: The name of an output format.
    form: str = DEFAULT
    #: The file for the result of the only input, or the folder for a file for each; None: all results go to stdout.
    output: Path | None = None
    #: Whether the output is that file.
    to_file: bool = False
    #: Whether the progress and the summary are hidden.
    quiet: bool = False

    @property
    def is_read(self) -> bool:
        """Whether texts are printed for a person, on a terminal."""
        return self.output is None and self.form == DEFAULT and sys.stdout.isatty()


def file_format(output: str, form: str | None) -> Format | None:
    """Return the format of the file that an output is: the one of this name, else that of its suffix; None of a folder.

    A folder ends in a slash, or is there, or has a name without a suffix. Raises ``InvalidOption`` if the format of a
    file is not known.
    """
    path = Path(output)
    if output.endswith("/") or path.is_dir() or not path.suffix:
        return None
    if form is not None:
        return format_named(form)
    if not has_format(path):
        msg = f"{says_no_format(path)} A folder for the results ends in /."
        raise InvalidOption(msg)
    return format_of(path)


def shower(printing: Printing, files: Sequence[NamedFile]) -> AbstractContextManager[Show]:
    """Return a context manager that yields the function for the results of these files.

    Raises ``InvalidOption`` if two results would go to one place that takes one.
    """
    form, output = format_named(printing.form), printing.output
    if len(files) > 1 and (printing.to_file or not (form.is_text or output)):
        msg = f"{len(files)} files have one result each; name a folder for them with -o, with a / at its end."
        raise InvalidOption(msg)
    if output is None and not form.is_text:
        refuse_on_terminal(f"A {form.name}")
    if output is None:
        return _terminal(form, len(files)) if form.is_text and sys.stdout.isatty() else _printer(form)
    return nullcontext(_to_file(form, output) if printing.to_file else _writer(form, output, files))


def ending(form: Format) -> Sequence[bytes]:
    """Return what ends a file of a format: text ends with a line."""
    return [b"\n"] if form.is_text else []


class Printer:
    """Prints results, separated as the format requires; only the last one ends its line."""

    def __init__(self, form: Format) -> None:
        self._form, self._separator, self._is_open = form, b"", False

    def __call__(self, _: NamedFile, shown: bytes) -> None:
        """Print a result."""
        click.echo(self._separator + shown, nl=False)
        self._separator, self._is_open = self._form.separator.encode(), True

    def end_line(self) -> None:
        """End the line of the last result, if it is text: at the end, and before an error that would follow it."""
        if self._is_open and self._form.is_text:
            click.echo()
            self._separator, self._is_open = self._separator.replace(b"\n", b""), False


@contextmanager
def _printer(form: Format) -> Iterator[Show]:
    """Yield a function that prints results, separated as the format requires."""
    printer = Printer(form)
    try:
        yield printer
    finally:
        printer.end_line()


def make_room(show: Show) -> None:
    """Begin a new line for an error on stderr, if it is the same file as stdout."""
    if isinstance(show, Printer) and is_shared():
        show.end_line()
        sys.stdout.flush()


@contextmanager
def _terminal(form: Format, number: int) -> Iterator[Show]:
    """Yield a function that prints results for a person: each ends its line, and one of several has a heading."""
    headings = number > 1 and form.name == DEFAULT

    def show(file: NamedFile, shown: bytes) -> None:
        if headings:
            click.echo(f"==> {printable(str(file.path))} <==")
        click.echo(shown)

    yield show


def _to_file(form: Format, path: Path) -> Show:
    """Return a function that writes a result into this file."""

    def show(_: NamedFile, shown: bytes) -> None:
        write_whole(path, [shown, *ending(form)])

    return show


def _writer(form: Format, folder: Path, files: Sequence[NamedFile]) -> Show:
    """Return a function that writes the result of ``scan.jpg`` to ``scan.jpg.txt`` or another suffix of the format."""
    (name, number), *_ = Counter(file.relative for file in files).most_common(1) or [(Path(), 0)]
    if number > 1:
        target = f"{folder / name}{form.suffix}"
        msg = f"{number} files would be written as {target}; name the folder above them, or write twice."
        raise InvalidOption(msg)

    def show(file: NamedFile, shown: bytes) -> None:
        target = folder / f"{file.relative}{form.suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, [shown, *ending(form)])

    return show
