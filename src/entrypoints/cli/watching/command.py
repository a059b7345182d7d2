"""The process of ``ocrcore watch``: services in memory, one after the other, until a signal stops it."""

import sys
import warnings
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Final

import click

from entrypoints.cli.watching.folder import WatchedFolder
from entrypoints.cli.watching.record import Record, record_of
from entrypoints.cli.watching.telling import JsonLines, Lines
from entrypoints.cli.watching.watcher import Watcher
from entrypoints.library.owner import local_jobs
from entrypoints.outputs import remove_unfinished
from entrypoints.settings import Settings
from entrypoints.signals import on_stop_signals
from entrypoints.worker.in_memory import memory_backend, serviced_in_memory
from ocrcore import JobOptions, OwnerJobs
from ocrcore.domain.errors import InvalidOption, NoFiles
from ocrcore.formats.registry import format_named

#: Files for each slot that are in memory at the same time.
_AHEAD: Final = 4
#: Files that one service reads. It keeps the audit log and the tombstones of all of them.
_MOST: Final = 1000


def watch_folder(
    settings: Settings,
    folder: Path,
    output: Path,
    form: str,
    fields: Mapping[str, str],
    settle: timedelta,
    *,
    as_json: bool = False,
) -> None:
    """Read the files of a folder until a signal stops it. Raises ``InvalidOption``, ``AlreadyWatched``, ``OSError``."""
    source, out = folder.resolve(), output.resolve()
    if source.is_relative_to(out):
        msg = f"The results cannot go into {out}, which holds the files themselves; name a folder beside or below it."
        raise InvalidOption(msg)
    out.mkdir(parents=True, exist_ok=True)
    if not sys.warnoptions:  # lines on stderr are kept for files that could not be read
        warnings.simplefilter("ignore")
    stop = Event()
    on_stop_signals(stop.set)
    with Record.open(out) as record:
        remove_unfinished(out)
        watched = WatchedFolder(source, out, record_of(out), settle=settle.total_seconds())
        watcher = Watcher(watched, record, output, format_named(form), JsonLines() if as_json else Lines())
        greeting = f"Watching {folder}; the results go to {output}. Ctrl-C ends it."
        while not stop.is_set():
            _work(settings, watcher, fields, stop, greeting)
            greeting = ""


def _work(settings: Settings, watcher: Watcher, fields: Mapping[str, str], stop: Event, greeting: str) -> None:
    """Read files with one service, so many that it stays small."""
    slots = max(1, settings.slots_or_cores)
    with memory_backend(settings) as backend, serviced_in_memory(backend, settings, slots=slots) as service:
        jobs, options = local_jobs(service), service.default_options.changed(fields)
        _check(jobs, options)
        if greeting:
            click.echo(greeting, err=True)
        watcher.work(jobs, options, stop, ahead=_AHEAD * slots, most=_MOST)


def _check(jobs: OwnerJobs, options: JobOptions) -> None:
    """Refuse options that no engine can honour before the first file comes: they are checked before the files."""
    with suppress(NoFiles):
        jobs.submit([], options)
