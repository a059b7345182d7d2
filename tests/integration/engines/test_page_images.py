"""Pictures from the children of a real engine, beside the pages that they read."""

import fcntl
import os
import signal
import sys
import termios
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

import pictures
from adapters.engines.engine import ChildEngine
from adapters.engines.page_images import ChildPageImages
from entrypoints.bootstrap import open_service
from entrypoints.settings import Settings
from integration.engines.samples import read, replace_tesseract
from ocrcore import LOCAL_OWNER, Upload
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.page_images import PageImagesBusy
from ocrcore.testing.page_images import PageImagesContract, PictureSamples, fault, render, size
from ocrcore.testing.patience import FOREVER, eventually
from processes import having, zombies

PAGE = pictures.FORMS["tiff"]("HELLO")


def tiff(width: int, height: int) -> bytes:
    return pictures.save(Image.new("CMYK", (width, height)), "TIFF")


def turned_tiff(width: int, height: int) -> bytes:
    return pictures.turned(Image.new("RGB", (width, height)), 6, "TIFF")


@pytest.fixture(scope="module")
def drawing() -> Iterator[ChildEngine]:
    with ChildEngine(slots=2) as engine:
        yield engine


class TestChildRenderer(PageImagesContract):
    @pytest.fixture
    def page_images(self, drawing: ChildEngine) -> ChildPageImages:
        return ChildPageImages(drawing)

    @pytest.fixture
    def files(self) -> PictureSamples:
        return PictureSamples(
            draw=tiff,
            turned=turned_tiff,
            truncated=PAGE[: len(PAGE) // 2],
            corrupt=pictures.damaged_png("HELLO"),
            too_large=pictures.announces(10_001, 5_000),
        )


def unheard(engine: ChildEngine) -> int:
    """Return how many bytes the only child has been sent and has not taken."""
    (child,) = engine._started
    return int.from_bytes(fcntl.ioctl(child._connection, termios.TIOCOUTQ, bytes(4)), sys.byteorder)


def busy(page_images: ChildPageImages, seconds: float) -> None:
    with pytest.raises(PageImagesBusy):
        page_images.render(BytesSource(PAGE), 1, timeout=timedelta(seconds=seconds))


def test_while_every_child_reads_it_waits_no_longer_than_it_may(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    replace_tesseract(monkeypatch, tmp_path / "bin", "sleep 1000")
    with ThreadPoolExecutor(2) as threads:
        with ChildEngine(root=tmp_path) as engine:
            page = threads.submit(read, engine, seconds=2 * FOREVER)
            assert eventually(lambda: having(tmp_path, "sleep"))
            page_images = ChildPageImages(engine, waiting=0)
            busy(page_images, 0.5)
            first = threads.submit(busy, page_images, 2 * FOREVER)
            assert eventually(lambda: page_images._turns.held)
            busy(page_images, 2 * FOREVER)  # there is no room to wait in, so at once
            assert first.running()
            assert page.running()
        first.result(FOREVER)
        assert page.exception(FOREVER) is not None


def test_pages_are_read_while_pictures_are_wanted_without_end(tmp_path: Path) -> None:
    with ChildEngine(root=tmp_path) as engine, ThreadPoolExecutor(3) as threads:
        page_images = ChildPageImages(engine)
        work = [threads.submit(render, page_images, PAGE) for _ in range(150)]
        assert [read(engine, text).text for text in ("ALPHA", "BRAVO")] == ["ALPHA", "BRAVO"]
        assert {size(each.result()) for each in work} == {(640, 160)}


def test_a_picture_that_takes_too_long_is_given_up_and_its_child_replaced(tmp_path: Path) -> None:
    with ChildEngine(root=tmp_path) as engine:
        (child,) = having(tmp_path)
        os.kill(child, signal.SIGSTOP)
        busy(ChildPageImages(engine), 0.3)
        assert size(render(ChildPageImages(engine), PAGE)) == (640, 160)
        assert having(tmp_path) != [child]
    assert zombies() == []


def test_a_child_that_dies_of_a_picture_is_a_crash(tmp_path: Path) -> None:
    with ChildEngine(root=tmp_path) as engine, ThreadPoolExecutor(1) as threads:
        (child,) = having(tmp_path)
        os.kill(child, signal.SIGSTOP)
        work = threads.submit(fault, ChildPageImages(engine), bytes(10_000_000))
        assert eventually(lambda: unheard(engine))  # it is being sent, and nobody listens
        os.kill(child, signal.SIGKILL)
        assert work.result(FOREVER) is ItemErrorCode.OCR_CRASHED
        assert size(render(ChildPageImages(engine), PAGE)) == (640, 160)


def test_a_picture_that_needs_more_memory_than_there_is_is_too_large(tmp_path: Path) -> None:
    page = pictures.save(Image.new("CMYK", (9_000, 5_500)), "TIFF", compression="tiff_lzw")
    with ChildEngine(root=tmp_path, memory=400 << 20) as engine:
        assert fault(ChildPageImages(engine), page) is ItemErrorCode.IMAGE_TOO_LARGE


def test_after_the_engine_was_closed_it_is_busy_for_ever(tmp_path: Path) -> None:
    with ChildEngine(root=tmp_path) as engine:
        page_images = ChildPageImages(engine)
    busy(page_images, 60)


def test_a_service_without_slots_renders() -> None:
    with open_service(Settings(), slots=0, kind="memory") as service:
        job = service.of(LOCAL_OWNER).submit([Upload("a.tif", BytesIO(PAGE))])
        (item,) = service.of(LOCAL_OWNER).items(job.id)
        shown = service.of(LOCAL_OWNER).item_image(item.id)
        assert (shown.media_type, size(shown.read())) == ("image/png", (640, 160))
