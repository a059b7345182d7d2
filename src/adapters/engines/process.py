"""One child process, from its start to its removal."""

import fcntl
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from adapters.engines.confine import limits_its_time
from adapters.engines.framing import Deadline, receive_frame, send_descriptor, send_frame
from adapters.engines.memory_file import in_memory
from adapters.engines.protocol import Limits, Request, Startup, Task, encode, encode_request
from ocrcore.domain.options import JobOptions
from ocrcore.ports.documents import Source

#: The environment variables that a child inherits: no settings and no keys.
_PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "TESSDATA_PREFIX", "LD_LIBRARY_PATH")
#: Variables that limit libraries to one thread, because several multithreaded processes stall one another.
_ONE_THREAD: Final = ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
#: glibc reserves address space for each thread's memory, which counts towards the limit.
_ONE_ARENA: Final = "MALLOC_ARENA_MAX"
#: Most bytes of an answer.
_LONGEST_ANSWER: Final = 256 * 1024 * 1024
#: Signals that a process gets for what it does itself. SIGBUS is not one of them: it may tell of a bad disk.
_OWN_SIGNALS: Final = frozenset(
    {
        signal.SIGABRT,
        signal.SIGFPE,
        signal.SIGILL,
        signal.SIGSEGV,
        signal.SIGSYS,
        signal.SIGTRAP,
        signal.SIGXCPU,
    }
)
#: Longest wait for the kernel to end a killed process, in seconds.
_REAPING: Final = 3.0
#: Longest wait for a child that closed its connection to end, in seconds.
_ENDING: Final = 1.0


class ChildProcess:
    """A child in a session of its own, and the connection to it.

    Must be created by a thread that lives as long as the child: the kernel kills the child when that thread ends.
    ``readable`` are paths that it may read besides the system and its own program; None: it is not walled in.
    """

    def __init__(
        self,
        engines: Sequence[str],
        *,
        limits: Limits,
        folder: Path,
        readable: Sequence[str] | None = (),
        examines: bool = False,
        careful: Collection[str] = (),
    ) -> None:
        self._folder = folder
        #: The engine that it was asked to load, and has not answered for.
        self.warming: str | None = None
        self._asked_at = 0.0
        #: Whether the child was killed and its files were removed.
        self.killed = False
        self._connection, theirs = socket.socketpair()
        startup = Startup(
            tuple(engines),
            os.getpid(),
            theirs.fileno(),
            limits,
            readable is not None,
            tuple(readable or ()),
            examines,
            tuple(careful),
        )
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and program
                [sys.executable, "-I", "-m", "adapters.engines.child", encode(startup).decode()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                env=_environment(folder),
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        except BaseException:
            self._connection.close()
            shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            theirs.close()

    @property
    def pid(self) -> int:
        """The id of the process and of its process group."""
        return self._process.pid

    def alive(self) -> bool:
        """Return whether the child runs. A dead child is not reaped here, so that its id is not reused."""
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return self._process.returncode is None and os.waitid(os.P_PID, self.pid, options) is None

    def was_lost_to_its_file(self) -> bool:
        """Return whether the child ended by a signal of its own while it opened a file, and so would end again.

        That is one for the processor time of a page, or one of a library that gives up. Waits a moment for a child
        whose connection was just closed to end.
        """
        ended = self._ended()
        if ended is None:
            return False
        is_own = ended.si_code in {os.CLD_KILLED, os.CLD_DUMPED} and ended.si_status in _OWN_SIGNALS
        return is_own and limits_its_time(self.pid)

    def ended_itself(self) -> bool:
        """Return whether the child ended by a signal of its own or by an error, and was not killed.

        Waits a moment for a child whose connection was just closed to end.
        """
        ended = self._ended()
        if ended is None:
            return False
        if ended.si_code in {os.CLD_KILLED, os.CLD_DUMPED}:
            return ended.si_status in _OWN_SIGNALS
        return ended.si_status != 0

    def _ended(self) -> os.waitid_result | None:
        options, end = os.WEXITED | os.WNOHANG | os.WNOWAIT, time.monotonic() + _ENDING
        while self._process.returncode is None and time.monotonic() < end:
            ended = os.waitid(os.P_PID, self.pid, options)
            if ended is not None:
                return ended
            time.sleep(0.001)
        return None

    def resident(self) -> int:
        """Return the resident memory in bytes, 0 if the child is gone."""
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        except OSError:
            return 0
        return pages * resource.getpagesize()

    def ask_to_load(self, engine: str, task: Task, deadline: Deadline) -> None:
        """Ask it to load an engine: ``LOAD`` or ``WARM``. Its next answer is to this. Raises as :meth:`send` does."""
        self.send(encode_request(Request(task, options=JobOptions(engine=engine)), 0), deadline)
        self.warming, self._asked_at = engine, time.monotonic()

    def loads_for(self) -> float:
        """Return for how many seconds it has been loading an engine, if it does."""
        return time.monotonic() - self._asked_at

    def send(self, content: bytes, deadline: Deadline) -> None:
        """Send one frame. Raises as :func:`send_frame` does."""
        send_frame(self._connection, content, deadline)

    def send_file(self, source: Source, deadline: Deadline, *, to_write: bool = False) -> None:
        """Send a file as a descriptor that reads it, and writes it only if it is the child's own ``to_write``.

        Several children read one document, and none may change what the others read. Raises as :func:`send_descriptor`
        does.
        """
        descriptor = source.fileno()
        if to_write and descriptor is not None:
            send_descriptor(self._connection, descriptor, deadline)
            return
        with _to_read(source) as sent:
            send_descriptor(self._connection, sent, deadline)

    def receive(self, deadline: Deadline) -> bytes:
        """Return the next frame. Raises as :func:`receive_frame` does."""
        return receive_frame(self._connection, deadline, _LONGEST_ANSWER)

    def kill(self) -> None:
        """Kill the child and every process that it started, and remove its files. A second call has no effect."""
        if self.killed:
            return
        self.killed = True
        self._connection.close()
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):  # the kernel is still busy with it, and ends it afterwards
            self._process.wait(_REAPING)
        _reap_orphans(self.pid)
        shutil.rmtree(self._folder, ignore_errors=True)


@contextmanager
def _to_read(source: Source) -> Iterator[int]:
    """Yield a descriptor that cannot write, of the source's file or of a copy of it in memory."""
    descriptor = source.fileno()
    if descriptor is not None and fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
        yield descriptor
        return
    try:
        reopened = None if descriptor is None else os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY)
    except OSError:  # no /proc, or a file system that has files without a name, but opens none of them again
        reopened = None
    if reopened is None:
        with in_memory(source.read()) as copy:
            yield copy
        return
    try:
        yield reopened
    finally:
        os.close(reopened)


def _environment(folder: Path) -> dict[str, str]:
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return passed | dict.fromkeys((*_ONE_THREAD, _ONE_ARENA), "1") | {"TMPDIR": str(folder)}


def _reap_orphans(group: int) -> None:
    """Reap the processes that the child started, if they became ours as the first process of a container."""
    end = time.monotonic() + _REAPING
    with suppress(ChildProcessError):
        while time.monotonic() < end:
            if os.waitpid(-group, os.WNOHANG) == (0, 0):
                time.sleep(0.001)
