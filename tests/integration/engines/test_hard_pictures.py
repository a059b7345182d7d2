"""Pictures of which a line was lost in silence: cut to their ink, on a clear ground, or in colour alone."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont

import pictures
from adapters.engines.engine import ChildEngine
from ocrcore.domain.options import JobOptions
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.engine import Page
from ocrcore.testing.patience import FOREVER

CLEAR, WHITE, BLACK = (0, 0, 0, 0), (255, 255, 255, 255), (0, 0, 0, 255)


@pytest.fixture(scope="module")
def engine(tesseract: str) -> Iterator[ChildEngine]:
    assert tesseract
    with ChildEngine() as engine:
        yield engine


def read(engine: ChildEngine, picture: Image.Image, form: str = "PNG") -> str:
    page = Page(BytesSource(pictures.save(picture, form)), 1, JobOptions(engine="tesseract"))
    return engine.recognise(page, timeout=timedelta(seconds=FOREVER), stop=threading.Event()).text


def cut(text: str, size: int, level: int) -> Image.Image:
    """Return a text on white, cut to its ink."""
    page = Image.new("L", (size * len(text), size * 2 * (text.count("\n") + 1)), 255)
    ImageDraw.Draw(page).text((size, size // 2), text, level, ImageFont.load_default(size))
    return page.crop(ImageChops.invert(page).getbbox())


@pytest.mark.parametrize(
    ("text", "size", "level"),
    [
        ("40.71", 30, 205),
        ("Net 12", 30, 205),
        ("17:30", 30, 205),
        ("40.71", 400, 0),
        ("Net total\n40.71 EUR", 150, 0),
    ],
)
def test_a_crop_is_read_whatever_its_size_and_its_contrast(
    engine: ChildEngine, text: str, size: int, level: int
) -> None:
    assert read(engine, cut(text, size, level)) == text


@pytest.mark.parametrize(("first", "second"), [(BLACK, WHITE), (WHITE, BLACK)])
def test_dark_and_light_lines_on_a_clear_ground_are_both_read(
    engine: ChildEngine, first: tuple[int, ...], second: tuple[int, ...]
) -> None:
    page = Image.new("RGBA", (900, 400), CLEAR)
    draw = ImageDraw.Draw(page)
    draw.ellipse((640, 40, 860, 260), fill=first)
    draw.text((40, 60), "HEADING", first, ImageFont.load_default(90))
    draw.text((40, 260), "and a line below", second, ImageFont.load_default(44))
    assert set(read(engine, page).split()) >= {"HEADING", "and", "a", "line", "below"}


@pytest.mark.parametrize("form", ["PNG", "JPEG", "PDF"])
def test_ink_of_the_luminance_of_its_ground_is_read_beside_dark_ink(engine: ChildEngine, form: str) -> None:
    page = Image.new("RGB", (900, 400), (150, 150, 150))
    draw = ImageDraw.Draw(page)
    draw.text((40, 60), "REPORT 2024", (0, 0, 0), ImageFont.load_default(64))
    draw.text((40, 200), "orange line below", (255, 118, 34), ImageFont.load_default(44))
    assert read(engine, page, form).split() == ["REPORT", "2024", "orange", "line", "below"]
