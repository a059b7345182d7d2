"""Refusals of files, and the item codes that say the same: the one place that relates the two."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ocrcore.domain.codes import ITEM_ERROR_SENTENCES, ItemErrorCode
from ocrcore.domain.errors import (
    EmptyFile,
    ImageTooLarge,
    NoPages,
    PdfDamaged,
    PdfEncrypted,
    Refusal,
    TooManyPages,
    UnsupportedImage,
)

#: Why a file cannot be read -> the refusal with this code.
_REFUSALS: Final[Mapping[ItemErrorCode, type[Refusal]]] = MappingProxyType(
    {
        ItemErrorCode(refusal.code.value): refusal
        for refusal in (EmptyFile, UnsupportedImage, ImageTooLarge, PdfEncrypted, PdfDamaged, NoPages, TooManyPages)
    }
)


def refusal_for(code: ItemErrorCode, sentence: str = "") -> Refusal:
    """Return the refusal of a file or page for this reason, by default with the reason's sentence.

    Reasons that only an attempt finds have no refusal of their own; they become ``UnsupportedImage``.
    """
    return _REFUSALS.get(code, UnsupportedImage)(sentence or ITEM_ERROR_SENTENCES[code])


def item_code_for(refusal: Refusal) -> ItemErrorCode | None:
    """Return the code of an item whose file is refused so, or None if the refusal is not about what is in a file."""
    return next((code for code, kind in _REFUSALS.items() if type(refusal) is kind), None)
