"""Image: a page as a picture that browsers show, or the file as it was uploaded."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.jobs.read import get_item
from ocrcore.domain.codes import ITEM_ERROR_SENTENCES, ItemErrorCode
from ocrcore.domain.errors import ItemNotFound
from ocrcore.domain.file_refusals import refusal_for
from ocrcore.domain.item import Item
from ocrcore.domain.media import KIND_OF, kind_of_extension
from ocrcore.ports.documents import DocumentMissing, Source
from ocrcore.ports.engine import EngineFailure

#: How long a client waits for a page to be rendered.
_TIMEOUT: Final = timedelta(seconds=20)
_CRASHED: Final = "The picture cannot be shown; download the original file."


@dataclass(frozen=True, slots=True)
class ItemImage:
    """A picture or a file, described before its bytes are read."""

    item_id: UUID
    media_type: str
    #: ``jpg png tif webp gif bmp pdf``, of the content, or ``bin``.
    extension: str
    #: The client's name for the file: data, never a path; may be empty.
    filename: str
    #: Reads the bytes. Raises ``ItemNotFound`` if the file is lost; a ``Refusal`` by the reason for a page that cannot
    #: be decoded, or of a file that was refused at the submission; ``PageImagesBusy``.
    read: Callable[[], bytes]
    #: Whether the bytes are made first, one picture at a time.
    is_rendered: bool = False


def item_image(context: Context, owner: str, item_id: UUID, *, original: bool, width: int | None = None) -> ItemImage:
    """Return the picture of a page, or the whole file that it came in. Raises ``ItemNotFound``.

    A ``width`` is the most pixels across of the picture, and counts for nothing with the file. Neither depends on the
    recognition. The item's row and its job's are read once, the file when the bytes are.
    """
    item = get_item(context, owner, item_id)
    kind = kind_of_extension(item.s3_key.rpartition(".")[2])
    is_shown = kind.shown_by_browsers and item.is_whole_file and item.refusal is None and not _is_less(item, width)
    if original or is_shown:
        return ItemImage(item.id, kind.media_type, kind.extension, item.filename, lambda: _original(context, item))
    png = KIND_OF["png"]
    return ItemImage(
        item.id,
        png.media_type,
        png.extension,
        item.filename,
        lambda: _rendered(context, owner, item, width),
        is_rendered=True,
    )


def _opened(context: Context, item: Item) -> Source:
    try:
        return context.documents.open(item.s3_key)
    except DocumentMissing as missing:
        raise ItemNotFound(ITEM_ERROR_SENTENCES[ItemErrorCode.SOURCE_MISSING]) from missing


def _original(context: Context, item: Item) -> bytes:
    with _opened(context, item) as source:
        return source.read()


def _is_less(item: Item, width: int | None) -> bool:
    """Return whether a width asks for less than the page has, as far as that is known."""
    return width is not None and (item.width is None or width < item.width)


def _rendered(context: Context, owner: str, item: Item, width: int | None) -> bytes:
    if item.refusal is not None:
        raise refusal_for(item.refusal)
    try:
        with _opened(context, item) as source:
            return context.page_images.render(source, item.page, timeout=_TIMEOUT, width=width, owner=owner)
    except EngineFailure as failure:
        raise refusal_for(failure.code, _CRASHED if failure.code is ItemErrorCode.OCR_CRASHED else "") from failure
