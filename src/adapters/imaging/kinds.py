"""What bytes are that are no picture: a word for the sentence that refuses them, or None."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import puremagic

#: How much of a file is looked at.
HEAD: Final = 4096
#: How the word begins for what would be a picture if it were whole.
DAMAGED: Final = "a damaged "

#: The only words that are ever said, whatever puremagic finds; a ZIP may be any of many documents.
_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        ".pdf": "a PDF",
        ".eps": "PostScript",
        ".ps": "PostScript",
        ".svg": "an SVG drawing",
        ".html": "an HTML page",
        ".heif": "a HEIC picture",
        ".heic": "a HEIC picture",
        ".avif": "an AVIF picture",
        ".jp2": "a JPEG 2000 picture",
        ".psd": "a Photoshop file",
        ".ico": "an icon",
        ".djvu": "a DjVu document",
        ".docx": "a ZIP archive or office document",
        ".zip": "a ZIP archive or office document",
        ".doc": "an old office document",
        ".gz": "a gzip archive",
        ".7z": "a 7-Zip archive",
        ".rar": "a RAR archive",
        ".mp4": "a film",
        ".mp3": "a sound",
        ".exe": "a program",
        ".png": f"{DAMAGED}PNG",
        ".jpg": f"{DAMAGED}JPEG",
        ".jpeg": f"{DAMAGED}JPEG",
        ".jfif": f"{DAMAGED}JPEG",
        ".tif": f"{DAMAGED}TIFF",
        ".tiff": f"{DAMAGED}TIFF",
        ".gif": f"{DAMAGED}GIF",
        ".webp": f"{DAMAGED}WebP",
        ".bmp": f"{DAMAGED}BMP",
    }
)
#: Byte order mark -> encoding.
_MARKS: Final[Mapping[bytes, str]] = MappingProxyType(
    {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
)


def kind_of(head: bytes) -> str | None:
    """Return what the file is that begins with ``head``, article included, as far as that is known."""
    text = _text(head)
    if text is not None:
        return _kind_of_text(text)
    try:
        matches = puremagic.magic_string(head)
    except Exception:  # noqa: BLE001 - a guess is not worth a failure, and bytes may be anything
        return None
    return _NAMES.get(matches[0].extension) if matches else None


def _kind_of_text(text: str) -> str | None:
    start = text.lstrip().lower()
    if start.startswith("%pdf"):
        return _NAMES[".pdf"]
    if start.startswith("%!ps"):
        return _NAMES[".ps"]
    if start.startswith(("<!doctype html", "<html")):
        return _NAMES[".html"]
    if start.startswith("<") and "<svg" in start:
        return _NAMES[".svg"]
    return "text"


def _text(head: bytes) -> str | None:
    """Return the head as text, unless it holds what no text does."""
    encoding = next((name for mark, name in _MARKS.items() if head.startswith(mark)), "utf-8")
    for cut in range(4):  # the head may end within a character
        try:
            text = head[: len(head) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
        return text if all(character.isprintable() or character.isspace() for character in text) else None
    return None
