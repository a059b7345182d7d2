"""Capabilities: the parts of root's power (capabilities(7))."""

import ctypes
from typing import Final

_VERSION_3: Final = 0x20080522
_PR_CAPBSET_DROP: Final = 24
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_MOST: Final = 64

_libc: Final = ctypes.CDLL(None, use_errno=True)


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def drop_capabilities() -> bool:
    """Give up all capabilities, also those that a program started later could gain. Returns whether none is left."""
    for number in range(_MOST):
        if _libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0) != 0:
            break  # the last one, or no right to do so, which no_new_privs makes unnecessary
    _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header, nothing = _Header(_VERSION_3, 0), (_Sets * 2)()
    return bool(_libc.capset(ctypes.byref(header), ctypes.byref(nothing)) == 0)
