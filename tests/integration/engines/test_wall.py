"""The wall: code that took a child over finds nothing open."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.engines.engine import ChildEngine
from adapters.engines.errors import EngineMissing
from adapters.engines.wall import build
from adapters.engines.wall.build import Sandbox, describe, is_whole

#: Tries everything that a child must not do; prints the names of what worked.
HOSTILE = """
import ctypes, json, os, signal, socket, subprocess, sys
from contextlib import suppress
from pathlib import Path

from adapters.engines.confine import confine
from adapters.engines.wall.build import build_wall

folder, outside, parent = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
if int(sys.argv[5]):
    os.setgroups([])
    os.setgid(int(sys.argv[5]))
    os.setuid(int(sys.argv[5]))
os.chdir(folder)
confine(2 << 30, 1 << 24)
wall = build_wall(folder, [])
libc = ctypes.CDLL(None, use_errno=True)


def connect(family, address):
    socket.socket(family, socket.SOCK_STREAM).connect(address)


def listen():
    socket.socket(socket.AF_INET, socket.SOCK_STREAM).bind(("127.0.0.1", 0))


def call(number, *arguments):
    if libc.syscall(number, *arguments) == -1:
        raise OSError(ctypes.get_errno())


ATTEMPTS = {
    "read the parent's environment": lambda: Path(f"/proc/{parent}/environ").read_bytes(),
    "open the parent's memory": lambda: open(f"/proc/{parent}/mem", "rb"),
    "read a file outside": lambda: (outside / "secret").read_text(),
    "list a folder outside": lambda: os.listdir(outside),
    "write a file outside": lambda: (outside / "new").write_text("x"),
    "write into a library": lambda: Path(os.__file__).open("a"),
    "read passwords": lambda: Path("/etc/shadow").read_text(),
    "read the user's home": lambda: os.listdir(Path.home()),
    "connect by TCP": lambda: connect(socket.AF_INET, ("127.0.0.1", int(sys.argv[4]))),
    "connect to a local socket": lambda: connect(socket.AF_UNIX, str(outside / "socket")),
    "listen": listen,
    "trace the parent": lambda: call(101, 16, parent, 0, 0),
    "read the parent's memory": lambda: call(310, parent, 0, 0, 0, 0, 0),
    "begin a namespace": lambda: call(272, 0x10000000),
    "mount": lambda: call(165, b"none", b"/tmp", b"tmpfs", 0, None),
    "load a program into the kernel": lambda: call(321, 0, None, 0),
    "use io_uring": lambda: call(425, 1, None),
    "become another user": lambda: os.setuid(12345),
    "change a clock": lambda: call(227, 0, None),
    "execute a program outside": lambda: subprocess.run([outside / "program"], check=True),
}
if wall["landlock"] >= "version 6":
    ATTEMPTS["signal the parent"] = lambda: os.kill(parent, 0)

worked = []
for name, attempt in ATTEMPTS.items():
    with suppress(OSError):
        attempt()
        worked.append(name)
mine = folder / "mine"
mine.write_text("x")
mine.unlink()
subprocess.run(["true"], check=True)
print(json.dumps({"worked": worked, "wall": dict(wall)}))
"""


def attempted(tmp_path: Path, *, user: int = 0) -> dict[str, object]:
    """Return what a walled process says of its attempts."""
    import socket  # noqa: PLC0415 - servers for the attempts

    outside, folder = tmp_path / "outside", tmp_path / "folder"
    for path in (tmp_path, outside, folder):
        path.mkdir(exist_ok=True)
        path.chmod(0o777)
    (outside / "secret").write_text("secret")
    (outside / "program").write_text("#!/bin/sh\nexit 0\n")
    (outside / "program").chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
        local.bind(str(outside / "socket"))
        (outside / "socket").chmod(0o777)
        local.listen()
        arguments = [str(folder), str(outside), str(os.getpid()), str(server.getsockname()[1]), str(user)]
        ended = subprocess.run([sys.executable, "-c", HOSTILE, *arguments], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, object] = json.loads(ended.stdout)
    return found


def test_whatever_a_child_tries_nothing_opens(tmp_path: Path) -> None:
    found = attempted(tmp_path)
    assert found["worked"] == []
    assert is_whole(found["wall"])  # type: ignore[arg-type] # JSON


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_nor_as_another_user(tmp_path: Path) -> None:
    for parent in tmp_path.parents:
        if parent.stat().st_mode & 0o001 == 0 and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    assert attempted(tmp_path, user=65534)["worked"] == []


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
