"""The data folder of a process: its SQLite file, and its folder of documents."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from adapters.local.documents import FolderDocuments
from entrypoints.backends.backend import StartRefused
from entrypoints.settings import Settings, SettingsError
from ocrcore import Finding, FindingKind
from ocrcore.domain.errors import StorageFull, StorageUnavailable

_DATABASE: Final = "ocr.sqlite3"
_DOCUMENTS: Final = "documents"


def database_file(settings: Settings) -> Path:
    """Return the path of the SQLite file."""
    return settings.data_dir / _DATABASE


def documents_folder(settings: Settings) -> Path:
    """Return the path of the folder of documents."""
    return settings.documents_dir or settings.data_dir / _DOCUMENTS


def require_data(settings: Settings) -> None:
    """Raise ``SettingsError`` if there is no SQLite file."""
    if not database_file(settings).is_file():
        msg = f"There is no data in the folder {settings.data_dir}; OCR_DATA_DIR names another, ocrcore init makes one."
        raise SettingsError(msg)


def make_data_folder(settings: Settings) -> None:
    """Create the data folder if it is missing. Raises ``SettingsError`` if it cannot be made or written to."""
    _usable_folder("OCR_DATA_DIR", settings.data_dir)


def make_private(file: Path) -> None:
    """Create the database's file for this user alone, whatever the mode of its folder. An existing one stays as it is.

    SQLite gives its other files the mode of this one.
    """
    with suppress(OSError):  # opening the database says why
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def open_folder(settings: Settings, *, make: bool, examined: bool) -> FolderDocuments:
    """Return the store in the folder of documents, which is created if ``make``.

    Else it must be there, except for the doctor. A process that made it could make it beside the one that all machines
    share, in the place where that is not mounted yet.
    """
    folder = documents_folder(settings)
    if make and settings.documents_dir is None:
        make_data_folder(settings)
    elif make:
        _usable_folder("OCR_DOCUMENTS_DIR", folder)
    documents = FolderDocuments(folder, settings.bucket, make=make)
    if not (make or examined):
        try:
            documents.check()
        except StorageFull:
            return documents  # as good as any other that fills up later
        except StorageUnavailable as error:
            msg = f"The folder of documents {folder} cannot be used. {error} Mount it; ocrcore init makes a new one."
            raise StartRefused(msg) from error
    return documents


def readable_data(settings: Settings) -> Sequence[Finding]:
    """Return a finding for each folder that others can reach, and read the database or list the documents in it.

    A folder that is not in use may be missing.
    """
    in_data_folder = [_DATABASE] if settings.documents_dir else [_DATABASE, _DOCUMENTS]
    found = [*_readable(settings.data_dir, in_data_folder)]
    if settings.documents_dir is not None:
        found += _readable(settings.documents_dir.parent, [settings.documents_dir.name])
    return found


def _readable(root: Path, names: Sequence[str]) -> Iterator[Finding]:
    path = root.resolve()
    if not path.exists() or not all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents)):
        return
    if readable := [name for name in names if _is_readable_by_others(path / name)]:
        yield Finding(FindingKind.READABLE_DATA, f"in {path}: {', '.join(readable)}")


def _is_readable_by_others(path: Path) -> bool:
    return path.exists() and bool(path.stat().st_mode & stat.S_IROTH)


def _usable_folder(variable: str, path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        msg = f"{variable} {path} cannot be made: {error.strerror}."
        raise SettingsError(msg) from error
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        msg = f"{variable} {path} is on a file system that is mounted read-only; mount it writable, or name another."
        raise SettingsError(msg)
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        msg = f"{variable} {path} may not be read and written by this user; change its mode or owner, or name another."
        raise SettingsError(msg)
