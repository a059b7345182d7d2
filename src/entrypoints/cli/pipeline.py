"""``ocrcore ocr``: the whole pipeline in one process, on the memory backend."""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import click

from entrypoints.bootstrap import open_service
from entrypoints.cli.progress import Progress
from entrypoints.inputs import NamedFile, find_files
from entrypoints.library.owner import local_jobs
from entrypoints.outputs import write_whole
from entrypoints.settings import Settings
from entrypoints.worker.threads import worker_threads
from ocrcore import Item, ItemStatus, Job, JobOptions, OcrService, OwnerJobs, Upload
from ocrcore.domain.errors import InvalidOption, Refusal
from ocrcore.formats.registry import DEFAULT, Format, format_named, has_format

#: Seconds between two reads of a job.
_POLL: Final = 0.02
#: Files for each slot that are in memory at the same time.
_AHEAD: Final = 4


@dataclass(frozen=True, slots=True)
class Printing:
    """How results are printed or written."""

    #: The name of an output format.
    form: str = DEFAULT
    #: The file for the result of the only input, or the folder for a file for each; None: all results go to stdout.
    output: Path | None = None
    #: Whether the progress is hidden.
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The result of one file."""

    file: NamedFile
    #: The results of its good pages, in the output format; None if it has none.
    shown: bytes | None = None
    #: One sentence for each error.
    errors: Sequence[str] = ()


def read_files(settings: Settings, paths: Sequence[Path], fields: Mapping[str, str], printing: Printing) -> bool:
    """Print or write the results of the files, in order; return whether every page was recognised.

    Raises ``InvalidOption`` if two results would be written to the same file.
    """
    files, form = find_files(paths), format_named(printing.form)
    to_file = printing.output is not None and names_file(printing.output)
    if len(files) > 1 and (to_file or not (form.is_text or printing.output)):
        msg = f"{len(files)} files have one result each; name a folder for them with -o."
        raise InvalidOption(msg)
    slots = max(1, min(settings.slots_or_cores, sum(file.error is None for file in files)))
    printer: AbstractContextManager[Callable[[NamedFile, bytes], None]]
    if printing.output is None:
        printer = _printer(form)
    else:
        printer = nullcontext(_to_file(form, printing.output) if to_file else _writer(form, printing.output, files))
    progress = Progress(quiet=printing.quiet)
    errors = 0
    with open_service(settings, slots=slots, kind="memory") as service:
        options = service.default_options.changed(fields)
        with printer as show, _worker(service, settings, slots):
            pipeline = _Pipeline(local_jobs(service), options, form, progress, len(files))
            for outcome in pipeline.outcomes(files, ahead=_AHEAD * slots):
                progress.clear()
                for error in [*_shown(show, outcome), *outcome.errors]:
                    errors += 1
                    click.echo(f"{outcome.file.path}: {error}", err=True)
    return not errors


def _shown(show: Callable[[NamedFile, bytes], None], outcome: _Outcome) -> Iterator[str]:
    """Show an outcome, and yield a sentence if its file cannot be written. A closed stdout ends the command."""
    try:
        if outcome.shown is not None:
            show(outcome.file, outcome.shown)
    except BrokenPipeError:
        raise
    except OSError as error:
        yield f"Its result cannot be written: {error.strerror or error}."


class _Pipeline:
    """Submit files to the service, several at the same time, and yield their outcomes in order."""

    def __init__(self, jobs: OwnerJobs, options: JobOptions, form: Format, progress: Progress, total: int) -> None:
        self._jobs, self._options, self._form = jobs, options, form
        self._progress, self._total, self._ended = progress, total, 0

    def outcomes(self, files: Sequence[NamedFile], *, ahead: int) -> Iterator[_Outcome]:
        """Yield the outcome of each file, in order; up to ``ahead`` files are submitted at the same time."""
        waiting: deque[tuple[NamedFile, Job | str]] = deque()
        for file in files:
            waiting.append((file, file.error or self._submit(file)))
            if len(waiting) >= ahead:
                yield self._outcome(*waiting.popleft())
        while waiting:
            yield self._outcome(*waiting.popleft())

    def _submit(self, file: NamedFile) -> Job | str:
        """Return the file's job, or a sentence why the file was refused. Raises a ``Refusal`` of the options."""
        try:
            with file.open() as content:
                return self._jobs.submit([Upload(file.name, content)], self._options)
        except OSError as error:
            return f"{error.strerror or 'It cannot be read'}."
        except Refusal as refusal:
            if refusal.index is None:
                raise
            return str(refusal.__cause__)  # without the index, which is always 0 here
        except Exception as error:  # noqa: BLE001 - an error in one file must not end the others
            return _unexpected(error)

    def _outcome(self, file: NamedFile, job: Job | str) -> _Outcome:
        try:
            outcome = _Outcome(file, errors=[job]) if isinstance(job, str) else self._finish(file, job)
        except Refusal as refusal:
            outcome = _Outcome(file, errors=[str(refusal)])
        except Exception as error:  # noqa: BLE001 - as above
            outcome = _Outcome(file, errors=[_unexpected(error)])
        self._ended += 1
        return outcome

    def _finish(self, file: NamedFile, job: Job) -> _Outcome:
        while self._jobs.get(job.id).is_open:
            self._progress.show(self._ended / self._total, f"{self._ended} of {self._total}, {file.path}")
            time.sleep(_POLL)
        items = list(self._items(job))
        errors = [_error(item, len(items)) for item in items if item.status is not ItemStatus.DONE]
        good = [item for item in items if item.status is ItemStatus.DONE]
        shown = self._result(job, good) if good else None
        self._jobs.delete(job.id)
        return _Outcome(file, shown, errors)

    def _items(self, job: Job) -> Iterator[Item]:
        after = -1
        while items := self._jobs.items(job.id, after=after):
            yield from items
            after = items[-1].position

    def _result(self, job: Job, good: Sequence[Item]) -> bytes:
        """Return the results of the pages one after the other, or one of all if the format is no text."""
        if not self._form.is_text:
            return b"".join(self._form.job(self._jobs.result(job.id)))
        pages = (b"".join(self._form.page(self._jobs.item_result(item.id))) for item in good)
        return self._form.separator.encode().join(pages)


def _error(item: Item, pages: int) -> str:
    return f"{item.error_msg}" if pages == 1 else f"page {item.page}: {item.error_msg}"


def _unexpected(error: Exception) -> str:
    return f"An unexpected error stopped it ({type(error).__name__})."


@contextmanager
def _worker(service: OcrService, settings: Settings, slots: int) -> Iterator[None]:
    """Run worker threads. After a normal end they are idle, so they are only drained, which takes no time."""
    of_memory = replace(settings, backend="local")  # the backend that is set is not used, so its poll must not count
    threads = worker_threads(service, of_memory, kind="ocr", slots=slots)
    threads.start()
    try:
        yield
    except BaseException:
        threads.stop(timedelta())
        raise
    threads.drain()


@contextmanager
def _printer(form: Format) -> Iterator[Callable[[NamedFile, bytes], None]]:
    """Yield a function that prints results, separated as the format requires."""
    printed = 0

    def show(_: NamedFile, shown: bytes) -> None:
        nonlocal printed
        click.echo((form.separator.encode() if printed else b"") + shown, nl=False)
        printed += 1

    try:
        yield show
    finally:
        if printed and form.is_text:
            click.echo()


def names_file(output: Path) -> bool:
    """Return whether an output is a file, by its suffix, and not a folder."""
    return not output.is_dir() and has_format(output)


def _to_file(form: Format, path: Path) -> Callable[[NamedFile, bytes], None]:
    """Return a function that writes a result into this file."""

    def show(_: NamedFile, shown: bytes) -> None:
        write_whole(path, [shown, *_end(form)])

    return show


def _end(form: Format) -> Sequence[bytes]:
    """Return what ends a file of a format: text ends with a line."""
    return [b"\n"] if form.is_text else []


def _writer(form: Format, folder: Path, files: Sequence[NamedFile]) -> Callable[[NamedFile, bytes], None]:
    """Return a function that writes the result of ``scan.jpg`` to ``scan.jpg.txt`` or another suffix of the format."""
    (name, number), *_ = Counter(file.relative for file in files).most_common(1) or [(Path(), 0)]
    if number > 1:
        target = f"{folder / name}{form.suffix}"
        msg = f"{number} files would be written as {target}; name the folder above them, or write twice."
        raise InvalidOption(msg)

    def show(file: NamedFile, shown: bytes) -> None:
        target = folder / f"{file.relative}{form.suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, [shown, *_end(form)])

    return show
