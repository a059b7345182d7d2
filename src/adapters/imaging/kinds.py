"""The kind of a file that is not accepted, for the sentence of the error."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ocrcore.domain.media import KIND_OF

#: Bytes of a file that are examined.
HEAD: Final = 4096
#: The start of the kind for a file with the signature of an accepted format that cannot be opened.
DAMAGED: Final = "a damaged "

_POSTSCRIPT, _OFFICE, _FILM, _SOUND = "PostScript", "an old office document", "a film", "a sound"
#: Signature at the start of a file -> its kind, with the article.
_SIGNATURES: Final[Mapping[bytes, str]] = MappingProxyType(
    {
        b"%PDF": "a PDF",
        b"%!PS": _POSTSCRIPT,
        b"\xc5\xd0\xd3\xc6": _POSTSCRIPT,
        b"8BPS": "a Photoshop file",
        b"\x00\x00\x01\x00": "an icon",
        b"AT&TFORM": "a DjVu document",
        b"\x00\x00\x00\x0cjP  \r\n\x87\n": "a JPEG 2000 picture",
        b"\xff\x4f\xff\x51": "a JPEG 2000 picture",
        b"PK\x03\x04": "a ZIP archive or office document",
        b"PK\x05\x06": "a ZIP archive or office document",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": _OFFICE,
        b"{\\rtf": "an RTF document",
        b"\x1f\x8b": "a gzip archive",
        b"BZh": "a bzip2 archive",
        b"\xfd7zXZ\x00": "an XZ archive",
        b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
        b"Rar!\x1a\x07": "a RAR archive",
        b"\x1aE\xdf\xa3": _FILM,
        b"OggS": _SOUND,
        b"fLaC": _SOUND,
        b"ID3": _SOUND,
        b"\xff\xfb": _SOUND,
        b"MZ": "a program",
        b"\x7fELF": "a program",
        b"\x89PNG": f"{DAMAGED}{KIND_OF['png'].name}",
        b"\xff\xd8\xff": f"{DAMAGED}{KIND_OF['jpg'].name}",
        b"II*\x00": f"{DAMAGED}{KIND_OF['tif'].name}",
        b"MM\x00*": f"{DAMAGED}{KIND_OF['tif'].name}",
        b"GIF8": f"{DAMAGED}{KIND_OF['gif'].name}",
        b"BM": f"{DAMAGED}{KIND_OF['bmp'].name}",
    }
)
#: Brand of an ISO media file (bytes 8 to 12, after ``ftyp``) -> its kind. All others are films.
_BRANDS: Final[Mapping[bytes, str]] = MappingProxyType(
    {
        **dict.fromkeys((b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"), "a HEIC picture"),
        **dict.fromkeys((b"avif", b"avis"), "an AVIF picture"),
        b"jp2 ": "a JPEG 2000 picture",
        b"M4A ": _SOUND,
    }
)
#: Format of a RIFF file (bytes 8 to 12) -> its kind.
_RIFF: Final[Mapping[bytes, str]] = MappingProxyType(
    {b"WEBP": f"{DAMAGED}{KIND_OF['webp'].name}", b"AVI ": _FILM, b"WAVE": _SOUND}
)
#: Byte order mark -> encoding.
_MARKS: Final[Mapping[bytes, str]] = MappingProxyType(
    {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
)


def kind_of(head: bytes) -> str | None:
    """Return the kind of a file that begins with ``head``, with the article, or None if it is unknown."""
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], _FILM)
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    for signature, name in _SIGNATURES.items():
        if head.startswith(signature):
            return name
    text = _text(head)
    return None if text is None else _kind_of_text(text)


def _kind_of_text(text: str) -> str | None:
    start = text.lstrip().lower()
    if start.startswith("%pdf"):
        return _SIGNATURES[b"%PDF"]
    if start.startswith("%!ps"):
        return _POSTSCRIPT
    if start.startswith(("<!doctype html", "<html")):
        return "an HTML page"
    if start.startswith("<") and "<svg" in start:
        return "an SVG drawing"
    return "text"


def _text(head: bytes) -> str | None:
    """Return the head as text, or None if it contains other bytes."""
    encoding = next((name for mark, name in _MARKS.items() if head.startswith(mark)), "utf-8")
    for cut in range(4):  # the head may end within a character
        try:
            text = head[: len(head) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
        return text if all(character.isprintable() or character.isspace() for character in text) else None
    return None
