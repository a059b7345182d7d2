"""Landlock: rules for the files and connections of a process, set by the process itself (landlock(7))."""

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_ASK_VERSION: Final = 1
_PATH_BENEATH: Final = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = (1 << bit for bit in range(4))
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
#: Version of the kernel's interface -> the rights over files that it knows. Later versions know at least as many.
_RIGHTS: Final = ((5, (1 << 16) - 1), (3, (1 << 15) - 1), (2, (1 << 14) - 1), (1, (1 << 13) - 1))
_READING: Final = _EXECUTE | _READ_FILE | _READ_DIR
#: The rights that a file may have; the others are of folders.
_OF_FILES: Final = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_TCP: Final = 0b11
_SIGNALS_AND_ABSTRACT_SOCKETS: Final = 0b11
_WITH_TCP, _WITH_SCOPES = 4, 6

_libc: Final = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def restrict_files(readable: Iterable[Path], writable: Iterable[Path]) -> int:
    """Let this process read and execute only below ``readable``, and write only below ``writable``.

    Paths that do not exist are skipped. Returns the version of the kernel's interface, 0 if it has none: nothing is
    restricted then.
    """
    version = int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION))
    if version < 1:
        return 0
    rights = next(rights for least, rights in _RIGHTS if version >= least)
    attributes = _Ruleset(
        rights,
        _TCP if version >= _WITH_TCP else 0,
        _SIGNALS_AND_ABSTRACT_SOCKETS if version >= _WITH_SCOPES else 0,
    )
    size = 8 if version < _WITH_TCP else 16 if version < _WITH_SCOPES else 24
    ruleset = int(_libc.syscall(_CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), 0))
    if ruleset < 0:
        return 0
    try:
        for paths, allowed in ((readable, _READING), (writable, rights & ~_EXECUTE)):
            for path in paths:
                _allow(ruleset, path, allowed & rights)
        return version if _libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0 else 0
    finally:
        os.close(ruleset)


def holds_signals(version: int) -> bool:
    """Return whether this version of the kernel's interface keeps signals to other processes back."""
    return version >= _WITH_SCOPES


def _allow(ruleset: int, path: Path, allowed: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rule = _PathBeneath(allowed if path.is_dir() else allowed & _OF_FILES, parent)
        _libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(parent)
