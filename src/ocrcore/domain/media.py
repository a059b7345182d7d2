"""The kinds of files that are accepted: one table, from which every list and sentence about them is built."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class MediaKind:
    """A kind of file, determined by its bytes, never by its name."""

    #: The extension of stored documents of this kind, without a dot.
    extension: str
    #: The common name.
    name: str
    #: The IANA media type.
    media_type: str
    #: The endings that file names of this kind have, lower case, with the dot.
    suffixes: tuple[str, ...]
    #: Whether every browser shows it, and applies its orientation.
    shown_by_browsers: bool = True
    #: Whether it has numbered pages even if there is only one.
    is_document: bool = False
    #: Whether release 0.1 reads it.
    in_first_release: bool = True


KINDS: Final = (
    MediaKind(
        "pdf",
        "PDF",
        "application/pdf",
        (".pdf",),
        shown_by_browsers=False,
        is_document=True,
        in_first_release=False,
    ),
    MediaKind("jpg", "JPEG", "image/jpeg", (".jpg", ".jpeg")),
    MediaKind("png", "PNG", "image/png", (".png",)),
    MediaKind("tif", "TIFF", "image/tiff", (".tif", ".tiff"), shown_by_browsers=False),
    MediaKind("webp", "WebP", "image/webp", (".webp",)),
    MediaKind("gif", "GIF", "image/gif", (".gif",)),
    MediaKind("bmp", "BMP", "image/bmp", (".bmp",)),
    MediaKind("avif", "AVIF", "image/avif", (".avif",), in_first_release=False),
    MediaKind(
        "jp2",
        "JPEG 2000",
        "image/jp2",
        (".jp2", ".j2k", ".jpf", ".jpx", ".j2c", ".jpc"),
        shown_by_browsers=False,
        in_first_release=False,
    ),
    MediaKind(
        "heic", "HEIC", "image/heic", (".heic", ".heif", ".hif"), shown_by_browsers=False, in_first_release=False
    ),
)

#: The kind of a stored file of no accepted kind; there are such where a job accepts files that cannot be read.
UNKNOWN: Final = MediaKind(
    "bin", "unknown", "application/octet-stream", (".bin",), shown_by_browsers=False, in_first_release=False
)

#: Extension of a stored document -> its kind, without :data:`UNKNOWN`.
KIND_OF: Final[Mapping[str, MediaKind]] = MappingProxyType({kind.extension: kind for kind in KINDS})
#: Endings of file names that are taken for documents when a folder is searched.
SUFFIXES: Final = frozenset(suffix for kind in KINDS for suffix in kind.suffixes)
#: The kinds as the end of a sentence: ``PDF, JPEG, PNG, TIFF, WebP, GIF, BMP, AVIF, JPEG 2000 or HEIC``.
ACCEPTED: Final = f"{', '.join(kind.name for kind in KINDS[:-1])} or {KINDS[-1].name}"


def kind_of_extension(extension: str) -> MediaKind:
    """Return the kind of a stored document."""
    return KIND_OF.get(extension, UNKNOWN)
