"""The picture of an item over HTTP, and the file that it came in."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar.testing import TestClient

from entrypoints.http.app import create_app
from entrypoints.http.routes.images import attachment
from entrypoints.settings import Settings
from ocrcore import Item, ItemErrorCode, ItemImage, ItemStatus, JobStatus, Upload
from ocrcore.application.worker.claim_item import claim_item
from ocrcore.domain.errors import DatabaseUnavailable, StorageUnavailable
from ocrcore.ports.engine import EngineFailure
from ocrcore.ports.page_images import PageImagesBusy
from ocrcore.testing.page_images import size
from worlds import World

TIFF = b"PICTURE.tif:40x30:HELLO"
PNG = b"PICTURE:HELLO"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> Iterator[httpx.Client]:
    with TestClient(create_app(world.service, Settings()), base_url="http://127.0.0.1") as client:
        yield client


def submit(world: World, content: bytes, filename: str = "a", owner: str = "local") -> Item:
    job = world.service.of(owner).submit([Upload(filename, BytesIO(content))])
    (item,) = world.service.of(owner).items(job.id)
    return item


def get(client: httpx.Client, item_id: object, *, original: bool = False, **headers: str) -> httpx.Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(f"/api/v1/items/{item_id}/image", params={"original": 1} if original else {}, headers=given)


def refused(answer: httpx.Response, status: int, code: str) -> str:
    fields: dict[str, Any] = answer.json()
    assert (answer.status_code, fields["code"]) == (status, code)
    return str(fields["detail"])


@pytest.mark.parametrize(
    ("extension", "media_type"),
    [
        ("jpg", "image/jpeg"),
        ("png", "image/png"),
        ("webp", "image/webp"),
        ("gif", "image/gif"),
        ("bmp", "image/bmp"),
    ],
)
def test_what_browsers_show_is_given_as_it_came(
    world: World, client: httpx.Client, extension: str, media_type: str
) -> None:
    content = f"PICTURE.{extension}:HELLO".encode()
    answer = get(client, submit(world, content, "a.html").id)
    assert (answer.content, answer.headers["content-type"]) == (content, media_type)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "content-disposition" not in answer.headers


def test_a_tiff_is_shown_as_png(world: World, client: httpx.Client) -> None:
    answer = get(client, submit(world, TIFF).id)
    assert (answer.headers["content-type"], size(answer.content)) == ("image/png", (40, 30))


def test_the_original_is_the_uploaded_file_to_be_saved(world: World, client: httpx.Client) -> None:
    answer = get(client, submit(world, TIFF, "scan.tif").id, original=True)
    assert (answer.content, answer.headers["content-type"]) == (TIFF, "image/tiff")
    assert answer.headers["content-disposition"] == "attachment; filename=\"scan.tif\"; filename*=UTF-8''scan.tif"


@pytest.mark.parametrize(
    ("filename", "plain", "encoded"),
    [
        ("a b.png", "a b.png", "a%20b.png"),
        ("a\u00e7\u00e3o.png", "a__o.png", "a%C3%A7%C3%A3o.png"),
        ('x"; filename="evil.exe', "x_; filename=_evil.exe.png", "x%22%3B%20filename%3D%22evil.exe.png"),
        ("../../etc/passwd", "passwd.png", "passwd.png"),
        ("a.html", "a.html.png", "a.html.png"),
        ("A.PNG", "A.PNG", "A.PNG"),
        ("C:\\scans\\a.png", "a.png", "a.png"),
        ("a%0d%0aX: y.png", "a%0d%0aX: y.png", "a%250d%250aX%3A%20y.png"),
        (".bashrc", "bashrc.png", "bashrc.png"),
        ("folder/", "page.png", "page.png"),
        ("", "page.png", "page.png"),
        ("\U0001f600.png", "_.png", "%F0%9F%98%80.png"),
    ],
)
def test_a_file_is_saved_by_a_name_and_never_by_a_path(filename: str, plain: str, encoded: str) -> None:
    header = attachment(ItemImage(UUID(int=1), "image/png", "png", filename, bytes))
    assert header == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"


def test_the_folders_of_a_name_are_found_in_linear_time() -> None:
    header = attachment(ItemImage(UUID(int=1), "image/png", "png", "x" * 1_000_000, bytes))
    assert len(header) > 2_000_000  # in quadratic time it would take an hour


@pytest.mark.parametrize("original", [False, True])
def test_another_owners_picture_is_not_found_like_one_that_never_was(
    world: World, client: httpx.Client, *, original: bool
) -> None:
    theirs = refused(get(client, submit(world, PNG, owner="other").id, original=original), 404, "item-not-found")
    assert theirs == refused(get(client, UUID(int=1), original=original), 404, "item-not-found")
    assert theirs == refused(get(client, "x", original=original), 404, "item-not-found")


@pytest.mark.parametrize("status", [ItemStatus.PENDING, ItemStatus.PROCESSING, ItemStatus.DONE, ItemStatus.ERROR])
def test_whatever_becomes_of_the_text_the_page_is_shown(world: World, client: httpx.Client, status: ItemStatus) -> None:
    item = submit(world, TIFF)
    match status:
        case ItemStatus.PROCESSING:
            world.receive()
            claim_item(world.context, world.take())
        case ItemStatus.DONE:
            world.process_all()
        case ItemStatus.ERROR:
            world.owned.cancel(item.job_id)
    assert world.owned.item(item.id).status is status
    assert get(client, item.id).status_code == get(client, item.id, original=True).status_code == 200


def test_looking_at_a_page_applies_the_deadline(world: World, client: httpx.Client) -> None:
    item = submit(world, PNG)
    world.tick(days=2)
    assert get(client, item.id).status_code == 200
    (job,) = world.owned.list()
    assert job.status is JobStatus.EXPIRED


@pytest.mark.parametrize(
    ("fault", "status", "code", "words"),
    [
        ("unsupported-image", 415, "unsupported-image", "not a picture"),
        ("pdf-damaged", 422, "pdf-damaged", "damaged"),
        ("image-truncated", 415, "unsupported-image", "ends too early"),
        ("image-corrupt", 415, "unsupported-image", "damaged"),
        ("image-too-large", 422, "image-too-large", "lower resolution"),
        ("ocr-crashed", 415, "unsupported-image", "download the original"),
    ],
)
def test_a_page_that_cannot_be_decoded_says_why_and_can_be_downloaded(
    world: World, client: httpx.Client, fault: str, status: int, code: str, words: str
) -> None:
    item = submit(world, TIFF)
    world.page_images.before("render", EngineFailure(ItemErrorCode(fault)))
    assert words in refused(get(client, item.id), status, code)
    assert get(client, item.id, original=True).content == TIFF


def test_who_comes_when_it_is_busy_is_asked_to_come_again(world: World, client: httpx.Client) -> None:
    item = submit(world, TIFF)
    world.page_images.before("render", PageImagesBusy())
    answer = get(client, item.id)
    assert "ask again" in refused(answer, 503, "busy")
    assert int(answer.headers["retry-after"]) > 0


def test_while_the_store_is_away_there_is_no_picture(world: World, client: httpx.Client) -> None:
    item = submit(world, PNG)
    world.documents.before("open", StorageUnavailable("gone"))
    refused(get(client, item.id), 503, "storage-unavailable")


def test_while_the_database_is_away_there_is_no_picture(world: World, client: httpx.Client) -> None:
    item = submit(world, PNG)
    world.jobs.before("item", DatabaseUnavailable("gone"))
    refused(get(client, item.id), 503, "database-unavailable")


def test_a_file_that_was_lost_is_told_as_lost(world: World, client: httpx.Client) -> None:
    item = submit(world, PNG)
    world.context.documents.delete([item.s3_key])
    assert "no longer in the store" in refused(get(client, item.id), 404, "item-not-found")


@pytest.mark.parametrize("original", [False, True])
def test_a_browser_that_has_the_picture_is_not_sent_it_again(
    world: World, client: httpx.Client, *, original: bool
) -> None:
    item = submit(world, TIFF)
    first = get(client, item.id, original=original)
    assert first.headers["cache-control"] == "private, no-cache"
    world.documents.before("open", StorageUnavailable("not to be asked"))
    again = get(client, item.id, original=original, if_none_match=f'"x", W/{first.headers["etag"]}')
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])


def test_the_picture_and_the_original_are_not_taken_for_each_other(world: World, client: httpx.Client) -> None:
    item = submit(world, TIFF)
    shown = get(client, item.id).headers["etag"]
    assert get(client, item.id, original=True, if_none_match=shown).content == TIFF


def test_a_browser_that_has_the_picture_is_told_when_it_is_gone(world: World, client: httpx.Client) -> None:
    item = submit(world, PNG)
    tag = get(client, item.id).headers["etag"]
    world.owned.delete(item.job_id)
    refused(get(client, item.id, if_none_match=tag), 404, "item-not-found")


def test_no_other_site_may_show_it(world: World, client: httpx.Client) -> None:
    assert get(client, submit(world, PNG).id).headers["cross-origin-resource-policy"] == "same-origin"


def test_an_option_that_is_none_is_refused(world: World, client: httpx.Client) -> None:
    path = f"/api/v1/items/{submit(world, PNG).id}/image"
    refused(client.get(path, params={"original": "maybe"}), 422, "invalid-option")


def test_each_row_is_read_once_for_a_picture(world: World, client: httpx.Client) -> None:
    item = submit(world, PNG)
    read: list[str] = []
    for verb in ("get", "item", "items", "list", "transact"):
        port = getattr(world.context.jobs, verb)

        def counted(*args: object, verb: str = verb, port: Any = port, **kwargs: object) -> object:  # noqa: ANN401 - any verb
            read.append(verb)
            return port(*args, **kwargs)

        world.context.jobs.__dict__[verb] = counted
    assert get(client, item.id).status_code == 200
    assert sorted(read) == ["get", "item"]
