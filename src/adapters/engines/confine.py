"""Limits that a child sets for itself at its start, so that it cannot outlive its parent or exceed its resources."""

import ctypes
import os
import resource
import signal
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
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

    It also disables core files and the gain of privileges by executing a program, and ignores SIGTERM, SIGINT and
    SIGHUP: a service manager signals the whole process group of a worker, and the worker finishes its page first.
    """
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, file_size),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)  # noqa: PLW2901 - a hard limit cannot be raised
        resource.setrlimit(kind, (most, most))
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
