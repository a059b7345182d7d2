"""Whatever reads in a child, the child is confined, and what becomes of it is no one else's fault."""

import os
import re
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

import pictures
from adapters.engines.engine import ChildEngine
from adapters.engines.recycling import RecyclePolicy
from integration.engines.samples import failure, page_samples, read
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.engine import EngineStopped, Page
from ocrcore.testing.engine import fault as fault_of
from ocrcore.testing.patience import FOREVER, eventually, within
from processes import (
    ALLOWED,
    ONE_THREAD,
    descriptors,
    environment,
    having,
    wait_until_at_work,
    zombies,
)

MEMORY = 2 << 30
EVERY = ("tesseract", "tesserocr", "ppocr")
#: Those that read in the child itself.
WITHIN = ("tesserocr", "ppocr")


def status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@pytest.mark.parametrize("name", EVERY)
def test_a_child_that_reads_is_confined(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    for secret in ("AWS_SECRET_ACCESS_KEY", "OCR_DATABASE_URL", "PYTHONPATH", "LD_PRELOAD", "HOME"):
        monkeypatch.setenv(secret, "")
    with ChildEngine(name, root=tmp_path, memory=MEMORY) as engine:
        assert read(engine).text == "HELLO"
        (child,) = having(tmp_path)
        seen = environment(child)
        assert seen.keys() - {"LC_CTYPE"} <= ALLOWED
        assert all(seen[variable] == "1" for variable in ONE_THREAD)
        limits = Path(f"/proc/{child}/limits").read_text()
        assert re.search(rf"Max address space +{MEMORY} +{MEMORY}", limits)
        assert re.search(r"Max core file size +0 +0", limits)
        assert (status(child)["NoNewPrivs"], status(child)["Threads"]) == ("1", "1")
        assert list(tmp_path.glob("ocrcore-*/*/*")) == []
    assert (having(tmp_path), zombies(), list(tmp_path.iterdir())) == ([], [], [])


@pytest.mark.parametrize(
    ("name", "number"),
    [("tesserocr", signal.SIGSEGV), ("tesserocr", signal.SIGABRT), ("ppocr", signal.SIGSEGV)],
)
def test_a_crash_at_work_is_one_pages_alone(tmp_path: Path, name: str, number: signal.Signals) -> None:
    with ChildEngine(name, root=tmp_path) as engine, ThreadPoolExecutor(1) as threads:
        read(engine)  # so that it is at the next page, and not at loading
        (child,) = having(tmp_path)
        forever = timedelta(seconds=2 * FOREVER)
        work = threads.submit(fault_of, engine, page_samples().endless, timeout=forever)
        wait_until_at_work(child)
        with within(1):
            os.kill(child, number)
            assert work.result(FOREVER) is ItemErrorCode.OCR_CRASHED
        assert read(engine).text == "HELLO"
    assert zombies() == []


@pytest.mark.parametrize("name", WITHIN)
def test_a_child_that_hangs_is_gone_when_the_time_is_over(tmp_path: Path, name: str) -> None:
    with ChildEngine(name, root=tmp_path) as engine:
        (child,) = having(tmp_path)
        os.kill(child, signal.SIGSTOP)
        with within(5.5):
            assert failure(engine, seconds=0.5) is ItemErrorCode.OCR_TIMEOUT
        assert eventually(lambda: child not in having(tmp_path))
        assert read(engine).text == "HELLO"
    assert (having(tmp_path), zombies()) == ([], [])


@pytest.mark.parametrize("name", WITHIN)
def test_closing_ends_what_is_in_work(tmp_path: Path, name: str) -> None:
    with ThreadPoolExecutor(1) as threads:
        with ChildEngine(name, root=tmp_path) as engine:
            (child,) = having(tmp_path)
            page, forever = Page(BytesSource(page_samples().endless)), timedelta(seconds=2 * FOREVER)
            work = threads.submit(engine.recognise, page, timeout=forever, stop=threading.Event())
            wait_until_at_work(child)
        assert isinstance(work.exception(FOREVER), EngineStopped)
    assert (having(tmp_path), zombies(), list(tmp_path.iterdir())) == ([], [], [])


@pytest.mark.parametrize("name", ["tesseract", "tesserocr"])
def test_a_page_that_needs_more_memory_than_there_is_is_too_large(tmp_path: Path, name: str) -> None:
    page = pictures.save(Image.new("CMYK", (9_000, 5_500)), "TIFF", compression="tiff_lzw")
    with ChildEngine(name, root=tmp_path, memory=400 << 20) as engine:
        (child,) = having(tmp_path, "adapters.engines.child")
        assert fault_of(engine, page) is ItemErrorCode.IMAGE_TOO_LARGE
        assert read(engine).text == "HELLO"
        assert child not in having(tmp_path, "adapters.engines.child")  # what it had left may not do for the next page


def test_models_that_do_not_fit_cost_the_page_and_nothing_else(tmp_path: Path) -> None:
    with ChildEngine("ppocr", also=("tesseract",), root=tmp_path, memory=420 << 20) as engine:
        assert failure(engine) in {ItemErrorCode.OCR_CRASHED, ItemErrorCode.IMAGE_TOO_LARGE}
        assert read(engine, name="tesseract").text == "HELLO"
    assert zombies() == []


@pytest.mark.parametrize("name", ["tesseract", "tesserocr"])
def test_fifty_pages_leave_nothing(tmp_path: Path, name: str) -> None:
    texts = [f"PAGE {number}" for number in range(10, 60)]
    with (
        ChildEngine(name, root=tmp_path, slots=2, recycle=RecyclePolicy(pages=8)) as engine,
        ThreadPoolExecutor(2) as threads,
    ):
        before = descriptors()
        assert [layout.text for layout in threads.map(lambda text: read(engine, text), texts)] == texts
        # Eventually: a child that was worn out by one of the last pages is being replaced.
        assert eventually(lambda: descriptors() <= before + 1)  # the second slot's connection
        assert list(tmp_path.glob("ocrcore-*/*/*")) == []
        assert eventually(lambda: len(having(tmp_path)) == 2)
    assert (having(tmp_path), zombies(), list(tmp_path.iterdir())) == ([], [], [])


@pytest.mark.parametrize("name", EVERY)
def test_a_child_that_has_grown_is_replaced(tmp_path: Path, name: str) -> None:
    with ChildEngine(name, root=tmp_path, recycle=RecyclePolicy(resident=1 << 20)) as engine:
        (first,) = having(tmp_path, "adapters.engines.child")
        assert read(engine).text == "HELLO"
        assert eventually(lambda: having(tmp_path, "adapters.engines.child"))
        assert having(tmp_path, "adapters.engines.child") != [first]
