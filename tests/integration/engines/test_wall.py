"""The wall: code that took a child over finds nothing open.

Each attempt is one that works, or fails for another reason than permission, where there is no wall: a test makes sure.
"""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from adapters.engines.engine import ChildEngine
from adapters.engines.errors import EngineMissing
from adapters.engines.wall import build
from adapters.engines.wall.build import Sandbox, describe, is_whole

#: Tries everything that a child must not do, each in a process of its own; prints what became of it. Numbers of calls
#: are those of x86-64.
HOSTILE = """
import ctypes, errno, json, mmap, os, platform, resource, signal, socket, struct, subprocess, sys
from pathlib import Path

from adapters.engines.confine import confine
from adapters.engines.wall.build import build_wall
from adapters.engines.wall.seccomp import refuse_calls

folder, outside, victim, port, user = Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:6])
document = int(sys.argv[7])
if user:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
os.chdir(folder)
library = Path(os.__file__)
wall = {}
if sys.argv[6] == "walled":
    confine(2 << 30, 1 << 24)
    wall = build_wall(folder, [])
elif sys.argv[6] == "filtered":
    confine(2 << 30, 1 << 24)
    assert refuse_calls(signals=True)
libc = ctypes.CDLL(None, use_errno=True)


def connect(family, address):
    socket.socket(family, socket.SOCK_STREAM).connect(address)


def pair(family=socket.AF_UNIX, kind=socket.SOCK_DGRAM):
    return socket.socketpair(family, kind)[0]


def send_unseen():
    name = ctypes.create_string_buffer(struct.pack("=H", socket.AF_UNIX) + bytes(outside / "datagrams"))
    letters = ctypes.create_string_buffer(b"x")
    piece = ctypes.create_string_buffer(struct.pack("=QQ", ctypes.addressof(letters), 1))
    message = (ctypes.addressof(name), len(name), ctypes.addressof(piece), 1, 0, 0, 0, 0)
    ours = pair()
    call(307, ours.fileno(), struct.pack("=QIxxxxQQQQIxxxxQ", *message), 1, 0)


def send_in_disguise():
    # At an address whose lower half is 0, which is all that a careless filter looks at.
    libc.mmap.restype = ctypes.c_void_p
    place = libc.mmap(ctypes.c_void_p(7 << 32), ctypes.c_size_t(4096), 3, 0x100022, -1, ctypes.c_long(0))
    assert place == 7 << 32
    name = struct.pack("=H", socket.AF_UNIX) + bytes(outside / "datagrams") + bytes(1)
    ctypes.memmove(place, name, len(name))
    ours = pair()
    call(44, ours.fileno(), b"x", 1, 0, ctypes.c_void_p(place), len(name))


def listen():
    socket.socket(socket.AF_INET, socket.SOCK_STREAM).bind(("127.0.0.1", 0))


def call(number, *arguments):
    result = libc.syscall(*(ctypes.c_long(part) if isinstance(part, int) else part for part in (number, *arguments)))
    if result == -1:
        raise OSError(ctypes.get_errno(), "")
    return result


def begin(flags):
    if call(56, flags | signal.SIGCHLD, 0, 0, 0, 0) == 0:
        os._exit(0)


def clone3():
    if call(435, struct.pack("=11Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, 0, 0, 0), 88) == 0:
        os._exit(0)


def run(code):
    memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    memory.write(code)
    ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))()


def own(request, value):
    import fcntl
    ours, _ = socket.socketpair()
    fcntl.fcntl(ours, request, value)


def memory_of(number):
    here = ctypes.create_string_buffer(8)
    piece = struct.pack("=QQ", ctypes.addressof(here), 8)
    call(number, victim, piece, 1, piece, 1, 0)


ATTEMPTS = {
    "read a process's environment": lambda: Path(f"/proc/{victim}/environ").read_bytes(),
    "open a process's memory": lambda: open(f"/proc/{victim}/mem", "rb"),
    "read a file outside": lambda: (outside / "secret").read_text(),
    "list a folder outside": lambda: os.listdir(outside),
    "write a file outside": lambda: (outside / "new").write_text("x"),
    "write into a library": lambda: library.open("a"),
    "read passwords": lambda: Path("/etc/shadow").read_text(),
    "read a home": lambda: os.listdir("/root"),
    "connect by TCP": lambda: connect(socket.AF_INET, ("127.0.0.1", port)),
    "connect to a local socket": lambda: connect(socket.AF_UNIX, str(outside / "socket")),
    "send to a local socket": lambda: pair().sendto(b"x", str(outside / "datagrams")),
    "send it a message": lambda: pair().sendmsg([b"x"], [], 0, str(outside / "datagrams")),
    "send it several": send_unseen,
    "send to it in disguise": send_in_disguise,
    "have a pair of another family": lambda: pair(30, socket.SOCK_SEQPACKET),
    "listen": listen,
    "execute a program outside": lambda: subprocess.run([outside / "program"], check=True),
    "open a document to write it": lambda: open(f"/proc/self/fd/{document}", "r+b"),
    "change a file's mode": lambda: os.chmod(outside / "secret", 0o644),
    "change a file's owner": lambda: os.chown(outside / "secret", -1, -1),
    "change a file's times": lambda: os.utime(outside / "secret"),
    "change a file's attributes": lambda: os.removexattr(outside / "secret", "user.x"),
    "cut a file": lambda: os.truncate(outside / "secret", 6),
    "cut a file that may be read": lambda: os.open(outside / "secret", os.O_RDONLY | os.O_TRUNC),
    "watch a folder": lambda: call(294, 0),
    "end a process by a limit": lambda: resource.prlimit(victim, resource.RLIMIT_CORE, (0, 0)),
    "read a process's limits": lambda: resource.prlimit(victim, resource.RLIMIT_CPU),
    "signal a process": lambda: os.kill(victim, 0),
    "signal a thread": lambda: call(200, victim, 0),
    "signal a process's thread": lambda: call(234, victim, victim, 0),
    "signal with data": lambda: call(129, victim, signal.SIGCONT, struct.pack("=iii116x", 0, 0, -1)),
    "signal a thread with data": lambda: call(297, victim, victim, signal.SIGCONT, struct.pack("=iii116x", 0, 0, -1)),
    "signal by a descriptor": lambda: call(424, -1, 0, None, 0),
    "have a process signalled for a file": lambda: own(8, victim),
    "have it signalled by another signal": lambda: own(10, signal.SIGKILL),
    "slow a process": lambda: os.setpriority(os.PRIO_PROCESS, victim, 5),
    "slow its reads": lambda: call(251, 1, victim, 0),
    "move a process": lambda: os.sched_setaffinity(victim, os.sched_getaffinity(0)),
    "schedule a process": lambda: os.sched_setscheduler(victim, os.SCHED_BATCH, os.sched_param(0)),
    "change its share": lambda: call(314, victim, struct.pack("=IIQiIQQQ", 48, 0, 0, 5, 0, 0, 0, 0), 0),
    "move a process's memory": lambda: call(279, victim, 0, None, None, None, 0),
    "leave the group": lambda: os.setpgid(0, 0),
    "leave the session": os.setsid,
    "trace a process": lambda: call(101, 0x4206, victim, 0, 0),
    "read a process's memory": lambda: memory_of(310),
    "write a process's memory": lambda: memory_of(311),
    "compare processes": lambda: call(312, victim, victim, 1, 0, 0),
    "see a process's locks": lambda: call(274, victim, *(ctypes.create_string_buffer(8) for _ in "12")),
    "hold a process": lambda: call(434, victim, 0),
    "take a process's descriptor": lambda: call(438, -1, 0, 0),
    "use shared memory": lambda: call(29, 0x0CC0FFEE, 1, 0),
    "use shared queues": lambda: call(68, 0x0CC0FFEE, 0),
    "enter a namespace": lambda: call(308, -1, 0),
    "begin a namespace": lambda: call(272, 0x04000000),
    "begin one with a process": lambda: begin(0x04000000),
    "be a brother": lambda: begin(0x8000),
    "mount": lambda: call(165, b"none", bytes(outside / "nowhere"), b"tmpfs", 0, None),
    "change the root": lambda: os.chroot(outside / "nowhere"),
    "load a program into the kernel": lambda: call(321, 0, struct.pack("=5I52x", 2, 4, 4, 1, 0), 72),
    "count what the processor does": lambda: call(298, struct.pack("=IIQ104x", 1, 120, 0), 0, -1, -1, 0),
    "read the kernel's keys": lambda: call(250, 0, -2, 0),
    "handle faults": lambda: call(323, 1),
    "use io_uring": lambda: call(425, 1, ctypes.create_string_buffer(120)),
    "change a clock": lambda: call(227, 1, struct.pack("=qq", 0, 0)),
    "adjust a clock": lambda: call(305, 0, ctypes.create_string_buffer(208)),
    "become another user": lambda: os.setuid(12345),
    "open a file by its handle": lambda: call(304, -1, struct.pack("=Ii", 0, 0), 0),
    "begin a process unseen": clone3,
    "open a file unseen": lambda: call(437, -100, bytes(outside / "secret"), struct.pack("=3Q", 0, 0, 0), 24),
    "use calls of x32": lambda: call(0x40000000 | 39),
    "use calls of 32 bits": lambda: run(bytes.fromhex("b814000000cd80c3")),
}


def outcome(attempt):
    ours, theirs = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            attempt()
            os.write(theirs, b"worked")
        except OSError as error:
            os.write(theirs, errno.errorcode[error.errno].encode())
        os._exit(0)
    os.close(theirs)
    _, status = os.waitpid(process, 0)
    with os.fdopen(ours, "rb") as said:
        return said.read().decode() or signal.Signals(os.WTERMSIG(status)).name


became = {name: outcome(attempt) for name, attempt in ATTEMPTS.items()}
ours = folder / "mine"
ours.write_text("x")
ours.unlink()
one, other = socket.socketpair()
one.sendall(b"x")
assert other.recv(1) == b"x"
subprocess.run(["true"], check=True)
os.sched_setaffinity(0, os.sched_getaffinity(0))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
print(json.dumps({"became": became, "wall": dict(wall)}))
"""
REFUSED = {"EPERM", "EACCES"}
#: What the wall answers to attempts that it does not just refuse.
OTHERWISE = {
    "begin a process unseen": "ENOSYS",
    "open a file unseen": "ENOSYS",
    "use calls of x32": "SIGSYS",
    "use calls of 32 bits": "SIGSYS",
}
#: What Landlock alone refuses.
BY_LANDLOCK = {
    "read a process's environment",
    "open a process's memory",
    "read a file outside",
    "list a folder outside",
    "write a file outside",
    "write into a library",
    "read passwords",
    "read a home",
    "execute a program outside",
    "open a document to write it",
}
on_x86 = pytest.mark.skipif(platform.machine() != "x86_64", reason="the attempts use numbers of x86-64")
as_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root is refused nothing by others, and becomes another user"
)


@contextmanager
def victim(user: int) -> Iterator[int]:
    """Yield the id of another process of the user, who must outlast the attempts."""
    with subprocess.Popen(["sleep", "1000"], user=user or None) as process:
        try:
            yield process.pid
            assert process.poll() is None
        finally:
            process.kill()


def attempted(tmp_path: Path, how: str, *, user: int = 0) -> tuple[dict[str, str], dict[str, str]]:
    """Return what became of each attempt, and the wall."""
    import socket  # noqa: PLC0415 - servers for the attempts

    outside, folder = tmp_path / "outside", tmp_path / "folder"
    for path in (tmp_path, outside, folder):
        path.mkdir(exist_ok=True)
        path.chmod(0o777)
    (outside / "secret").write_text("secret")
    (outside / "program").write_text("#!/bin/sh\nexit 0\n")
    (outside / "program").chmod(0o755)
    if user:
        os.chown(outside / "secret", user, user)
    with (
        victim(user) as other,
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as local,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as letters,
        TemporaryFile() as document,
    ):
        local.bind(str(outside / "socket"))
        (outside / "socket").chmod(0o777)
        local.listen()
        letters.bind(str(outside / "datagrams"))
        (outside / "datagrams").chmod(0o777)
        arguments = [
            str(folder),
            str(outside),
            str(other),
            str(server.getsockname()[1]),
            str(user),
            how,
            str(document.fileno()),
        ]
        command = [sys.executable, "-c", HOSTILE, *arguments]
        given = [document.fileno()]
        ended = subprocess.run(command, pass_fds=given, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    return found["became"], found["wall"]


def opened(became: dict[str, str]) -> dict[str, str]:
    """Return the attempts that were not refused as the wall refuses them."""
    refused = {name: {OTHERWISE[name]} if name in OTHERWISE else REFUSED for name in became}
    return {name: end for name, end in became.items() if end not in refused[name]}


@on_x86
def test_whatever_a_child_tries_nothing_opens(tmp_path: Path) -> None:
    became, wall = attempted(tmp_path, "walled")
    assert opened(became) == {}
    assert is_whole(wall)


@on_x86
@as_root
def test_nor_as_another_user(tmp_path: Path) -> None:
    for parent in tmp_path.parents:
        if parent.stat().st_mode & 0o001 == 0 and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    assert opened(attempted(tmp_path, "walled", user=65534)[0]) == {}


@on_x86
def test_without_landlock_files_alone_are_open(tmp_path: Path) -> None:
    assert opened(attempted(tmp_path, "filtered")[0]).keys() <= BY_LANDLOCK


@on_x86
@as_root
def test_without_a_wall_nothing_is_refused(tmp_path: Path) -> None:
    became, _ = attempted(tmp_path, "open")
    assert {name for name, end in became.items() if end in {"EPERM", "EACCES", "SIGSYS"}} == set()


#: Tries to start a process in each way, and a thread; prints what became of it.
STARTS = """
import ctypes, errno, os, signal, threading
from adapters.engines.wall.seccomp import refuse_calls

assert refuse_calls(signals=True, programs=True)


def clone():
    number = 56 if os.uname().machine == "x86_64" else 220
    result = ctypes.CDLL(None, use_errno=True).syscall(number, ctypes.c_long(signal.SIGCHLD), 0, 0, 0, 0)
    if result == 0:
        os._exit(0)
    if result < 0:
        raise OSError(ctypes.get_errno(), "")


def spawn():
    os.posix_spawn("/bin/true", ["true"], {})


for attempt in (os.fork, clone, spawn, lambda: os.execv("/bin/true", ["true"])):
    try:
        attempt()
    except OSError as error:
        print(errno.errorcode[error.errno])
thread = threading.Thread(target=lambda: print("thread"))
thread.start()
thread.join()
"""


def test_a_child_without_an_engine_starts_no_process_but_threads() -> None:
    ended = subprocess.run([sys.executable, "-c", STARTS], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["EPERM"] * 4 + ["thread"]


def test_a_filtered_process_may_end_itself() -> None:
    """As a library does that gives up."""
    gives_up = (
        "import os; from adapters.engines.wall.seccomp import refuse_calls; refuse_calls(signals=True); os.abort()"
    )
    assert subprocess.run([sys.executable, "-c", gives_up], check=False, stderr=subprocess.DEVNULL).returncode == -6


def test_an_engine_tells_its_wall(tmp_path: Path) -> None:
    with ChildEngine(root=tmp_path, sandbox=Sandbox.REQUIRE) as engine:
        assert is_whole(engine.wall)
        assert "landlock version" in describe(engine.wall)
    with ChildEngine(root=tmp_path, sandbox=Sandbox.OFF) as engine:
        assert engine.wall == {}
        assert not is_whole(engine.wall)


def test_a_wall_that_is_required_and_missing_is_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.engines.pool.is_whole", lambda _wall: False)
    with pytest.raises(EngineMissing, match="OCR_SANDBOX=require"):
        ChildEngine(root=tmp_path, sandbox=Sandbox.REQUIRE)
    assert not build.is_whole({"landlock": "not here", "seccomp": "on", "capabilities": "none"})
