"""One child process, from its start to its last trace."""

import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from adapters.engines.framing import Deadline, receive_frame, send_frame
from adapters.engines.protocol import Startup, encode

#: All that a child may see of our environment; no setting, no key.
_PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "TESSDATA_PREFIX", "LD_LIBRARY_PATH")
#: Several processes that run several threads each stall one another; the libraries count them by these.
_ONE_THREAD: Final = ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
#: Bytes of the longest answer that is listened to.
_LONGEST_ANSWER: Final = 256 * 1024 * 1024
#: Seconds that the system may take to end what was killed.
_REAPING: Final = 3.0


class ChildProcess:
    """A child in a session of its own, and the connection to it.

    To be started by a thread that lives as long as the child may: the system kills the child with that thread.
    """

    def __init__(self, engines: Sequence[str], *, max_pixels: int, memory: int, folder: Path) -> None:
        self._folder = folder
        #: Whether it was ended, and nothing is left of it.
        self.killed = False
        self._connection, theirs = socket.socketpair()
        startup = Startup(tuple(engines), os.getpid(), theirs.fileno(), max_pixels, memory)
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
        """Its id, and that of its process group."""
        return self._process.pid

    def alive(self) -> bool:
        """Tell whether it runs; one that does not is not reaped here, so that its id stays its own."""
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return self._process.returncode is None and os.waitid(os.P_PID, self.pid, options) is None

    def resident(self) -> int:
        """Return how many bytes of memory it holds; none when it is gone."""
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        except OSError:
            return 0
        return pages * resource.getpagesize()

    def send(self, content: bytes, deadline: Deadline) -> None:
        """Send one frame. Raises what :func:`send_frame` raises."""
        send_frame(self._connection, content, deadline)

    def receive(self, deadline: Deadline) -> bytes:
        """Return its next frame. Raises what :func:`receive_frame` raises."""
        return receive_frame(self._connection, deadline, _LONGEST_ANSWER)

    def kill(self) -> None:
        """End it and all that it started, whatever they do; leave no process and no file. Twice is no harm."""
        if self.killed:
            return
        self.killed = True
        self._connection.close()
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):  # the system holds it; it ends when that lets go
            self._process.wait(_REAPING)
        _reap_orphans(self.pid)
        shutil.rmtree(self._folder, ignore_errors=True)


def _environment(folder: Path) -> dict[str, str]:
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return passed | dict.fromkeys(_ONE_THREAD, "1") | {"TMPDIR": str(folder)}


def _reap_orphans(group: int) -> None:
    """Reap what the child had started, where the system hands it to us: we are the first process of a container."""
    end = time.monotonic() + _REAPING
    with suppress(ChildProcessError):
        while time.monotonic() < end:
            if os.waitpid(-group, os.WNOHANG) == (0, 0):
                time.sleep(0.001)
