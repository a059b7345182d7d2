"""Pages as pictures, and files as they were uploaded."""

import io
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from ocrcore import ItemErrorCode, OcrService, Upload
from ocrcore.application.jobs.image import ItemImage
from ocrcore.domain.codes import ITEM_ERROR_SENTENCES
from ocrcore.domain.errors import ImageTooLarge, ItemNotFound, PdfDamaged, UnsupportedImage
from ocrcore.ports.documents import Source
from ocrcore.ports.engine import EngineFailure
from ocrcore.ports.page_images import PageImages
from worlds import World, picture

TIFF = b"PICTURE.tif:HELLO"


def image_of(world: World, content: bytes, filename: str = "page.one", *, original: bool = False) -> ItemImage:
    job = world.owned.submit([Upload(filename, io.BytesIO(content))])
    return world.owned.item_image(world.item(job).id, original=original)


def about(image: ItemImage) -> tuple[str, str, str]:
    return image.media_type, image.extension, image.filename


def test_a_kind_that_browsers_show_is_given_as_it_came() -> None:
    world = World()
    image = image_of(world, picture())
    assert about(image) == ("image/png", "png", "page.one")
    assert image.item_id == world.items(world.owned.list()[0])[0].id
    assert image.read() == picture()


def test_a_page_of_another_kind_is_rendered() -> None:
    world = World()
    image = image_of(world, TIFF)
    assert about(image) == ("image/png", "png", "page.one")
    assert image.item_id == world.items(world.owned.list()[0])[0].id
    assert image.read().startswith(b"\x89PNG")


def test_the_original_is_given_whatever_its_kind() -> None:
    image = image_of(World(), TIFF, original=True)
    assert about(image) == ("image/tiff", "tif", "page.one")
    assert image.read() == TIFF


class Asked(PageImages):
    def __init__(self) -> None:
        self.calls: list[tuple[bytes, int, timedelta, int | None, str]] = []

    def render(
        self, source: Source, page: int, *, timeout: timedelta, width: int | None = None, owner: str = ""
    ) -> bytes:
        self.calls.append((source.read(), page, timeout, width, owner))
        return b"a picture"


def test_the_page_of_the_item_is_rendered_within_20_s() -> None:
    world, asked, source = World(), Asked(), b"DOCUMENT:one\ftwo"
    world.use(OcrService(replace(world.context, page_images=asked)))
    job = world.owned.submit([Upload("document", io.BytesIO(source))])
    second = world.items(job)[1]
    assert world.owned.item_image(second.id).read() == b"a picture"
    assert asked.calls == [(source, 2, timedelta(seconds=20), None, "local")]


@pytest.mark.parametrize("original", [False, True])
def test_an_unknown_item_has_no_image(*, original: bool) -> None:
    with pytest.raises(ItemNotFound):
        World().owned.item_image(UUID(int=1), original=original)


@pytest.mark.parametrize("content", [picture(), TIFF])
def test_a_lost_file_is_said_to_be_lost(content: bytes) -> None:
    world = World()
    image = image_of(world, content)
    world.context.documents.delete([world.item(world.owned.list()[0]).s3_key])
    with pytest.raises(ItemNotFound) as refused:
        image.read()
    assert str(refused.value) == ITEM_ERROR_SENTENCES[ItemErrorCode.SOURCE_MISSING]


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        (ItemErrorCode.PDF_DAMAGED, PdfDamaged),
        (ItemErrorCode.IMAGE_TOO_LARGE, ImageTooLarge),
        (ItemErrorCode.IMAGE_CORRUPT, UnsupportedImage),
    ],
)
def test_a_page_that_cannot_be_rendered_is_refused_in_words(code: ItemErrorCode, refusal: type[Exception]) -> None:
    world = World()
    image = image_of(world, TIFF)
    world.page_images.before("render", EngineFailure(code))
    with pytest.raises(refusal) as refused:
        image.read()
    assert str(refused.value) == ITEM_ERROR_SENTENCES[code]


def test_a_rendering_that_crashes_leaves_the_original_to_download() -> None:
    world = World()
    image = image_of(world, TIFF)
    world.page_images.before("render", EngineFailure(ItemErrorCode.OCR_CRASHED))
    with pytest.raises(UnsupportedImage, match=r"^The picture cannot be shown; download the original file\.$"):
        image.read()
