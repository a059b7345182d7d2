"""Pictures from the children of a real engine, beside the pages that they read."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

import pictures
from adapters.engines.engine import ChildEngine
from adapters.engines.renderer import ChildRenderer
from entrypoints.opening import open_service
from entrypoints.settings import Settings
from integration.engines.processes import eventually, having, zombies
from integration.engines.samples import read, replace_tesseract
from ocrcore import Upload
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.renderer import RendererBusy
from ocrcore.testing.renderer import PictureSamples, RendererContract, fault, render, size

PAGE = pictures.FORMS["tiff"]("HELLO")


def tiff(width: int, height: int) -> bytes:
    return pictures.save(Image.new("CMYK", (width, height)), "TIFF")


def turned_tiff(width: int, height: int) -> bytes:
    return pictures.turned(Image.new("RGB", (width, height)), 6, "TIFF")


@pytest.fixture(scope="module")
def tesseract() -> Iterator[ChildEngine]:
    with ChildEngine(slots=2) as engine:
        yield engine


class TestChildRenderer(RendererContract):
    @pytest.fixture
    def renderer(self, tesseract: ChildEngine) -> ChildRenderer:
        return ChildRenderer(tesseract)

    @pytest.fixture
    def files(self) -> PictureSamples:
        return PictureSamples(
            draw=tiff,
            turned=turned_tiff,
            truncated=PAGE[: len(PAGE) // 2],
            corrupt=pictures.damaged_png("HELLO"),
            several=pictures.SEVERAL["tiff"](),
            too_large=pictures.announces(10_001, 5_000),
        )


def busy(renderer: ChildRenderer, seconds: float) -> None:
    with pytest.raises(RendererBusy):
        renderer.render(PAGE, 1, timeout=timedelta(seconds=seconds))


def test_while_every_child_reads_it_waits_no_longer_than_it_may(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    replace_tesseract(monkeypatch, tmp_path / "bin", "sleep 1000")
    with ChildEngine(root=tmp_path) as engine, ThreadPoolExecutor(2) as threads:
        page = threads.submit(read, engine, seconds=1)
        assert eventually(lambda: having(tmp_path, "sleep"))
        renderer, began = ChildRenderer(engine, waiting=0), time.monotonic()
        first = threads.submit(busy, renderer, 0.5)
        assert eventually(renderer._turn.locked)
        busy(renderer, 60)  # there is no room to wait in, so at once
        assert time.monotonic() - began < 0.5
        first.result(2)
        assert page.exception(5) is not None


def test_pages_are_read_while_pictures_are_wanted_without_end(tmp_path: Path) -> None:
    with ChildEngine(root=tmp_path) as engine, ThreadPoolExecutor(3) as threads:
        renderer = ChildRenderer(engine)
        work = [threads.submit(render, renderer, PAGE) for _ in range(150)]
        assert [read(engine, text).text for text in ("ALPHA", "BRAVO")] == ["ALPHA", "BRAVO"]
        assert {size(each.result()) for each in work} == {(640, 160)}


def test_a_picture_that_takes_too_long_is_given_up_and_its_child_replaced(tmp_path: Path) -> None:
    with ChildEngine(root=tmp_path) as engine:
        (child,) = having(tmp_path)
        os.kill(child, signal.SIGSTOP)
        busy(ChildRenderer(engine), 0.3)
        assert size(render(ChildRenderer(engine), PAGE)) == (640, 160)
        assert having(tmp_path) != [child]
    assert zombies() == []


def test_a_child_that_dies_of_a_picture_is_a_crash(tmp_path: Path) -> None:
    with ChildEngine(root=tmp_path) as engine, ThreadPoolExecutor(1) as threads:
        (child,) = having(tmp_path)
        os.kill(child, signal.SIGSTOP)
        work = threads.submit(fault, ChildRenderer(engine), bytes(10_000_000))
        with pytest.raises(TimeoutError):  # it is being sent, and nobody listens
            work.result(0.3)
        os.kill(child, signal.SIGKILL)
        assert work.result(5) is ItemErrorCode.OCR_CRASHED
        assert size(render(ChildRenderer(engine), PAGE)) == (640, 160)


def test_a_picture_that_needs_more_memory_than_there_is_is_too_large(tmp_path: Path) -> None:
    page = pictures.save(Image.new("CMYK", (9_000, 5_500)), "TIFF", compression="tiff_lzw")
    with ChildEngine(root=tmp_path, memory=400 << 20) as engine:
        assert fault(ChildRenderer(engine), page) is ItemErrorCode.IMAGE_TOO_LARGE


def test_after_the_engine_was_closed_it_is_busy_for_ever(tmp_path: Path) -> None:
    with ChildEngine(root=tmp_path) as engine:
        renderer = ChildRenderer(engine)
    busy(renderer, 60)


def test_a_service_without_slots_renders() -> None:
    with open_service(Settings(), slots=0, kind="memory") as service:
        job = service.submit([Upload("a.tif", BytesIO(PAGE))])
        (item,) = service.items(job.id)
        shown = service.item_image(item.id)
        assert (shown.media_type, size(shown.content)) == ("image/png", (640, 160))
