"""A crash is the fault of one page alone."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adapters.engines.engine import ChildEngine
from adapters.engines.pool import ChildPool
from adapters.engines.protocol import Hello
from adapters.engines.slot import Slot
from adapters.engines.tsv import HEADING
from adapters.engines.wall.build import Sandbox
from integration.engines.samples import failure, read, replace_tesseract
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.testing.patience import FOREVER, eventually, within
from processes import having, zombies

CRASHES = {
    "segmentation fault": "kill -SEGV $$",
    "killed": "kill -KILL $$",
    "fails": "echo Error during processing. >&2; exit 1",
    "fails in no known letters": "printf '\\377\\376' >&2; exit 1",
    "writes nothing": "exit 0",
    "writes garbage": 'printf \'x\\n5\\tx\\n\' > "$2.tsv"; : > "$2.txt"',
    "fills the disk": 'yes > "$2.txt"; exit 1',
}

#: A stop signal comes when the thread that starts children runs, and before whoever started it knows.
STOPPED_AT_ONCE = """
import os, signal, sys, threading
from pathlib import Path
from adapters.engines.engine import ChildEngine
from entrypoints.signals import end_on_sigterm
end_on_sigterm()
start = threading.Thread.start
def start_and_be_stopped(thread):
    start(thread)
    if thread.name.startswith("spawner"):
        os.kill(os.getpid(), signal.SIGTERM)
threading.Thread.start = start_and_be_stopped
try:
    ChildEngine("tesserocr", root=Path(sys.argv[1]))
except SystemExit:
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("spawner")]
    print(f"SystemExit, and {len(left)} threads")
"""


@pytest.mark.parametrize("body", CRASHES.values(), ids=CRASHES)
def test_a_program_that_fails_is_a_crash_and_the_next_page_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str
) -> None:
    once = 'mkdir "$TMPDIR/once" 2>/dev/null'
    replace_tesseract(monkeypatch, tmp_path / "bin", f'if {once}; then {body}; else tesseract "$@"; fi')
    with ChildEngine(root=tmp_path, max_pixels=1_000_000) as engine:
        assert failure(engine) is ItemErrorCode.OCR_CRASHED
        assert read(engine).text == "HELLO"
        assert [path for path in tmp_path.glob("ocrcore-*/*/*") if path.name.startswith("tess_")] == []


def test_what_a_program_says_of_a_page_is_heard(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    replace_tesseract(monkeypatch, tmp_path / "bin", "echo 'Image too large: (40000, 10)' >&2; exit 1")
    with ChildEngine(root=tmp_path) as engine:
        assert failure(engine) is ItemErrorCode.IMAGE_TOO_LARGE


def test_noise_on_its_output_does_no_harm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    replace_tesseract(monkeypatch, tmp_path / "bin", 'echo noise; echo noise >&2; tesseract "$@"')
    with ChildEngine(root=tmp_path) as engine:
        assert read(engine).text == "HELLO"


def test_letters_that_are_none_are_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    box = "1\\t1\\t1\\t1\\t1\\t0\\t0\\t9\\t9\\t90"
    heading = HEADING.replace("\t", "\\t")
    table = f"{heading}\\n1\\t1\\t0\\t0\\t0\\t0\\t0\\t0\\t640\\t160\\t-1\\t\\n5\\t{box}\\ta\\377b\\n"
    body = f"printf 'a\\377b\\f' > \"$2.txt\"; printf '{table}' > \"$2.tsv\""
    replace_tesseract(monkeypatch, tmp_path / "bin", body)
    with ChildEngine(root=tmp_path) as engine:
        assert read(engine, "").text == "a\N{REPLACEMENT CHARACTER}b"


def test_a_child_that_is_killed_at_work_is_a_crash(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    flag.touch()
    body = f'if rm {flag} 2>/dev/null; then exec sleep 1000; else tesseract "$@"; fi'
    replace_tesseract(monkeypatch, tmp_path / "bin", body)
    unwalled = ChildEngine(root=tmp_path, sandbox=Sandbox.OFF)  # so that the script may remove the flag
    with unwalled as engine, ThreadPoolExecutor(1) as threads:
        work = threads.submit(failure, engine, seconds=2 * FOREVER)
        assert eventually(lambda: having(tmp_path, "sleep"))
        with within(1.5):
            os.kill(having(tmp_path, "adapters.engines.child")[0], signal.SIGKILL)
            assert work.result(FOREVER) is ItemErrorCode.OCR_CRASHED
            assert read(engine).text == "HELLO"
        assert having(tmp_path, "sleep") == []


def test_a_child_that_is_killed_idle_is_nobodys_fault(tmp_path: Path) -> None:
    with ChildEngine(root=tmp_path) as engine:
        read(engine)
        (child,) = having(tmp_path)
        os.kill(child, signal.SIGKILL)
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # it loses its environment a moment before it is dead
        assert read(engine).text == "HELLO"
    assert zombies() == []


def test_a_signal_for_the_whole_service_does_not_end_a_page(tmp_path: Path) -> None:
    with ChildEngine(root=tmp_path) as engine:
        (child,) = having(tmp_path)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            os.killpg(child, number)
        assert read(engine).text == "HELLO"
        assert having(tmp_path) == [child]


def test_a_child_that_nobody_waits_for_any_more_is_gone_with_its_pool(tmp_path: Path) -> None:
    class Interrupted(ChildPool):
        def _handshake(self, slot: Slot) -> Hello:
            self._spawner.submit(self._spawn, self._engines)  # and whoever would have kept it is interrupted
            del slot
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Interrupted(root=tmp_path)
    assert having(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_who_is_stopped_while_the_first_thread_starts_waits_for_it_and_leaves_nothing(tmp_path: Path) -> None:
    """A folder for a child that was made meanwhile stayed behind."""
    stopped = subprocess.run(
        [sys.executable, "-c", STOPPED_AT_ONCE, tmp_path], check=False, capture_output=True, text=True, timeout=FOREVER
    )
    assert (stopped.returncode, stopped.stdout, stopped.stderr) == (0, "SystemExit, and 0 threads\n", "")
    assert list(tmp_path.iterdir()) == []
