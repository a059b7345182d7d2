"""Pages end in time, whatever the program does."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

import bombs
import pictures
from adapters.engines.engine import ChildEngine
from adapters.engines.wall.build import Sandbox
from integration.engines.samples import failure, read, replace_tesseract
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.options import JobOptions
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.engine import EngineFailure, EngineStopped, Page
from ocrcore.testing.patience import FOREVER, eventually, within
from processes import having, zombies

HANGS = "exec sleep 1000"
BAD = {
    "hangs": HANGS,
    "ignores signals": "trap '' TERM INT HUP; while :; do sleep 1000; done",
    "forks": "sleep 1000 & (sleep 1000 & sleep 1000) & wait",
    "forks and leaves": "sleep 1000 2>&1 & sleep 1000 & exit 0",
    "works": "while :; do :; done",
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_nothing_outlives_its_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str) -> None:
    replace_tesseract(monkeypatch, tmp_path / "bin", body)
    with ChildEngine(root=tmp_path) as engine:
        with within(5.5):
            assert failure(engine, seconds=0.5) is ItemErrorCode.OCR_TIMEOUT
        assert eventually(lambda: not having(tmp_path, "sleep") and not having(tmp_path, "bin/tesseract"))
    assert (having(tmp_path), zombies(), list(tmp_path.glob("ocrcore-*"))) == ([], [], [])


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_nothing_outlives_being_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str) -> None:
    replace_tesseract(monkeypatch, tmp_path / "bin", body)
    stop = threading.Event()
    with ChildEngine(root=tmp_path) as engine, ThreadPoolExecutor(1) as threads:
        page = Page(BytesSource(pictures.png("HELLO")))
        work = threads.submit(engine.recognise, page, timeout=timedelta(seconds=2 * FOREVER), stop=stop)
        assert eventually(lambda: having(tmp_path, "bin/tesseract") or having(tmp_path, "sleep"))
        with within(1):
            stop.set()
            assert isinstance(work.exception(FOREVER), EngineStopped)
        assert eventually(lambda: not having(tmp_path, "sleep") and not having(tmp_path, "bin/tesseract"))
    assert (having(tmp_path), zombies()) == ([], [])


def test_closing_stops_what_is_in_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    replace_tesseract(monkeypatch, tmp_path / "bin", HANGS)
    with ThreadPoolExecutor(1) as threads:
        with ChildEngine(root=tmp_path) as engine:
            work = threads.submit(read, engine, seconds=2 * FOREVER)
            assert eventually(lambda: having(tmp_path, "sleep"))
        assert isinstance(work.exception(FOREVER), EngineStopped)
    with pytest.raises(EngineStopped):
        read(engine)
    assert (having(tmp_path), zombies(), list(tmp_path.glob("ocrcore-*"))) == ([], [], [])


def test_waiting_for_a_slot_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    replace_tesseract(monkeypatch, tmp_path / "bin", HANGS)
    with ThreadPoolExecutor(2) as threads, ChildEngine(root=tmp_path) as engine:
        first = threads.submit(read, engine, seconds=2 * FOREVER)
        assert eventually(lambda: having(tmp_path, "sleep"))
        second = threads.submit(failure, engine, seconds=0.5)
        assert second.result(FOREVER) is ItemErrorCode.OCR_TIMEOUT
        assert first.running()


def test_one_that_hangs_holds_up_nobody_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    flag.touch()
    replace_tesseract(monkeypatch, tmp_path / "bin", f'rm {flag} 2>/dev/null && {HANGS}\ntesseract "$@"')
    unwalled = ChildEngine(root=tmp_path, slots=2, sandbox=Sandbox.OFF)  # so that the script may remove the flag
    with ThreadPoolExecutor(1) as threads, unwalled as engine:
        slow = threads.submit(read, engine, seconds=2 * FOREVER)
        assert eventually(lambda: having(tmp_path, "sleep"))
        assert [read(engine, text).text for text in ("ALPHA", "BRAVO")] == ["ALPHA", "BRAVO"]
        assert slow.running()


def test_a_picture_that_takes_too_much_to_decode_is_corrupt_at_once_and_the_next_is_read(tmp_path: Path) -> None:
    endless = bombs.scans(24_000, side=11_000)  # 93 scans of next to nothing, which are not too many
    with ChildEngine(root=tmp_path, decoding=1, max_pixels=11_000**2) as engine:
        page = Page(BytesSource(endless), 1, JobOptions())
        with pytest.raises(EngineFailure) as caught:
            engine.recognise(page, timeout=timedelta(seconds=FOREVER), stop=threading.Event())
        assert caught.value.code is ItemErrorCode.IMAGE_CORRUPT
        assert read(engine).text == "HELLO"


@pytest.mark.parametrize(
    ("bomb", "decoding"), [(bombs.pdf_forms(), 20), (bombs.pdf_shadings(20_000), 1)], ids=["memory", "processor time"]
)
def test_a_pdf_that_takes_too_much_to_draw_is_damaged_at_once_and_the_next_is_read(
    bomb: bytes, decoding: int, tmp_path: Path
) -> None:
    with ChildEngine(root=tmp_path, decoding=decoding, memory=512 << 20) as engine:
        with pytest.raises(EngineFailure) as caught:
            engine.recognise(Page(BytesSource(bomb)), timeout=timedelta(seconds=FOREVER), stop=threading.Event())
        assert caught.value.code is ItemErrorCode.PDF_DAMAGED
        assert read(engine).text == "HELLO"
