"""The fonts of a page, told apart by all that says what their letters look like and mean. For walled processes only.

A font that is embedded has a digest, of its program, encoding and map. A letter that was once seen to look like what it
means does so wherever a font with this digest draws it. PDFium and qpdf are both asked, for PDFium does not show the
map; the program of a font is what they have in common.
"""

from collections.abc import Iterator, Mapping
from ctypes import byref, c_size_t, c_uint8
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import pikepdf
from pikepdf import Dictionary, Name, Object, Stream
from pypdfium2 import raw

from adapters.imaging.page_text import PageFont

#: Most forms and fonts of a page that are looked at.
_MOST: Final = 500
#: Most bytes of a program, as it is stored.
_LARGEST: Final = 16_000_000
_PROGRAMS: Final = ("/FontFile", "/FontFile2", "/FontFile3")
#: What of a font and of the one below it says which shape a code has, and which meaning.
_ENTRIES: Final = ("/Subtype", "/BaseFont", "/Encoding", "/ToUnicode", "/CIDToGIDMap", "/CIDSystemInfo")
_FILTERS: Final = ("/Filter", "/DecodeParms")
#: A reference to another object, which is not followed, so that it does not say what is there.
_REFERENCE: Final = b" R"
#: Families without a program that every viewer has, and encodings in which a code has one meaning.
_FAMILIES: Final = ("Helvetica", "Arial", "Times", "Courier")
_ENCODINGS: Final = frozenset({"/WinAnsiEncoding", "/MacRomanEncoding"})

_UNKNOWN: Final = PageFont()
_STANDARD: Final = PageFont(is_standard=True)


@dataclass(frozen=True, slots=True)
class PageFonts:
    """What a page says of its fonts."""

    #: The digest of an embedded program -> that of the only font with it, or None if there are several.
    embedded: Mapping[bytes, bytes | None]
    #: Whether all fonts without a program are such as every viewer has, with their usual meanings.
    others_are_standard: bool

    def of(self, font: Any) -> PageFont:  # noqa: ANN401 - a pointer of PDFium
        """Return what is known of a font that PDFium draws with."""
        if raw.FPDFFont_GetIsEmbedded(font) == 1:
            program = _drawn_program(font)
            return PageFont(self.embedded.get(sha256(program).digest())) if program else _UNKNOWN
        return _STANDARD if self.others_are_standard else _UNKNOWN


def fonts_of(page: pikepdf.Page) -> PageFonts:
    """Return what a page says of its fonts. Raises any error for a damaged one."""
    embedded: dict[bytes, bytes | None] = {}
    others_are_standard = True
    for number, font in enumerate(_fonts(page.obj, page.get("/Resources", Dictionary()))):
        if number >= _MOST:
            return PageFonts({}, others_are_standard=False)
        program = program_of(font)
        if program is None:
            others_are_standard &= _is_standard(font)
            continue
        of_program = sha256(program.read_bytes()).digest()
        digest = _digest(font)
        known = embedded.setdefault(of_program, digest)
        if known != digest:
            embedded[of_program] = None
    return PageFonts(embedded, others_are_standard)


def _fonts(page: Object, resources: Object) -> Iterator[Object]:
    """Yield the fonts of a page and of all forms in it, some perhaps twice."""
    left, seen = [resources], {page.objgen}
    while left:
        found = left.pop()
        yield from found.get("/Font", Dictionary()).values()
        for form in found.get("/XObject", Dictionary()).values():
            is_new = form.get("/Subtype") == Name.Form and (not form.is_indirect or form.objgen not in seen)
            if is_new and len(seen) < _MOST:
                seen.add(form.objgen)
                left.append(form.get("/Resources", Dictionary()))
            elif is_new:
                raise ValueError


def _described(font: Object) -> Object:
    """Return the font that has the descriptor: that of the glyphs, if the codes are of several bytes."""
    descendants = font.get("/DescendantFonts")
    return font if descendants is None else descendants[0]


def program_of(font: Object) -> Stream | None:
    """Return the program of a font, if it is embedded. Raises any error for a damaged one."""
    descriptor = _described(font).get("/FontDescriptor", Dictionary())
    found = (descriptor.get(name) for name in _PROGRAMS)
    return next((program for program in found if isinstance(program, Stream)), None)


def _drawn_program(font: Any) -> bytes | None:  # noqa: ANN401 - a pointer of PDFium
    size = c_size_t()
    if not raw.FPDFFont_GetFontData(font, None, 0, byref(size)) or not 0 < size.value <= _LARGEST:
        return None
    program = (c_uint8 * size.value)()
    return bytes(program) if raw.FPDFFont_GetFontData(font, program, size.value, byref(size)) else None


def _digest(font: Object) -> bytes | None:
    """Return the digest of an embedded font, or None if it has parts that are not looked at."""
    whole = sha256()
    for part in (font, _described(font)):
        for name in _ENTRIES:
            told = _told(part.get(name))
            if told is None:
                return None
            whole.update(b"%s %d " % (name.encode(), len(told)) + told)
    descriptor = _described(font).get("/FontDescriptor", Dictionary())
    told = _told(program_of(font))
    if told is None:
        return None
    whole.update(told + _told_plainly(descriptor.get("/Flags")))
    return whole.digest()


def _told(entry: Object | None) -> bytes | None:
    """Return all that an entry says, or None if it leads to further objects."""
    if not isinstance(entry, Stream):
        told = _told_plainly(entry)
        return None if _REFERENCE in told else told
    filters = b"".join(_told_plainly(entry.get(name)) for name in _FILTERS)
    return None if _REFERENCE in filters or "/UseCMap" in entry else filters + entry.read_raw_bytes()


def _told_plainly(entry: Any) -> bytes:  # noqa: ANN401 - pikepdf returns numbers as they are
    return entry.unparse(resolved=True) if isinstance(entry, Object) else repr(entry).encode()


def _is_standard(font: Object) -> bool:
    """Return whether a font that is not embedded can only mean what PDFium draws for it."""
    name = str(font.get("/BaseFont", "/")).removeprefix("/")
    encoding = font.get("/Encoding")
    is_named = isinstance(encoding, Name) and str(encoding) in _ENCODINGS
    kind = font.get("/Subtype")
    is_plain = kind in (Name.Type1, Name.TrueType) and (is_named or (encoding is None and kind == Name.Type1))
    return is_plain and "/ToUnicode" not in font and name.startswith(_FAMILIES)
