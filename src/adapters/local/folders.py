"""Folder walks by descriptor instead of by path, so that no symbolic link can redirect a step."""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Final

#: Accessible to the owner only.
FOLDER_MODE: Final = 0o700

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


@contextmanager
def descend(root: int, names: Sequence[str], *, make: bool = False) -> Iterator[Sequence[int]]:
    """Open the folders ``names``, each within the previous one, and yield ``root`` and their descriptors.

    ``make`` creates missing folders. Raises ``FileNotFoundError``, ``NotADirectoryError``, or ``OSError`` with
    ``ELOOP`` if a name is a symbolic link.
    """
    with ExitStack() as stack:
        folders = [root]
        for name in names:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(name, FOLDER_MODE, dir_fd=folders[-1])
            folders.append(_enter(folders[-1], name))
            stack.callback(os.close, folders[-1])
        yield folders


def files(folder: int, path: str, beginning: str, after: str = "") -> Iterator[str]:
    """Yield the paths of all files under ``folder`` whose first name starts with ``beginning``, in path order.

    ``path`` is the prefix of every path. Paths that do not sort after ``after`` are skipped. Folders are opened one at
    a time, each when its turn comes. Symbolic links, and files and folders that vanish meanwhile, are skipped.
    """
    with os.scandir(folder) as entries:
        reached = (
            path + entry.name + "/" * entry.is_dir(follow_symlinks=False)
            for entry in entries
            if _counts(entry, beginning)
        )
        paths = sorted(one for one in reached if one > after or (one.endswith("/") and after.startswith(one)))
    for one in paths:
        if not one.endswith("/"):
            yield one
            continue
        with suppress(FileNotFoundError), descend(folder, [one[len(path) : -1]]) as (_, child):
            yield from files(child, one, "", after)


def prune(folders: Sequence[int], names: Sequence[str]) -> None:
    """Remove the folders that :func:`descend` opened, innermost first, up to the first that is not empty."""
    for parent, name in reversed(list(zip(folders, names, strict=False))):
        try:
            os.rmdir(name, dir_fd=parent)
        except FileNotFoundError:
            continue  # a concurrent delete removed it
        except OSError as error:
            if error.errno in {errno.ENOTEMPTY, errno.EEXIST}:
                return
            raise


def is_folder(folder: int, name: str) -> bool:
    """Return whether a folder of this name exists."""
    try:
        return stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False


def _counts(entry: "os.DirEntry[str]", beginning: str) -> bool:
    return entry.name.startswith(beginning) and not entry.is_symlink()


def _enter(folder: int, name: str) -> int:
    try:
        return os.open(name, _FOLDER, dir_fd=folder)
    except NotADirectoryError:
        if stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from None
        raise
