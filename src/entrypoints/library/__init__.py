"""The library: the service inside your own program.

::

    from entrypoints.library import read

    print(read("scan.pdf").text)

:func:`read` reads files and keeps nothing; :func:`open_local` opens a service whose jobs are kept in a folder::

    from entrypoints.library import open_local

    with open_local("./ocr-data") as ocr:
        job = ocr.submit(["a.jpg", "b.png"], languages="eng+por")
        job = ocr.wait(job.id, timeout=60)
        print([item.ocr_text for item in ocr.items(job.id)])

:func:`open_aws` opens the same on the AWS backend, where separate worker processes recognise the pages.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from entrypoints.job_options import as_text
from entrypoints.library.session import Session
from entrypoints.settings import Settings, fitting, read_settings, variable
from ocrcore_start import check_ours

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from typing import Unpack

    from entrypoints.inputs import Files
    from entrypoints.library.reading import Reading, ReadPage
    from ocrcore.domain.options import OptionFields

__all__ = ["ReadPage", "Reading", "Session", "open_aws", "open_local", "read"]

#: Settings that cannot be overridden by name: the function or one of its own parameters decides them.
_FIXED: Final = frozenset({"backend", "data_dir", "slots"})

Overrides: TypeAlias = "dict[str, str | int | timedelta]"

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Import what programs name in their annotations when they do: it needs modules that a start should not."""
        if name not in {"ReadPage", "Reading"}:
            msg = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(msg)
        check_ours()
        from entrypoints.library import reading  # noqa: PLC0415

        return getattr(reading, name)


def read(
    files: Files,
    *,
    timeout: float | timedelta | None = None,
    slots: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    **options: Unpack[OptionFields],
) -> Reading:
    """Read files, and return their pages and their text; no server is needed, and nothing is kept on the disk.

    A file is a path, bytes, a file that was opened in binary mode, a pair ``("scan.png", content)`` of a name and one
    of these two, or a picture of Pillow; a folder stands for the documents below it. ``files`` is one of them, or
    several. The pages of all are read at the same time in ``slots`` threads (default: the settings', else one per
    core), so one call for many files is faster than many calls. ``on_progress`` is called with the pages that are
    finished and the total, a few times a second and at the end. The options are those of a job, as
    ``languages="eng+por"`` and ``pages="1-3"``; the settings are those of the environment, except the limits and times
    that a service sets for the jobs of others.

    A page that cannot be read, or a file among several, is a page of the result with an ``error``. If there is no text
    at all, its error is raised: a ``Refusal``, such as ``UnsupportedImage``, or ``PageFailed``. A warning of pages
    without a text, and of what one should know about files and pages, is logged. Raises ``FileNotFoundError`` or
    ``PermissionError`` before anything is read, ``TimeoutError`` after ``timeout`` (seconds; None: never), and what
    :func:`open_local` raises.
    """
    check_ours()
    from entrypoints.library.reading import read_files  # noqa: PLC0415 - after the check

    given: Overrides = {} if slots is None else {"slots": slots}
    return read_files(files, _settings("local", given), timeout, options, on_progress)


def open_local(
    data_dir: str | os.PathLike[str] = "./ocr-data", *, slots: int | None = None, **settings: str | int | timedelta
) -> Session:
    """Open a service on the data folder, which recognises pages in ``slots`` threads of this process (default: cores).

    Use it in a ``with`` block, or call ``close()``. The folder is created if it is missing. Any number of
    ``ocrcore serve``, ``ocrcore worker`` and programs like this one may share it; with 0 slots, they recognise the
    pages. The other settings are those of the environment, unless they are given here by the names of
    :class:`Settings`: ``item_timeout="30s"``, ``max_attempts=1``.

    When it is closed, every thread is stopped: unfinished pages are given back, for the next process that opens the
    folder. Raises ``ForeignPackage``, ``SettingsError`` or ``EngineMissing``; ``TypeError`` for an unknown setting.
    """
    _check(settings, "open_local")
    own: Overrides = {**settings, "data_dir": str(data_dir)}
    if slots is not None:
        own["slots"] = slots
    chosen = _settings("local", own)
    return _opened(chosen, chosen.slots_or_cores)


def open_aws(**settings: str | int | timedelta) -> Session:
    """Open a service on the AWS backend. ``ocrcore worker`` processes recognise the pages; this one runs upkeep only.

    Use it in a ``with`` block, or call ``close()``. The settings are those of the environment, unless they are given
    here by the names of :class:`Settings`: ``database_url="mysql+pymysql://..."``, ``s3_bucket="my-scans"``.
    Credentials, region and endpoint are boto3's own. Raises ``ForeignPackage``, ``SettingsError`` or ``EngineMissing``;
    ``ExtraMissing`` without ``ocrcore[aws]``; ``StartRefused`` if a part is missing or misconfigured; ``TypeError`` for
    an unknown setting.
    """
    _check(settings, "open_aws")
    return _opened(_settings("aws", settings), 0)


def _opened(settings: Settings, slots: int) -> Session:
    check_ours()
    from entrypoints.bootstrap import open_service  # noqa: PLC0415 - after the check
    from entrypoints.worker.threads import worker_threads  # noqa: PLC0415

    with ExitStack() as stack:
        service = stack.enter_context(open_service(settings, slots=slots))
        threads = worker_threads(service, settings, kind="library", slots=slots)
        stack.callback(threads.stop, timedelta())
        threads.start()
        return Session(service, stack.pop_all().close)


def _check(settings: Overrides, opener: str) -> None:
    for name in settings.keys() - Settings.__dataclass_fields__.keys() | _FIXED & settings.keys():
        msg = f"{opener} has no setting {name!r}"
        raise TypeError(msg)


def _settings(backend: str, given: Overrides) -> Settings:
    """Return the environment's settings with the overrides, which are parsed like environment variables."""
    read = read_settings({variable(name): text for name, text in as_text(given).items()})
    fields: dict[str, Any] = {name: getattr(read, name) for name in given}
    return fitting(replace(read_settings(), backend=backend, **fields))
