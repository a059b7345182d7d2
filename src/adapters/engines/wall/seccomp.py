"""seccomp: a filter in the kernel that fails the system calls which no engine needs (seccomp(2)).

The filter is a program of classic BPF over the number, the architecture and the first argument of a call. A call of
another architecture kills the process, because its numbers mean other calls.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_PR_SET_SECCOMP: Final = 22
_FILTER_MODE: Final = 2

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
#: Offsets of the number, the architecture, and the low half of the first argument.
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
#: Numbers from here on are of the x32 interface.
_X32: Final = 0x40000000
#: The flags of ``clone`` that begin a namespace.
_NAMESPACES: Final = 0x7E020080
_instruction: Final = struct.Struct("=HBBI")

_libc: Final = ctypes.CDLL(None, use_errno=True)

#: The same on every architecture: io_uring, mounts by descriptor, processes by descriptor, memory of others.
_COMMON: Final = (424, 425, 426, 427, 428, 429, 430, 431, 432, 433, 434, 438, 440, 442, 448)


@dataclass(frozen=True, slots=True)
class _Calls:
    """An architecture and its numbers."""

    architecture: int
    clone: int
    #: Sockets, tracing, memory of other processes, namespaces, mounts, roots, BPF, performance counters, keys, faults
    #: in user space, users and groups, modules, other kernels, clocks, handles of files, quotas and the log.
    refused: tuple[int, ...]


# fmt: off
_CALLS: Final[Mapping[str, _Calls]] = {
    "x86_64": _Calls(0xC000003E, 56, (
        41, 42, 43, 49, 50, 288, 101, 310, 311, 312, 272, 308, 165, 166, 155, 161, 321, 298, 248, 249, 250, 323,
        105, 106, 113, 114, 116, 117, 119, 122, 123, 175, 176, 313, 246, 320, 167, 168, 169, 170, 171, 159, 164, 227,
        305, 172, 173, 303, 304, 163, 179, 443, 103, 153, 212, 134, 139, 136,
    )),
    "aarch64": _Calls(0xC00000B7, 220, (
        198, 203, 202, 200, 201, 242, 117, 270, 271, 272, 97, 268, 40, 39, 41, 51, 280, 241, 217, 218, 219, 282,
        146, 144, 145, 143, 159, 147, 149, 151, 152, 105, 106, 273, 104, 294, 224, 225, 142, 161, 162, 171, 170, 112,
        266, 264, 265, 89, 60, 443, 116, 58, 18,
    )),
}
# fmt: on
#: With flags in memory, where a filter cannot look. The C library uses ``clone`` if the kernel lacks it.
_CLONE3: Final = 435


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def refuse_calls() -> bool:
    """Install the filter in this process. Returns whether the kernel, and this architecture, have it."""
    calls = _CALLS.get(os.uname().machine)
    if calls is None:
        return False
    code = b"".join(_filter(calls))
    program = _Program(len(code) // _instruction.size, code)
    return bool(_libc.prctl(_PR_SET_SECCOMP, _FILTER_MODE, ctypes.byref(program), 0, 0) == 0)


def _filter(calls: _Calls) -> Iterator[bytes]:
    """Yield the instructions: code, steps to skip if true, steps to skip if false, operand."""
    not_permitted, not_there = _ERROR | errno.EPERM, _ERROR | errno.ENOSYS
    yield _instruction.pack(_LOAD, 0, 0, _ARCHITECTURE)
    yield _instruction.pack(_EQUAL, 1, 0, calls.architecture)
    yield _instruction.pack(_RETURN, 0, 0, _KILL)
    yield _instruction.pack(_LOAD, 0, 0, _NUMBER)
    yield _instruction.pack(_AT_LEAST, 0, 1, _X32)
    yield _instruction.pack(_RETURN, 0, 0, _KILL)
    for number in (*_COMMON, *calls.refused):
        yield _instruction.pack(_EQUAL, 0, 1, number)
        yield _instruction.pack(_RETURN, 0, 0, not_permitted)
    yield _instruction.pack(_EQUAL, 0, 1, _CLONE3)
    yield _instruction.pack(_RETURN, 0, 0, not_there)
    yield _instruction.pack(_EQUAL, 0, 3, calls.clone)
    yield _instruction.pack(_LOAD, 0, 0, _FIRST_ARGUMENT)
    yield _instruction.pack(_ANY_BIT, 0, 1, _NAMESPACES)
    yield _instruction.pack(_RETURN, 0, 0, not_permitted)
    yield _instruction.pack(_RETURN, 0, 0, _ALLOW)
