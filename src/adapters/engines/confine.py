"""What a child does to itself before it looks at anything: it cannot outlive its parent, nor outgrow its limits."""

import ctypes
import os
import resource
import signal
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
#: Loaded here, because nothing may be loaded between fork and exec.
_libc: Final = ctypes.CDLL(None, use_errno=True)


def die_with(parent: int) -> None:
    """Have this process killed when the thread that started it ends, and end at once if ``parent`` is gone already.

    Safe between fork and exec, and lasting beyond exec. A signal to the parent may have come before the call, hence
    the second look.
    """
    if _libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0) != 0 or os.getppid() != parent:
        os._exit(1)


def confine(memory: int, file_size: int) -> None:
    """Limit this process, and each that it starts, to so many bytes of address space and of any file it writes.

    No core file, no more rights by way of a program, and no end by a signal that was meant for the parent: a service
    manager that asks a worker to stop asks its whole group, and the worker lets its page be finished.
    """
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, file_size),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)  # noqa: PLW2901 - nobody may raise it again
        resource.setrlimit(kind, (most, most))
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
