"""Measurement in a new process, so that earlier memory and processor time do not count."""

import multiprocessing
import os
import resource
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

from processes import children

P = ParamSpec("P")
R = TypeVar("R")


def in_own_process(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call the function in a new interpreter and return its result."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *args, **kwargs).result()


def cpu_seconds() -> float:
    """Return the processor time, user and system, of this process and of its children that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def cpu_of(pid: int) -> float:
    """Return the processor time, user and system, of a process, its children, and those of theirs that have ended."""
    ticks = os.sysconf("SC_CLK_TCK")
    stats = (Path(f"/proc/{one}/stat").read_text(encoding="utf-8").rpartition(")")[2].split() for one in _tree(pid))
    return sum(sum(map(int, stat[11:15])) for stat in stats) / ticks


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for child in children(pid):
        yield from _tree(child)


def resident(pid: int | str = "self", *, peak: bool = False) -> float:
    """Return the resident memory of a process in MiB, now or at its peak."""
    name = "VmHWM:" if peak else "VmRSS:"
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024
