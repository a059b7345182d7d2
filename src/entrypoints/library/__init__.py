"""The library: the same service inside a program of one's own.

::

    with open_local("./ocr-data") as ocr:
        job = ocr.submit(["a.jpg", "b.png"], languages="eng+por")
        job = ocr.wait(job.id, timeout=60)
        print([item.ocr_text for item in ocr.items(job.id)])

:func:`open_aws` yields the same on the AWS backend, where workers of their own read the pages.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from entrypoints.job_options import as_text
from entrypoints.library.session import Session
from entrypoints.settings import Settings, fitting, read_settings, variable
from ocrcore_start import check_ours

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

__all__ = ["Session", "open_aws", "open_local"]

#: What a library user decides otherwise than by a setting.
_FIXED: Final = frozenset({"backend", "data_dir", "slots"})

Overrides: TypeAlias = "dict[str, str | int | timedelta]"


@contextmanager
def open_local(
    data_dir: str | os.PathLike[str] = "./ocr-data", *, slots: int | None = None, **settings: str | int | timedelta
) -> Iterator[Session]:
    """Yield a service on the data folder, which reads pages in ``slots`` threads of this process (default: cores).

    The folder is created when it is missing, and may be shared with any number of ``ocrcore serve``, ``ocrcore
    worker`` and programs like this one. With 0 slots the pages are read by those. The other settings are those of
    the environment, unless they are given here by the names of :class:`Settings`: ``item_timeout="30s"``,
    ``max_attempts=1``.

    At the end of the block nothing runs any more: pages in work are given back, and are read by whoever opens the
    folder next. Raises ``ForeignPackage``, ``SettingsError``, ``EngineMissing``; ``TypeError`` for a setting that
    there is not.
    """
    _check(settings, "open_local")
    own: Overrides = {**settings, "data_dir": str(data_dir)}
    if slots is not None:
        own["slots"] = slots
    chosen = _settings("local", own)
    with _session(chosen, chosen.slots_or_cores) as session:
        yield session


@contextmanager
def open_aws(**settings: str | int | timedelta) -> Iterator[Session]:
    """Yield a service on the AWS backend; ``ocrcore worker`` processes read the pages, this one keeps up.

    The settings are those of the environment, unless they are given here by the names of :class:`Settings`:
    ``database_url="mysql+pymysql://..."``, ``s3_bucket="my-scans"``. Credentials, region and endpoint are boto3's own.
    Raises ``ForeignPackage``, ``SettingsError``, ``EngineMissing``, ``StartRefused`` where a part is missing or not as
    it must be; ``TypeError`` for a setting that there is not.
    """
    _check(settings, "open_aws")
    with _session(_settings("aws", settings), 0) as session:
        yield session


@contextmanager
def _session(settings: Settings, slots: int) -> Iterator[Session]:
    check_ours()
    from entrypoints.bootstrap import open_service  # noqa: PLC0415 - not before the check
    from entrypoints.worker.threads import worker_threads  # noqa: PLC0415

    with open_service(settings, slots=slots) as service:
        threads = worker_threads(service, settings, kind="library", slots=slots)
        session = Session(service)
        threads.start()
        try:
            yield session
        finally:
            session.close()
            threads.stop(timedelta())


def _check(settings: Overrides, opener: str) -> None:
    for name in settings.keys() - Settings.__dataclass_fields__.keys() | _FIXED & settings.keys():
        msg = f"{opener} has no setting {name!r}"
        raise TypeError(msg)


def _settings(backend: str, given: Overrides) -> Settings:
    """Return the environment's settings with the overrides, which are read as the environment is."""
    read = read_settings({variable(name): text for name, text in as_text(given).items()})
    fields: dict[str, Any] = {name: getattr(read, name) for name in given}
    return fitting(replace(read_settings(), backend=backend, **fields))
