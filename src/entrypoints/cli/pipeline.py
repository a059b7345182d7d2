"""``ocrcore ocr``: the whole pipeline in one process, on the memory backend."""

import errno
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import click

from entrypoints.cli.failure import NO_FILES, UNEXPECTED, Failure
from entrypoints.cli.file_result import all_items, file_result, warnings_of
from entrypoints.cli.json_lines import error_line, page_lines
from entrypoints.cli.printing import Printing, Show, make_room, shower
from entrypoints.cli.progress import Progress
from entrypoints.cli.summary import Summary, passed_over_line
from entrypoints.cli.terminal import is_piped
from entrypoints.folders import NamedFile, find_files, passed_over
from entrypoints.library.owner import local_jobs
from entrypoints.settings import Settings
from entrypoints.worker.in_memory import memory_backend, serviced_in_memory
from ocrcore import ItemStatus, Job, JobOptions, OwnerJobs, Upload
from ocrcore.domain.api_key import without_keys
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import Refusal
from ocrcore.domain.lifecycle import Counts
from ocrcore.formats.registry import Format, format_named

#: Seconds between two reads of a job.
_POLL: Final = 0.02
#: Files for each slot that are in memory at the same time.
_AHEAD: Final = 4
#: The format whose lines name their files, and tell of failures too.
_JSON: Final = "json"
#: The pages of a file before they are counted.
_NOT_COUNTED: Final = Counts()


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The result of one file."""

    file: NamedFile
    #: The results of its good pages, in the output format; None if it has none.
    shown: bytes | None = None
    failures: Sequence[Failure] = ()
    #: What a person should know about what was read.
    warnings: Sequence[str] = ()
    #: How many pages were recognised.
    pages: int = 0


def read_files(settings: Settings, paths: Sequence[Path], fields: Mapping[str, str], printing: Printing) -> bool:
    """Print or write the results of the files, in order; return whether every page was recognised.

    Raises ``InvalidOption`` if two results would be written to the same file.
    """
    files, form, slots = find_files(paths), format_named(printing.form), max(1, settings.slots_or_cores)
    printer, progress = shower(printing, files), Progress(quiet=printing.quiet)
    has_summary = not printing.quiet and sys.stderr.isatty() and (printing.output is not None or len(files) > 1)
    erases, others = printing.output is None and is_piped(sys.stdout), passed_over(paths)
    summary = Summary(len(files), others)
    with (
        memory_backend(settings) as backend,
        serviced_in_memory(backend, settings, slots=slots, process_ends=True) as service,
        printer as show,
    ):
        options = service.default_options.changed(fields)
        pipeline = _Pipeline(local_jobs(service), options, form, progress, len(files), is_read=printing.is_read)
        for outcome in pipeline.outcomes(files, ahead=_AHEAD * slots):
            if erases:
                progress.end()  # or it might erase a text that the reader of the pipe has put on the terminal
            progress.clear()
            if outcome.shown is None and form.name == _JSON and printing.output is None:
                lines = (error_line(outcome.file, failure) for failure in outcome.failures)
                outcome = replace(outcome, shown=b"\n".join(lines))  # noqa: PLW2901 - the same, as it is shown
            errors = [*_shown(show, outcome), *(failure.words for failure in outcome.failures)]
            told = [*errors, *outcome.warnings]
            if told:
                make_room(show)
            for sentence in told:
                click.echo(without_keys(f"{outcome.file.path}: {sentence}"), err=True)
            summary.add(outcome.pages, errors)
    if has_summary:
        click.echo(summary.line, err=True)
    elif others and not printing.quiet:  # in the log of a cron job, too
        click.echo(passed_over_line(others), err=True)
    return not summary.errors


def _shown(show: Show, outcome: _Outcome) -> Iterator[str]:
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

    def __init__(
        self,
        jobs: OwnerJobs,
        options: JobOptions,
        form: Format,
        progress: Progress,
        total: int,
        *,
        is_read: bool = False,
    ) -> None:
        self._jobs, self._options, self._form, self._is_read = jobs, options, form, is_read
        self._progress, self._total, self._ended = progress, total, 0

    def outcomes(self, files: Sequence[NamedFile], *, ahead: int) -> Iterator[_Outcome]:
        """Yield the outcome of each file, in order; up to ``ahead`` files are submitted at the same time."""
        waiting: deque[tuple[NamedFile, Job | Failure]] = deque()
        for file in files:
            waiting.append((file, _of_folder(file) if file.error else self._submit(file)))
            if len(waiting) >= ahead:
                yield self._outcome(*waiting.popleft())
        while waiting:
            yield self._outcome(*waiting.popleft())

    def _submit(self, file: NamedFile) -> Job | Failure:
        """Return the file's job, or why the file was refused. Raises a ``Refusal`` of the options."""
        self._show(file)
        try:
            with file.open() as content:
                return self._jobs.submit([Upload(file.name, content)], self._options)
        except OSError as error:
            return Failure.of_unreadable(error)
        except Refusal as refusal:
            if refusal.index is None:
                raise
            return Failure.of_refusal(refusal)
        except Exception as error:  # noqa: BLE001 - an error in one file must not end the others
            return _unexpected(error)

    def _outcome(self, file: NamedFile, job: Job | Failure) -> _Outcome:
        try:
            outcome = _Outcome(file, failures=[job]) if isinstance(job, Failure) else self._finish(file, job)
        except Refusal as refusal:
            outcome = _Outcome(file, failures=[Failure.of_refusal(refusal)])
        except Exception as error:  # noqa: BLE001 - as above
            outcome = _Outcome(file, failures=[_unexpected(error)])
        self._ended += 1
        return outcome

    def _finish(self, file: NamedFile, job: Job) -> _Outcome:
        while (job := self._jobs.get(job.id)).is_open:
            self._show(file, job.counts)
            time.sleep(_POLL)
        items = all_items(self._jobs, job.id)
        failures = {item.id: Failure.of(item) for item in items if item.status is not ItemStatus.DONE}
        if len(items) == 1:  # a picture has no pages
            failures = {item: replace(failure, page=None) for item, failure in failures.items()}
        good = [item for item in items if item.id not in failures]
        if self._form.name == _JSON:
            result = page_lines(self._jobs, file, job, items, failures)
        else:
            headed = self._is_read and len(items) > 1
            result = file_result(self._jobs, self._form, job.id, good, headed=headed)
        shown = b"".join(result) if good else None
        self._jobs.delete(job.id)
        return _Outcome(file, shown, list(failures.values()), warnings_of(job, items), len(good))

    def _show(self, file: NamedFile, counts: Counts = _NOT_COUNTED) -> None:
        """Show how many files have ended, and how many pages of this one."""
        read = counts.done + counts.error
        pages = f", {read} of {counts.total} pages" if counts.total > 1 else ""
        part = (self._ended + read / max(1, counts.total)) / self._total
        self._progress.show(part, f"{self._ended} of {self._total}, {file.path}{pages}")


def _of_folder(file: NamedFile) -> Failure:
    """Return why there is nothing to read in a folder: it has no document, or cannot be listed."""
    return Failure(NO_FILES if file.errno == errno.ENOENT else ItemErrorCode.SOURCE_MISSING, str(file.error))


def _unexpected(error: Exception) -> Failure:
    return replace(UNEXPECTED, sentence=f"An unexpected error stopped it ({type(error).__name__}).")
