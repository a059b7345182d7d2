"""The kind of a file that is not accepted, for the sentence of the error."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

#: Bytes of a file that are examined.
HEAD: Final = 4096

_POSTSCRIPT, _OFFICE, _FILM, _SOUND = "PostScript", "an old office document", "a film", "a sound"
_JPEG_2000, _JPEG_XL = "a JPEG 2000 picture", "a JPEG XL picture"
#: Signature at the start of a file -> its kind, with the article.
_SIGNATURES: Final[Mapping[bytes, str]] = MappingProxyType(
    {
        b"%PDF": "a PDF",
        b"%!PS": _POSTSCRIPT,
        b"\xc5\xd0\xd3\xc6": _POSTSCRIPT,
        b"8BPS": "a Photoshop file",
        b"\x00\x00\x01\x00": "an icon",
        b"AT&TFORM": "a DjVu document",
        b"\x00\x00\x00\x0cJXL \r\n\x87\n": _JPEG_XL,
        b"\xff\x0a": _JPEG_XL,
        b"II\xbc\x01": "a JPEG XR picture",
        b"\x97JB2\r\n\x1a\n": "a JBIG2 picture",
        b"v/1\x01": "an OpenEXR picture",
        b"gimp xcf": "a GIMP file",
        b"qoif": "a QOI picture",
        b"icns": "an icon",
        b"FORM": "an IFF file",
        b"\xd7\xcd\xc6\x9a": "a WMF drawing",
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
    }
)
#: Brand of an ISO media file -> its kind. A file has several; the first of this list that it has tells its kind.
_BRANDS: Final[Mapping[bytes, str]] = MappingProxyType(
    {
        **dict.fromkeys((b"avif", b"avis"), "an AVIF picture"),
        **dict.fromkeys((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs"), "a HEIC picture"),
        **dict.fromkeys((b"jp2 ", b"jpx ", b"jpm ", b"j2ki"), _JPEG_2000),
        b"jxl ": _JPEG_XL,
        b"crx ": "a camera's raw picture",
        **dict.fromkeys((b"mif1", b"msf1", b"mif2"), "a HEIF picture"),
        **dict.fromkeys((b"M4A ", b"M4B "), _SOUND),
    }
)
#: Brands of containers for pictures of several kinds.
_CONTAINERS: Final = frozenset({b"mif1", b"msf1", b"mif2"})
#: Format of a RIFF file (bytes 8 to 12) -> its kind.
_RIFF: Final[Mapping[bytes, str]] = MappingProxyType({b"AVI ": _FILM, b"WAVE": _SOUND})
#: Byte order mark -> encoding.
_MARKS: Final[Mapping[bytes, str]] = MappingProxyType(
    {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
)


#: Where a PDF may begin: some programs leave bytes of a mail or an upload in front of it (ISO 32000-1, Annex H).
_PDF_BEGINS: Final = 1024


def is_pdf(head: bytes) -> bool:
    """Return whether a file with these first bytes is a PDF."""
    return b"%PDF-" in head[:_PDF_BEGINS]


def foreign_kind(head: bytes) -> str | None:
    """Return the kind of a file that begins with ``head``, with the article, or None if it is unknown."""
    if head[4:8] == b"ftyp":
        return _kind_of_media(head)
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    for signature, name in _SIGNATURES.items():
        if head.startswith(signature):
            return name
    text = _text(head)
    return None if text is None else _kind_of_text(text)


def _kind_of_media(head: bytes) -> str:
    """Return the kind of an ISO media file by its main brand, else by those that it is compatible with."""
    size = min(int.from_bytes(head[:4], "big"), len(head))
    compatible = {head[at : at + 4] for at in range(16, size, 4)}
    for brands in ({head[8:12]} - _CONTAINERS, compatible):
        for brand, kind in _BRANDS.items():
            if brand in brands:
                return kind
    return _BRANDS.get(head[8:12], _FILM)


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
