"""Processes as /proc shows them."""

import os
import re
from pathlib import Path

from ocrcore.testing.patience import eventually

#: What makes the libraries work in one thread.
ONE_THREAD = {"OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"}
#: All that a child may see.
ALLOWED = {"PATH", "LANG", "LC_ALL", "TESSDATA_PREFIX", "LD_LIBRARY_PATH", "TMPDIR", "MALLOC_ARENA_MAX"} | ONE_THREAD


def having(root: Path, word: str = "") -> list[int]:
    """Return the processes that write below ``root`` and have ``word`` in their command line; no zombies."""
    return [pid for pid in _all() if str(root) in environment(pid).get("TMPDIR", "") and word in _command(pid)]


def environment(pid: int) -> dict[str, str]:
    entries = _text(pid, "environ").split("\0")
    return dict(entry.split("=", 1) for entry in entries if "=" in entry)


def children(pid: int) -> set[int]:
    """Return the children of a process, whichever of its threads started them; a thread may end meanwhile."""
    return {int(child) for thread in _threads(pid) for child in _text(pid, f"task/{thread}/children").split()}


def stands_still(pid: int) -> bool:
    """Tell whether each thread of a process was stopped by a signal."""
    states = [_text(pid, f"task/{thread}/stat").rpartition(")")[2].split()[:1] for thread in _threads(pid)]
    return all(state in (["T"], []) for state in states)


def zombies(*parents: int) -> list[int]:
    """Return those children of these processes, or of our own, that nobody reaped."""
    of = {str(parent) for parent in parents or (os.getpid(),)}
    states = {pid: _text(pid, "stat").rpartition(")")[2].split() for pid in _all()}
    return [pid for pid, state in states.items() if state[:1] == ["Z"] and state[1] in of]


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def peak_memory(pid: int) -> int:
    """Return the most bytes that a process has had in memory."""
    (peak,) = re.findall(r"^VmHWM:\s+(\d+) kB$", _text(pid, "status"), re.MULTILINE)
    return int(peak) * 1024


def wait_until_at_work(pid: int) -> None:
    """Return when a process that rested has computed for a while."""
    begun = _ticks(pid)
    assert eventually(lambda: _ticks(pid) > begun + 0.2 * os.sysconf("SC_CLK_TCK"))


def _all() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _threads(pid: int) -> list[str]:
    """Return the threads of a process; some may have ended before they are looked at."""
    try:
        return [entry.name for entry in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return []


def _ticks(pid: int) -> int:
    """Return how long a process has computed."""
    user, system = _text(pid, "stat").rpartition(")")[2].split()[11:13]
    return int(user) + int(system)


def _command(pid: int) -> str:
    return _text(pid, "cmdline").replace("\0", " ")


def _text(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(errors="replace")
    except OSError:
        return ""
