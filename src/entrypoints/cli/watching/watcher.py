"""The watcher: decides which files of a folder are read next, and follows them until their outcome is there."""

import hashlib
import os
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import BinaryIO, Final, cast

from entrypoints.cli.failure import UNEXPECTED, Failure
from entrypoints.cli.file_result import all_items, file_result, warnings_of
from entrypoints.cli.watching.folder import PassedOver, Stamp, WatchedFolder, WholeFile
from entrypoints.cli.watching.outcomes import Outcomes
from entrypoints.cli.watching.record import Record
from entrypoints.cli.watching.telling import Lines, Teller
from ocrcore import ItemStatus, Job, JobOptions, OwnerJobs, Unavailable, Upload
from ocrcore.domain.codes import ProblemCode
from ocrcore.domain.errors import LimitReached, Refusal
from ocrcore.formats.registry import Format

#: Seconds between two looks at the folder, at least; and the part of the time that looks may take.
_INTERVAL, _LOOKING = 1.0, 0.1
#: Seconds between two looks at the jobs, while there are any.
_POLL: Final = 0.05
#: Seconds until a file is tried again that could not be opened, or whose result could not be written for now.
_REST: Final = 60.0
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class _InWork:
    """A file whose job is not finished."""

    file: WholeFile
    sha256: str
    job: Job


class Watcher:
    """Reads the files of one folder into another."""

    def __init__(
        self, folder: WatchedFolder, record: Record, out: Path, form: Format, tell: Teller | None = None
    ) -> None:
        self._folder, self._record, self._tell = folder, record, tell or Lines()
        self._outcomes = Outcomes(record, out, form, self._tell)
        self._ready: deque[WholeFile] = deque()
        self._in_work: dict[Path, _InWork] = {}
        #: Path -> when it is tried again, in seconds of the monotonic clock.
        self._resting: dict[Path, float] = {}
        #: What was said to be passed over, and is still there: it is said once.
        self._passed_over: set[PassedOver] = set()
        self._next_look = 0.0
        self._is_gone = False

    def work(self, jobs: OwnerJobs, options: JobOptions, stop: Event, *, ahead: int, most: int) -> None:
        """Read files until ``stop`` is set, or until ``most`` of them are read; up to ``ahead`` at the same time."""
        begun = 0
        self._in_work.clear()
        while not stop.is_set() and (begun < most or self._in_work):
            self._look()
            while self._ready and len(self._in_work) < ahead and begun < most and not stop.is_set():
                self._begin(jobs, options, self._ready.popleft())
                begun += 1
            for work in list(self._in_work.values()):
                self._end(jobs, work)
            stop.wait(_POLL if self._in_work else max(0.0, self._next_look - time.monotonic()))

    def _look(self) -> None:
        """Note which files are to be read, if it is time to look."""
        began = time.monotonic()
        if began < self._next_look:
            return
        self._tell_if_it_is_gone()
        self._resting = {path: until for path, until in self._resting.items() if until > began}
        self._ready = deque(file for file in self._folder.look() if self._is_new(file))
        self._tell_what_is_not_read()
        ended = time.monotonic()
        self._next_look = ended + max(_INTERVAL, (ended - began) / _LOOKING)

    def _tell_if_it_is_gone(self) -> None:
        """Say once that the folder cannot be listed, as when a share is not mounted."""
        if self._folder.is_there == self._is_gone:
            self._is_gone = not self._is_gone
            self._tell.folder(is_gone=self._is_gone)

    def _tell_what_is_not_read(self) -> None:
        """Say, once each, what is passed over, and which files are gone that nobody has read."""
        for over in self._folder.passed_over:
            if over not in self._passed_over:
                self._tell.passed_over(over.relative, over.reason)
        if not self._is_gone:  # or all would be said again when it is back
            self._passed_over = set(self._folder.passed_over)
        for file in self._folder.gone:
            if self._is_unread(file):
                self._tell.gone(file.relative)

    def _is_new(self, file: WholeFile) -> bool:
        return self._is_unread(file) and file.relative not in self._resting

    def _is_unread(self, file: WholeFile) -> bool:
        entry = self._record.find(str(file.relative))
        return (entry is None or entry.stamp != file.stamp) and file.relative not in self._in_work

    def _begin(self, jobs: OwnerJobs, options: JobOptions, file: WholeFile) -> None:
        try:
            with _opened(file.path) as content:
                if Stamp.of(os.fstat(content.fileno())) != file.stamp:
                    return
                sha256 = _sha256(content)
                entry = self._record.find(str(file.relative))
                if entry is not None and entry.sha256 == sha256:
                    self._outcomes.note(file, sha256, entry.code)
                    return
                self._submit(jobs, options, file, sha256, content)
        except FileNotFoundError:
            return  # it was removed or renamed since the look: the next one says so
        except OSError as error:
            self._rest(file, f"It cannot be read: {error.strerror or error}")

    def _submit(self, jobs: OwnerJobs, options: JobOptions, file: WholeFile, sha256: str, content: BinaryIO) -> None:
        try:
            job = jobs.submit([Upload(file.path.name, content)], options)
        except Unavailable:
            return  # it is tried again after the next look
        except Refusal as refusal:
            if isinstance(refusal, LimitReached) or refusal.code is ProblemCode.BUSY:
                return  # as above
            if refusal.index is None:
                raise
            self._fail(file, sha256, [Failure.of_refusal(refusal)])
            return
        except OSError:
            raise
        except Exception:  # noqa: BLE001 - an error in one file must not end the others
            self._fail(file, sha256, [UNEXPECTED])
            return
        if Stamp.of(os.fstat(content.fileno())) == file.stamp:
            self._in_work[file.relative] = _InWork(file, sha256, job)
        else:
            jobs.delete(job.id)  # somebody began to write to it again

    def _end(self, jobs: OwnerJobs, work: _InWork) -> None:
        """Write the result of a job if it is finished."""
        try:
            job = jobs.get(work.job.id)
            if job.is_open:
                return
            items = all_items(jobs, work.job.id)
            failures = [Failure.of(item) for item in items if item.status is not ItemStatus.DONE]
            good = [item for item in items if item.status is ItemStatus.DONE]
            if good:
                result = file_result(jobs, self._outcomes.form, work.job.id, good)
                self._outcomes.succeed(work.file, work.sha256, result, failures, warnings_of(job, items))
            else:
                self._fail(work.file, work.sha256, failures)
        except Unavailable:
            return  # it is tried again soon
        except Refusal as refusal:  # such as a result that cannot be a PDF/A
            self._fail(work.file, work.sha256, [Failure.of_refusal(refusal)])
        except BrokenPipeError:
            raise  # the reader of stdout is gone
        except OSError as error:
            if self._outcomes.is_lasting(error, work.file):
                self._fail(work.file, work.sha256, [Failure.of_unwritable(error)])
            else:
                self._rest(work.file, f"Its result cannot be written: {error.strerror or error}")
        except Exception:  # noqa: BLE001 - as above
            self._fail(work.file, work.sha256, [UNEXPECTED])
        del self._in_work[work.file.relative]
        jobs.delete(work.job.id)

    def _fail(self, file: WholeFile, sha256: str, failures: Sequence[Failure]) -> None:
        try:
            self._outcomes.fail(file, sha256, failures)
        except OSError as error:
            self._rest(file, f"Its error cannot be written: {error.strerror or error}")

    def _rest(self, file: WholeFile, sentence: str) -> None:
        """Say why a file has to wait; it is tried again later."""
        self._resting[file.relative] = time.monotonic() + _REST
        self._tell.delayed(file.relative, f"{sentence}; it is tried again in {_REST:.0f} s.")


def _opened(path: Path) -> BinaryIO:
    """Open a regular file, also if somebody has just put a link or a pipe in its place. Raises ``OSError``."""
    return cast("BinaryIO", os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb"))


def _sha256(content: BinaryIO) -> str:
    whole = hashlib.sha256()
    while chunk := content.read(_CHUNK):
        whole.update(chunk)
    return whole.hexdigest()
