"""seccomp: a filter in the kernel that fails the system calls which no engine needs (seccomp(2)).

The filter is a program of classic BPF over the number, the architecture and the low half of an argument of a call; the
kernel, too, reads only that half of process ids, requests, families of sockets and lengths of addresses. A call of
another architecture kills the process, because its numbers mean other calls.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Iterable, Iterator
from typing import Final

from adapters.engines.wall.calls import (
    ARCHITECTURES,
    BY_REQUEST,
    CLONE,
    CUTTING,
    KILL,
    LATER,
    OF_ITSELF,
    OPENING,
    PROGRAMS,
    REFUSED,
    REFUSED_FLAGS,
    TGKILL,
    THREAD,
    TKILL,
    TO_READ_AND_CUT,
    UNSEEN,
    WITH_VALUE,
    Call,
)

_PR_SET_SECCOMP: Final = 22
_FILTER_MODE: Final = 2

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
#: Offsets of the number, the architecture, and the low half of the first argument; the others follow at 8 bytes each.
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT, _ARGUMENT_SIZE = 0, 4, 16, 8
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_NOT_PERMITTED, _NOT_THERE = _ERROR | errno.EPERM, _ERROR | errno.ENOSYS
#: Numbers from here on are of the x32 interface.
_X32: Final = 0x40000000
_instruction: Final = struct.Struct("=HBBI")

_libc: Final = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def refuse_calls(*, signals: bool, programs: bool = False) -> bool:
    """Install the filter in this process. Returns whether the kernel, and this architecture, have it.

    With ``signals`` it also refuses signals to other processes. This process may still signal itself, so that a library
    that gives up ends it; a program that it runs cannot, and ends by an instruction that is none. With ``programs`` it
    also refuses to start processes and programs; threads begin.
    """
    machine = os.uname().machine
    if machine not in ARCHITECTURES:
        return False
    code = b"".join(_filter(machine, signals=signals, programs=programs))
    program = _Program(len(code) // _instruction.size, code)
    return bool(_libc.prctl(_PR_SET_SECCOMP, _FILTER_MODE, ctypes.byref(program), 0, 0) == 0)


def _filter(machine: str, *, signals: bool, programs: bool) -> Iterator[bytes]:
    """Yield the instructions: code, steps to skip if true, steps to skip if false, operand."""
    yield _instruction.pack(_LOAD, 0, 0, _ARCHITECTURE)
    yield _instruction.pack(_EQUAL, 1, 0, ARCHITECTURES[machine])
    yield _instruction.pack(_RETURN, 0, 0, _KILL)
    yield _instruction.pack(_LOAD, 0, 0, _NUMBER)
    yield _instruction.pack(_AT_LEAST, 0, 1, _X32)
    yield _instruction.pack(_RETURN, 0, 0, _KILL)
    yield _instruction.pack(_AT_LEAST, 0, 1, LATER)
    yield _instruction.pack(_RETURN, 0, 0, _NOT_THERE)
    for call in (*REFUSED, *((KILL, TKILL) if signals else ()), *(PROGRAMS if programs else ())):
        yield from _when(call, machine, [_instruction.pack(_RETURN, 0, 0, _NOT_PERMITTED)])
    for call in UNSEEN:
        yield from _when(call, machine, [_instruction.pack(_RETURN, 0, 0, _NOT_THERE)])
    yield from _when(CLONE, machine, _beginning(threads_alone=programs))
    for call in OF_ITSELF:
        yield from _when(call, machine, _allowing(0, 0))
    for call, argument, value in WITH_VALUE:
        yield from _when(call, machine, _allowing(argument, value))
    for call, requests in BY_REQUEST:
        yield from _when(call, machine, _refusing(1, _EQUAL, requests))
    for call, flags in OPENING:
        yield from _when(call, machine, _refusing(flags, _EQUAL, [TO_READ_AND_CUT], bits=CUTTING))
    if signals:
        yield from _when(TGKILL, machine, _allowing(0, os.getpid()))
    yield _instruction.pack(_RETURN, 0, 0, _ALLOW)


def _when(call: Call, machine: str, steps: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what decides about a call, if this machine has it. The steps end with a return."""
    number, rest = call.number(machine), list(steps)
    if number is not None:
        yield _instruction.pack(_EQUAL, 0, len(rest), number)
        yield from rest


def _beginning(*, threads_alone: bool) -> Iterator[bytes]:
    """Refuse to begin a process or thread with these flags, or a process at all."""
    *refusing, allowed = _refusing(0, _ANY_BIT, [REFUSED_FLAGS])
    yield from refusing
    if threads_alone:
        yield _instruction.pack(_ANY_BIT, 1, 0, THREAD)
        yield _instruction.pack(_RETURN, 0, 0, _NOT_PERMITTED)
    yield allowed


def _refusing(argument: int, test: int, operands: Iterable[int], *, bits: int = 0xFFFFFFFF) -> Iterator[bytes]:
    """Refuse the call if these bits of an argument meet the test with any operand."""
    yield _instruction.pack(_LOAD, 0, 0, _FIRST_ARGUMENT + argument * _ARGUMENT_SIZE)
    yield _instruction.pack(_AND, 0, 0, bits)
    for operand in operands:
        yield _instruction.pack(test, 0, 1, operand)
        yield _instruction.pack(_RETURN, 0, 0, _NOT_PERMITTED)
    yield _instruction.pack(_RETURN, 0, 0, _ALLOW)


def _allowing(argument: int, operand: int) -> Iterator[bytes]:
    """Refuse the call unless an argument is the operand."""
    yield _instruction.pack(_LOAD, 0, 0, _FIRST_ARGUMENT + argument * _ARGUMENT_SIZE)
    yield _instruction.pack(_EQUAL, 1, 0, operand)
    yield _instruction.pack(_RETURN, 0, 0, _NOT_PERMITTED)
    yield _instruction.pack(_RETURN, 0, 0, _ALLOW)
