"""Image: a page as a browser shows it, or the file as it was uploaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.read_jobs import get_item
from ocrcore.domain.codes import ITEM_ERROR_SENTENCES, ItemErrorCode
from ocrcore.domain.errors import ImageTooLarge, ItemNotFound, MultiFrameImage, Refusal, UnsupportedImage
from ocrcore.domain.item import Item
from ocrcore.ports.documents import DocumentMissing
from ocrcore.ports.engine import EngineFault

#: What a stored file is, by the extension that its bytes gave it; never what the client called it.
MEDIA_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "jpg": "image/jpeg",
        "png": "image/png",
        "tif": "image/tiff",
        "webp": "image/webp",
        "gif": "image/gif",
        "bmp": "image/bmp",
    }
)
#: What browsers show, and turn upright themselves.
_SHOWN: Final = frozenset(MEDIA_TYPES) - {"tif"}
#: How long somebody who looks at a page is kept waiting.
_PATIENCE: Final = timedelta(seconds=20)
#: What is refused by another name than that of a picture which cannot be read.
_REFUSALS: Final[Mapping[ItemErrorCode, type[Refusal]]] = MappingProxyType(
    {ItemErrorCode.MULTI_FRAME_IMAGE: MultiFrameImage, ItemErrorCode.IMAGE_TOO_LARGE: ImageTooLarge}
)
_CRASHED: Final = "The picture cannot be shown; download the original file."


@dataclass(frozen=True, slots=True)
class ItemImage:
    """A picture or a file, and what it is."""

    media_type: str
    content: bytes
    #: What the client called the file: data, never a path; may be empty.
    filename: str
    #: ``jpg png tif webp gif bmp``, of the content.
    extension: str


def item_image(context: Context, owner: str, item_id: UUID, *, original: bool) -> ItemImage:
    """Return the picture of a page, or the whole file that it came in, whatever became of its recognition.

    Raises ``ItemNotFound``, also when the file is lost; ``UnsupportedImage``, ``MultiFrameImage`` or
    ``ImageTooLarge`` for a page that cannot be decoded; ``RendererBusy``.
    """
    item = get_item(context, owner, item_id)
    source = _source(context, item)
    extension = item.s3_key.rpartition(".")[2]
    if not original and extension not in _SHOWN:
        source, extension = _rendered(context, item, source), "png"
    return ItemImage(MEDIA_TYPES[extension], source, item.filename, extension)


def _source(context: Context, item: Item) -> bytes:
    try:
        return context.documents.get(item.s3_key)
    except DocumentMissing as missing:
        raise ItemNotFound(ITEM_ERROR_SENTENCES[ItemErrorCode.SOURCE_MISSING]) from missing


def _rendered(context: Context, item: Item, source: bytes) -> bytes:
    try:
        return context.renderer.render(source, item.page, timeout=_PATIENCE)
    except EngineFault as fault:
        refusal = _REFUSALS.get(fault.code, UnsupportedImage)
        sentence = _CRASHED if fault.code is ItemErrorCode.OCR_CRASHED else ITEM_ERROR_SENTENCES[fault.code]
        raise refusal(sentence) from fault
