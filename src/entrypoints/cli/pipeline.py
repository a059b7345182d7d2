"""``ocrcore ocr``: the whole pipeline in one process, on adapters that are gone with it."""

import json
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import click

from entrypoints.cli.progress import Progress
from entrypoints.files import Named, find_pictures
from entrypoints.opening import open_service
from entrypoints.options import job_options
from entrypoints.settings import Settings
from entrypoints.worker.crew import crew_of
from ocrcore import ItemStatus, Job, JobOptions, OcrService, Upload
from ocrcore.domain.errors import InvalidOption, Refusal

#: Seconds between two looks at a job.
_LOOK: Final = 0.02
#: Files per slot that are in memory at the same time.
_AHEAD: Final = 4


@dataclass(frozen=True, slots=True)
class Printing:
    """How results are shown."""

    #: ``txt`` or ``json``.
    form: str = "txt"
    #: The folder that gets a file for each picture; None: all go to stdout.
    output: Path | None = None
    #: Whether no progress is shown.
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of one file: a text or layout to show, or a sentence."""

    file: Named
    shown: str = ""
    fault: str | None = None


def read_files(settings: Settings, paths: Sequence[Path], fields: Mapping[str, str], printing: Printing) -> bool:
    """Print or write what stands in the files, in their order; tell whether every one was read.

    Raises ``InvalidOption`` where two results would be written into one file.
    """
    files = find_pictures(paths)
    slots = max(1, min(settings.slots_or_cores, sum(file.fault is None for file in files)))
    printer = (
        _printer(printing.form)
        if printing.output is None
        else nullcontext(_writer(printing.form, printing.output, files))
    )
    progress = Progress(quiet=printing.quiet)
    faults = 0
    with open_service(settings, slots=slots, kind="memory") as service:
        options = job_options(fields, service.default_options)
        with printer as show, _crew(service, settings, slots):
            reading = _Reading(service, options, printing.form, progress, len(files))
            for outcome in reading.outcomes(files, ahead=_AHEAD * slots):
                progress.clear()
                if outcome.fault is None:
                    show(outcome)
                else:
                    faults += 1
                    click.echo(f"{outcome.file.path}: {outcome.fault}", err=True)
    return not faults


class _Reading:
    """The way of the files through the service."""

    def __init__(self, service: OcrService, options: JobOptions, form: str, progress: Progress, total: int) -> None:
        self._service, self._options, self._form = service, options, form
        self._progress, self._total, self._ended = progress, total, 0

    def outcomes(self, files: Sequence[Named], *, ahead: int) -> Iterator[_Outcome]:
        """Yield what became of each file, in order; ``ahead`` of them are under way at the same time."""
        waiting: deque[tuple[Named, Job | str]] = deque()
        for file in files:
            waiting.append((file, file.fault or self._submit(file)))
            if len(waiting) >= ahead:
                yield self._outcome(*waiting.popleft())
        while waiting:
            yield self._outcome(*waiting.popleft())

    def _submit(self, file: Named) -> Job | str:
        """Return the file's job, or why there is none. A refusal of the options, not of the file, is raised."""
        try:
            with file.path.open("rb") as content:
                return self._service.submit([Upload(file.path.name, content)], self._options)
        except OSError as error:
            return f"{error.strerror or 'It cannot be read'}."
        except Refusal as refusal:
            if refusal.index is None:
                raise
            return str(refusal.__cause__)  # without the index, which says nothing here
        except Exception as error:  # noqa: BLE001 - one file's fault, whatever it is, does not end the others
            return _unexpected(error)

    def _outcome(self, file: Named, job: Job | str) -> _Outcome:
        try:
            outcome = _Outcome(file, fault=job) if isinstance(job, str) else self._read(file, job)
        except Exception as error:  # noqa: BLE001 - as above
            outcome = _Outcome(file, fault=_unexpected(error))
        self._ended += 1
        return outcome

    def _read(self, file: Named, job: Job) -> _Outcome:
        while self._service.get(job.id).is_open:
            self._progress.show(self._ended / self._total, f"{self._ended} of {self._total}, {file.path}")
            time.sleep(_LOOK)
        (item,) = self._service.items(job.id)
        if item.status is ItemStatus.DONE:
            outcome = _Outcome(file, self._result(item.id))
        else:
            outcome = _Outcome(file, fault=item.error_msg)
        self._service.delete(job.id)
        return outcome

    def _result(self, item_id: UUID) -> str:
        if self._form == "json":
            return json.dumps(self._service.item_layout(item_id), ensure_ascii=False)
        return self._service.item_result(item_id)


def _unexpected(error: Exception) -> str:
    return f"A fault of the program stopped it ({type(error).__name__})."


@contextmanager
def _crew(service: OcrService, settings: Settings, slots: int) -> Iterator[None]:
    """Let a crew work. At a good end it has nothing left to do, and nobody waits for its threads to see that."""
    of_memory = replace(settings, backend="local")  # whatever the service is deployed on, these files never get there
    crew = crew_of(service, of_memory, kind="ocr", slots=slots)
    crew.start()
    try:
        yield
    except BaseException:
        crew.stop(timedelta())
        raise
    crew.drain()


@contextmanager
def _printer(form: str) -> Iterator[Callable[[_Outcome], None]]:
    """Yield what prints: texts with a form feed between each two, as the API has them, or one JSON document a line."""
    separator = "\f" if form == "txt" else "\n"
    printed = 0

    def show(outcome: _Outcome) -> None:
        nonlocal printed
        click.echo(f"{separator if printed else ''}{outcome.shown}", nl=False)
        printed += 1

    try:
        yield show
    finally:
        if printed:
            click.echo()


def _writer(form: str, folder: Path, files: Sequence[Named]) -> Callable[[_Outcome], None]:
    """Return what writes ``scan.jpg`` as ``scan.jpg.txt`` or ``scan.jpg.json``."""
    (name, number), *_ = Counter(file.relative for file in files).most_common(1) or [(Path(), 0)]
    if number > 1:
        msg = f"{number} files would be written as {folder / name}.{form}; name the folder above them, or write twice."
        raise InvalidOption(msg)

    def show(outcome: _Outcome) -> None:
        target = folder / f"{outcome.file.relative}.{form}"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"{outcome.shown}\n", encoding="utf-8")

    return show
