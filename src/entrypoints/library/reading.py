"""``read``: files in, their text out, without a service and without anything left behind."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from entrypoints.bootstrap import open_on
from entrypoints.inputs import as_list, as_uploads, left_out
from entrypoints.left_out import file_warnings, page_warnings, tell_of
from entrypoints.library.owner import local_jobs
from entrypoints.library.session import Session, telling
from entrypoints.named_limits import named, named_refusal, naming_settings
from entrypoints.outputs import write_whole
from entrypoints.worker.in_memory import memory_backend, serviced_in_memory
from ocrcore.application.jobs.inspect_uploads import stream_size
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import EmptyFile, FileTooLarge, PageFailed
from ocrcore.formats.registry import format_named, format_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import timedelta
    from os import PathLike

    from entrypoints.backends.backend import OpenBackend
    from entrypoints.inputs import Files
    from entrypoints.settings import Settings
    from ocrcore import Item, Job, Layout, Line, Upload
    from ocrcore.domain.codes import ItemWarning
    from ocrcore.domain.file_warning import FileWarning
    from ocrcore.domain.options import OptionFields

_log = logging.getLogger(__name__)

_SEPARATOR: Final = "\f"
#: Files and pages of one call: the limits of the settings are for the files of others.
_MOST: Final = 1_000_000


class ReadPage:
    """A page that was read, or that could not be."""

    def __init__(
        self, index: int, item: Item, read_layout: Callable[[], Layout] | None, too_large: FileTooLarge | None = None
    ) -> None:
        self._index, self._item, self._read_layout, self._too_large = index, item, read_layout, too_large

    @property
    def index(self) -> int:
        """The place of its file among all that were given, from 0; a folder counts as the documents in it."""
        return self._index

    @property
    def filename(self) -> str:
        """The name of its file."""
        return self._item.filename

    @property
    def page(self) -> int:
        """Its number in its file, from 1."""
        return self._item.page

    @property
    def text(self) -> str:
        """Its text; empty if it could not be read."""
        return self._item.ocr_text or ""

    @property
    def confidence(self) -> float | None:
        """The mean over its words, 0 to 100; None without words."""
        return self._item.confidence

    @property
    def warnings(self) -> Sequence[ItemWarning]:
        """What to know about it.

        ``pages-lost`` if a part of it is damaged, and was not read; ``no-words`` for ink in which no words were found;
        ``second-look-cut`` if it should be read once more.
        """
        return self._item.warnings

    @property
    def error(self) -> PageFailed | FileTooLarge | None:
        """Why it could not be read, with a ``code`` and a sentence, or None."""
        if self._too_large is not None:
            return self._too_large
        failure = self._item.failure
        return None if failure is None else named(failure)

    @cached_property
    def layout(self) -> Layout | None:
        """Its size in pixels, engine, languages, and its lines and words with their boxes; None if it was not read."""
        return None if self._read_layout is None else self._read_layout()

    @property
    def lines(self) -> Sequence[Line]:
        """The lines of its layout, in reading order."""
        return () if self.layout is None else self.layout.lines

    def __repr__(self) -> str:
        return f"<page {self.page} of {self.filename!r}: {self.error or f'{len(self.text)} characters'}>"


class Reading:
    """The result of :func:`entrypoints.library.read`. It holds the files in memory, for :meth:`save`.

    ``pages`` are all pages, each a ``ReadPage``, in the order of the files. ``passed_over`` are the files of folders
    that were not read, because their names do not end as those of pictures and documents do, and links to folders;
    hidden files are not among them.
    """

    def __init__(
        self,
        backend: OpenBackend,
        settings: Settings,
        job: Job,
        pages: Sequence[ReadPage],
        passed_over: Sequence[Path] = (),
    ) -> None:
        self._backend, self._settings, self._job = backend, settings, job
        #: All pages, in the order of the files; those that could not be read have an ``error``.
        self.pages = pages
        #: The files and links of folders that were not read.
        self.passed_over = passed_over

    @property
    def text(self) -> str:
        """The text of the pages that could be read, a form feed between two, as the API's format ``txt``."""
        return _SEPARATOR.join(page.text for page in self.pages if page.error is None)

    @property
    def warnings(self) -> Sequence[FileWarning]:
        """What a person should know about the files."""
        return self._job.warnings

    def save(self, path: str | PathLike[str], format: str | None = None) -> None:  # noqa: A002 - the API's name
        """Write the result into a file, in the format of its suffix, or another of the API's.

        A file that is there is replaced, once the result is whole. Raises ``InvalidOption``, ``NotPdfA`` and
        ``OSError``.
        """
        form = format_of(Path(path)) if format is None else format_named(format)
        with open_on(self._backend, self._settings, slots=0) as service:
            write_whole(Path(path), form.job(local_jobs(service).result(self._job.id)))

    def __repr__(self) -> str:
        failed = sum(page.error is not None for page in self.pages)
        return f"<reading of {len(self.pages)} pages{f', {failed} failed' if failed else ''}>"


def read_files(
    files: Files,
    settings: Settings,
    timeout: float | timedelta | None,
    options: OptionFields,
    on_progress: Callable[[int, int], None] | None = None,
) -> Reading:
    """Return what :func:`entrypoints.library.read` does, with these settings."""
    own = replace(settings, max_files=max(settings.max_files, _MOST), max_items=max(settings.max_items, _MOST))
    options.setdefault("accept_partial", True)
    with ExitStack() as stack:
        listed = as_list(files)
        uploads = as_uploads(listed, stack)
        too_large = _too_large(uploads, own.max_file_bytes) if options["accept_partial"] else {}
        # No page has the code of such a file, so an empty one takes its place.
        given = [
            (file.filename, BytesIO() if index in too_large else file.content) for index, file in enumerate(uploads)
        ]
        backend = stack.enter_context(memory_backend(own))
        service = stack.enter_context(serviced_in_memory(backend, own, slots=max(1, own.slots_or_cores)))
        session, owned = Session(service), local_jobs(service)
        look = None if on_progress is None else telling(on_progress)
        try:
            job = session.wait(session.submit(given, **options).id, timeout, on_look=look)
            with naming_settings():
                layouts = {page.item.id: page.read_layout for page in owned.read_result(job.id).pages}
        except (EmptyFile, PageFailed) as error:  # there is no text at all, and this is the first reason
            first = getattr(error, "index", None) or 0
            if error.code == ItemErrorCode.EMPTY_FILE and first in too_large:
                raise too_large[first] from None
            raise
        # All pages of a file, and of no other, have the same key.
        found = session.items(job.id)
        of_files = groupby(found, key=lambda item: item.s3_key)
        pages = [
            ReadPage(index, item, layouts.get(item.id), too_large.get(index))
            for index, (_, items) in enumerate(of_files)
            for item in items
        ]
        warnings = [f"{file}: {sentence}" for file, sentence in file_warnings(job)]
        warnings += [f"{item.filename}, page {item.page}: {told}" for item in found for told in page_warnings(item)]
        tell_of(_log, [str(page.error) for page in pages if page.error is not None], warnings)
        return Reading(backend, own, job, pages, left_out(listed))


def _too_large(uploads: Sequence[Upload], most: int) -> Mapping[int, FileTooLarge]:
    """Return the refusals of the files with too many bytes, by their place."""
    sizes = enumerate(stream_size(upload.content) for upload in uploads)
    refusals = {
        index: FileTooLarge.above(most).at(index, uploads[index].filename) for index, size in sizes if size > most
    }
    for refusal in refusals.values():
        named_refusal(refusal)
    return refusals
