"""Row 48 of the table of bad input: every kind of picture is read right, and shown upright."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

import pictures
from adapters.engines.engine import ChildEngine
from adapters.engines.renderer import ChildRenderer
from adapters.imaging.imaging import PillowImaging
from integration.http.conftest import Server
from integration.http.site import Site
from ocrcore import Item, ItemStatus, OcrService, Upload
from worlds import World

TEXT = "HELLO WORLD"
FILES = {form: make(TEXT) for form, make in pictures.FORMS.items()}


@pytest.fixture(scope="module")
def world(tesseract: str) -> Iterator[World]:  # noqa: ARG001 - it skips where there is none
    """One job of a file of every form, read by the real engine."""
    world = World()
    with ChildEngine() as engine:
        world.context = replace(world.context, imaging=PillowImaging(), engine=engine, renderer=ChildRenderer(engine))
        world.service = OcrService(world.context)
        world.service.submit([Upload(form, BytesIO(content)) for form, content in FILES.items()])
        world.process_all(world.new_worker())
        yield world


@pytest.fixture(scope="module")
def items(world: World) -> Mapping[str, Item]:
    (job,) = world.service.list()
    return {item.filename: item for item in world.service.items(job.id)}


@pytest.fixture
def gallery(site: Site, server: Server, world: World) -> Site:
    """The same over HTTP."""
    server.service._context = world.context
    return site


@pytest.mark.parametrize("form", FILES)
def test_every_form_of_a_picture_is_done_with_the_right_text(items: Mapping[str, Item], form: str) -> None:
    item = items[form]
    assert (item.status, item.error_code, item.ocr_text) == (ItemStatus.DONE, None, TEXT)


@pytest.mark.parametrize("form", FILES)
def test_width_and_height_are_those_of_the_upright_page(items: Mapping[str, Item], form: str) -> None:
    assert (items[form].width, items[form].height) == (640, 160)


@pytest.mark.parametrize("form", FILES)
def test_every_form_of_a_picture_is_shown_upright(gallery: Site, items: Mapping[str, Item], form: str) -> None:
    answer = gallery.get(f"/items/{items[form].id}/image")
    kind = {"tiff": "png", "mpo": "jpeg"}.get(form.split("-", maxsplit=1)[0], form.split("-", maxsplit=1)[0])
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"image/{kind}")
    assert (answer.content == FILES[form]) is not form.startswith("tiff")
    difference = ImageChops.difference(as_seen(answer.content), pictures.draw(TEXT).convert("L"))
    assert ImageStat.Stat(difference).mean[0] < 3


@pytest.mark.parametrize("form", FILES)
def test_every_original_is_given_back_as_it_came(gallery: Site, items: Mapping[str, Item], form: str) -> None:
    answer = gallery.get(f"/items/{items[form].id}/image", original=1)
    assert answer.content == FILES[form]
    assert answer.headers["content-disposition"].startswith("attachment;")


def as_seen(content: bytes) -> Image.Image:
    """Return what a browser shows on its white page: the first picture, turned as its EXIF asks for."""
    picture = ImageOps.exif_transpose(Image.open(BytesIO(content)))
    if picture.mode == "I;16":
        return picture.convert("F").point(lambda value: value * (1 / 257)).convert("L")
    page = Image.new("RGBA", picture.size, "white")
    page.alpha_composite(picture.convert("RGBA"))
    return page.convert("L")
