"""Keeping other processes of the same user out of this one."""

import ctypes
from typing import Final

_PR_SET_DUMPABLE: Final = 4


def make_undumpable() -> None:
    """Have the kernel show this process's environment, memory and open files to root alone, and write no core file.

    The secrets of the service are in its environment. Processes that it runs are ordinary again.
    """
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
