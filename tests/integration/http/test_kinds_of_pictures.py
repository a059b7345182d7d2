"""Every kind of picture is read correctly by the engines, and shown upright."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

import pictures
from adapters.engines.engine import ChildEngine
from adapters.engines.page_images import ChildPageImages
from inspected import header_imaging
from integration.http.conftest import Server
from integration.http.site import Site
from ocrcore import Item, ItemStatus, JobOptions, OcrService, Upload
from ocrcore.domain.options import ENGINES
from worlds import World

TEXT = "HELLO WORLD"
FILES = {form: make(TEXT) for form, make in pictures.FORMS.items()}
#: Every engine receives the same grey page, so the slowest one reads only a selection.
SOME = ("png-palette-transparency", "png-16-bit", "jpeg-cmyk", "jpeg-turned", "tiff-fax", "webp-alpha", "gif", "bmp")
#: What not every browser shows.
RENDERED = ("tiff", "jp2", "heic")
READERS = {"tesseract": tuple(FILES), "tesserocr": tuple(FILES), "ppocr": SOME}


@pytest.fixture(scope="module")
def world(tesseract: str) -> Iterator[World]:  # noqa: ARG001 - it skips where there is none
    """A world with one finished job for each engine, of the forms that the engine is tried with."""
    world = World()
    with ChildEngine(also=ENGINES) as engine:
        world.context = replace(
            world.context, imaging=header_imaging(), engine=engine, page_images=ChildPageImages(engine)
        )
        world.use(OcrService(world.context))
        for name, forms in READERS.items():
            uploads = [Upload(form, BytesIO(FILES[form])) for form in forms]
            world.owned.submit(uploads, JobOptions(engine=name))
        world.process_all(world.new_worker())
        yield world


@pytest.fixture(scope="module")
def read(world: World) -> Mapping[str, Mapping[str, Item]]:
    """Return the items by engine and form."""
    jobs = {job.options.engine: world.owned.items(job.id) for job in world.owned.list()}
    return {name: {item.filename: item for item in items} for name, items in jobs.items()}


@pytest.fixture(scope="module")
def items(read: Mapping[str, Mapping[str, Item]]) -> Mapping[str, Item]:
    return read["tesseract"]


@pytest.fixture
def gallery(site: Site, server: Server, world: World) -> Site:
    """The HTTP API on that world."""
    server.context.current = world.context
    return site


@pytest.mark.parametrize(("name", "form"), [(name, form) for name, forms in READERS.items() for form in forms])
def test_every_form_of_a_picture_is_done_with_the_right_text(
    read: Mapping[str, Mapping[str, Item]], name: str, form: str
) -> None:
    item = read[name][form]
    assert (item.status, item.error_code, item.ocr_text) == (ItemStatus.DONE, None, TEXT)
    assert (item.engine or "").startswith(f"{name} ")
    assert (item.width, item.height) == (640, 160)


@pytest.mark.parametrize("form", FILES)
def test_every_form_of_a_picture_is_shown_upright(gallery: Site, items: Mapping[str, Item], form: str) -> None:
    answer = gallery.get(f"/items/{items[form].id}/image")
    kind = form.split("-", maxsplit=1)[0]
    kind = {"mpo": "jpeg"}.get(kind, "png" if kind in RENDERED else kind)
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"image/{kind}")
    assert (answer.content == FILES[form]) is not form.startswith(RENDERED)
    difference = ImageChops.difference(as_seen(answer.content), pictures.draw(TEXT).convert("L"))
    assert ImageStat.Stat(difference).mean[0] < 3


@pytest.mark.parametrize("form", FILES)
def test_every_original_is_given_back_as_it_came(gallery: Site, items: Mapping[str, Item], form: str) -> None:
    answer = gallery.get(f"/items/{items[form].id}/image", original=1)
    assert answer.content == FILES[form]
    assert answer.headers["content-disposition"].startswith("attachment;")


def as_seen(content: bytes) -> Image.Image:
    """Return the picture as a browser shows it: the first frame, on white, turned by its EXIF orientation."""
    picture = ImageOps.exif_transpose(Image.open(BytesIO(content)))
    if picture.mode == "I;16":
        return picture.convert("F").point(lambda value: value * (1 / 257)).convert("L")
    page = Image.new("RGBA", picture.size, "white")
    page.alpha_composite(picture.convert("RGBA"))
    return page.convert("L")
