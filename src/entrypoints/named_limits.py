"""Which setting holds a limit, told where the reader can change it: by commands that read files, and by the library.

A client of a service can change no setting, so an answer over HTTP tells the limit alone.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from entrypoints.settings import variable
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import PageFailed, Refusal

#: Why a page has no text -> the limit that it exceeded, as ``Settings`` calls it.
_OF_PAGES: Final[Mapping[str, str]] = {
    ItemErrorCode.IMAGE_TOO_LARGE: "max_pixels",
    ItemErrorCode.TOO_MANY_PAGES: "max_pages",
    ItemErrorCode.TEXT_TOO_LARGE: "max_text_bytes",
    ItemErrorCode.OCR_TIMEOUT: "item_timeout",
}


def with_setting(sentence: str, limit: str) -> str:
    """Return the sentence, followed by the name of the setting; unchanged if ``limit`` is empty."""
    return f"{sentence} The limit is the setting {variable(limit)}." if limit else sentence


def with_setting_of(code: str, sentence: str) -> str:
    """Return the same for the code of a page."""
    return with_setting(sentence, _OF_PAGES.get(code, ""))


def named(failure: PageFailed) -> PageFailed:
    """Return the failure of a page with the setting in its sentence."""
    failure.args = (with_setting_of(failure.code, str(failure)),)
    return failure


def named_refusal(refusal: Refusal) -> None:
    """Add the setting to the sentence of a refusal."""
    refusal.args = (with_setting(str(refusal), refusal.limit),)


@contextmanager
def naming_settings() -> Iterator[None]:
    """Add the setting to the sentence of a refusal, or failure of a page, that leaves the block."""
    try:
        yield
    except Refusal as refusal:
        named_refusal(refusal)
        raise
    except PageFailed as failure:
        named(failure)
        raise
