"""Limits that a child sets for itself at its start, so that it cannot outlive its parent or exceed its resources."""

import ctypes
import math
import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
_DESCRIPTORS: Final = 256
#: Of 1000, which is the most.
_KILLED_FIRST: Final = 500
#: Loaded at import, because nothing may be loaded between fork and exec.
_libc: Final = ctypes.CDLL(None, use_errno=True)


def die_with(parent: int) -> None:
    """Have this process killed when the thread that started it ends, and exit at once if ``parent`` is gone.

    Safe between fork and exec, and still in effect after exec. The parent may have died before the call, so its id is
    checked afterwards.
    """
    if _libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0) != 0 or os.getppid() != parent:
        os._exit(1)


def confine(memory: int, file_size: int) -> None:
    """Limit this process, and its children, to this many bytes of address space and of each file written.

    It also limits descriptors, disables core files and the gain of privileges by executing a program, keeps new files
    private, and has this process killed before others when memory runs out. It ignores SIGTERM, SIGINT and SIGHUP: a
    service manager signals the whole process group of a worker, and the worker finishes its page first.
    """
    os.umask(0o077)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(_KILLED_FIRST), encoding="ascii")
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, file_size),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS),
    ):
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)  # noqa: PLW2901 - a hard limit cannot be raised
        resource.setrlimit(kind, (most, most))
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def processor_time(seconds: int) -> Iterator[None]:
    """Have the kernel kill this process with SIGXCPU when the block takes more processor time than that.

    Unlike time on the clock it does not pass faster on a busy machine. Programs that the block starts have their own
    count.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = math.ceil(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))


def limits_its_time(process: int) -> bool:
    """Return whether a process of this user, running or ended, is or was in :func:`processor_time`."""
    try:
        soft, hard = resource.prlimit(process, resource.RLIMIT_CPU)
    except OSError:  # reaped, or of another user
        return False
    return soft != hard
