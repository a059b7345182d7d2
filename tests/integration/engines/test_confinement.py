"""What a child may see and use, and what remains of it."""

import io
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

import pictures
from adapters.engines.engine import ChildEngine
from adapters.engines.errors import EngineMissing
from adapters.engines.framing import Deadline
from adapters.engines.memory_file import in_memory
from adapters.engines.process import ChildProcess
from adapters.engines.protocol import Limits, Request, Task, encode_request
from adapters.engines.recycling import RecyclePolicy
from adapters.file_source import FileSource
from adapters.temporary_copy import temporary_copy
from integration.engines.samples import put_tesseract, read, replace_tesseract
from ocrcore.domain.options import JobOptions
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.engine import Page
from ocrcore.testing.patience import FOREVER, eventually
from processes import ALLOWED, ONE_THREAD, descriptors, environment, having, zombies

HANGS = "exec sleep 1000"
#: A service whose page hangs.
SERVICE = """
import sys
from pathlib import Path
from adapters.engines.engine import ChildEngine
from integration.engines.samples import read
with ChildEngine(root=Path(sys.argv[1])) as engine:
    read(engine)
"""
#: The first process of a container: whatever loses its parent becomes its child.
FIRST_PROCESS = """
import ctypes, sys
from pathlib import Path
from adapters.engines.engine import ChildEngine
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.engine import Page
from ocrcore.domain.options import JobOptions
from processes import zombies
from integration.engines.samples import failure
assert ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) == 0
with ChildEngine(root=Path(sys.argv[1])) as engine:
    assert failure(engine, seconds=0.5) == "ocr-timeout"
assert zombies() == [], zombies()
"""


def start(program: str, root: Path) -> "subprocess.Popen[bytes]":
    tests = Path(__file__).parents[2]
    return subprocess.Popen([sys.executable, "-c", program, str(root)], env=os.environ | {"PYTHONPATH": str(tests)})


def test_neither_child_nor_program_sees_a_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    replace_tesseract(monkeypatch, tmp_path / "bin", HANGS)
    for name in ("AWS_SECRET_ACCESS_KEY", "OCR_DATABASE_URL", "PYTHONPATH", "LD_PRELOAD"):
        monkeypatch.setenv(name, "")
    with ThreadPoolExecutor(1) as threads, ChildEngine(root=tmp_path) as engine:
        threads.submit(read, engine, seconds=2 * FOREVER)
        assert eventually(lambda: having(tmp_path, "sleep"))
        for pid in having(tmp_path):
            seen = environment(pid)
            assert seen.keys() - {"PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE"} <= ALLOWED  # a shell's and Python's own
            assert all(seen[name] == "1" for name in ONE_THREAD)
        assert len(having(tmp_path)) == 2


def test_a_child_is_limited_and_so_is_its_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    replace_tesseract(monkeypatch, tmp_path / "bin", HANGS)
    with ThreadPoolExecutor(1) as threads, ChildEngine(root=tmp_path, memory=1 << 30) as engine:
        threads.submit(read, engine, seconds=2 * FOREVER)
        assert eventually(lambda: having(tmp_path, "sleep"))
        for pid in having(tmp_path):
            limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
            assert [line.split()[3:5] for line in limits if "address space" in line] == [[str(1 << 30)] * 2]
            assert [line.split()[4:6] for line in limits if "core file" in line] == [["0", "0"]]
            assert os.getpgid(pid) != os.getpgid(0)


def test_what_a_child_writes_is_its_own(tmp_path: Path) -> None:
    with ChildEngine(root=tmp_path):
        (workspace,) = tmp_path.glob("ocrcore-*")
        for folder in (workspace, *(path for path in workspace.iterdir() if path.is_dir())):
            assert folder.stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o077 for path in workspace.rglob("*")} == {0}


def test_a_program_dies_with_its_child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    replace_tesseract(monkeypatch, tmp_path / "bin", HANGS)
    folder = tmp_path / "folder"
    folder.mkdir()
    child = ChildProcess(("tesseract",), limits=Limits(max_pixels=1_000_000), folder=folder)
    deadline = Deadline(float("inf"), lambda: False)
    child.receive(deadline)
    child.send(encode_request(Request(Task.RECOGNISE, 1, JobOptions(engine="tesseract")), 1), deadline)
    child.send_file(BytesSource(pictures.png("HELLO")), deadline)
    assert eventually(lambda: having(tmp_path, "sleep"))
    os.kill(child.pid, signal.SIGKILL)
    assert eventually(lambda: not having(tmp_path))
    child.kill()


def test_a_child_cannot_write_the_files_that_it_reads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Several children read a document, and one of them may be taken over."""
    replace_tesseract(monkeypatch, tmp_path / "bin", HANGS)
    content = pictures.png("HELLO")
    with (
        ThreadPoolExecutor(1) as threads,
        ChildEngine(root=tmp_path) as engine,
        FileSource(temporary_copy(io.BytesIO(content))) as document,
    ):
        page = Page(document, 1, JobOptions())
        threads.submit(engine.recognise, page, timeout=timedelta(seconds=2 * FOREVER), stop=threading.Event())
        assert eventually(lambda: having(tmp_path, "sleep"))
        (child,) = having(tmp_path, "adapters.engines.child")
        same = [file for file in Path(f"/proc/{child}/fd").iterdir() if file.exists() and is_same(file, document)]
        flags = [Path(f"/proc/{child}/fdinfo/{file.name}").read_text().split()[3] for file in same]
        assert [int(flag, 8) & os.O_ACCMODE for flag in flags] == [os.O_RDONLY]
    with in_memory(content) as descriptor, pytest.raises(PermissionError):
        os.pwrite(descriptor, b"x", 0)


def is_same(file: Path, source: FileSource) -> bool:
    return os.path.samestat(file.stat(), os.fstat(source.fileno()))


def test_kill_9_leaves_no_process_and_the_next_start_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with monkeypatch.context() as patch:
        replace_tesseract(patch, tmp_path / "bin", HANGS)
        service = start(SERVICE, tmp_path)
    assert eventually(lambda: having(tmp_path, "sleep"))
    service.kill()
    service.wait()
    assert eventually(lambda: not having(tmp_path))
    assert list(tmp_path.glob("ocrcore-*/*/tess_*"))
    with ChildEngine(root=tmp_path) as engine:
        assert len(list(tmp_path.glob("ocrcore-*"))) == 1
        assert read(engine).text == "HELLO"
    assert list(tmp_path.glob("ocrcore-*")) == []


def test_the_first_process_of_a_container_keeps_no_zombie(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    replace_tesseract(monkeypatch, tmp_path / "bin", "sleep 1000 & sleep 1000")
    assert start(FIRST_PROCESS, tmp_path).wait(FOREVER) == 0


def test_engines_leave_no_descriptor(tmp_path: Path) -> None:
    before = descriptors()
    for _ in range(3):
        with ChildEngine(root=tmp_path) as engine:
            read(engine)
    assert descriptors() == before


def test_a_child_is_replaced_after_its_pages(tmp_path: Path) -> None:
    with ChildEngine(root=tmp_path, recycle=RecyclePolicy(pages=2)) as engine:
        children = set()
        for _ in range(4):
            read(engine)
            assert eventually(lambda: having(tmp_path, "adapters.engines.child"))
            children.update(having(tmp_path, "adapters.engines.child"))
    assert len(children) == 3


def test_closing_twice_is_no_harm(tmp_path: Path) -> None:
    engine = ChildEngine(root=tmp_path)
    engine.close()
    engine.close()
    assert list(tmp_path.iterdir()) == []


def test_without_the_program_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineMissing, match="no tesseract on the PATH; install tesseract-ocr"):
        ChildEngine(root=tmp_path)
    assert (zombies(), list(tmp_path.iterdir())) == ([], [])


def test_without_languages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    with pytest.raises(EngineMissing, match="no language data"):
        ChildEngine(root=tmp_path)


@pytest.mark.parametrize("body", ["exit 0", "echo nonsense", "exit 1", "kill -SEGV $$"])
def test_a_program_that_is_no_tesseract_is_not_taken_for_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str
) -> None:
    put_tesseract(monkeypatch, tmp_path / "bin", body)
    with pytest.raises(EngineMissing, match="does not say its version"):
        ChildEngine(root=tmp_path)


def test_an_engine_of_no_such_name_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(EngineMissing, match="in no installed distribution"):
        ChildEngine("nothing", root=tmp_path)
    assert (zombies(), list(tmp_path.iterdir())) == ([], [])


def test_an_engine_needs_a_slot(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="needs a slot"):
        ChildEngine(slots=0, root=tmp_path)
