"""Whether what a page of a PDF draws is there as a whole. For walled processes only.

PDFium draws a damaged stream up to the damage, and does not tell; qpdf decodes what it can, and forgives sums that are
wrong. So each stream is inflated once more, by zlib, which knows whether it has come to the end, and then read operator
by operator. What is forgiven is what loses nothing: a wrong length, bytes after the end, a sum that is missing.
"""

import re
import warnings
import zlib
from collections import Counter
from typing import BinaryIO, Final

import pikepdf
from pikepdf import Dictionary, Name, Object, Stream

from adapters.imaging.pdf.fonts import program_of
from adapters.imaging.pdf.inline import InlineLook
from adapters.imaging.pdf.pictures import masks_of

#: Bytes that are decoded of one page, forms included, and bytes that are read operator by operator. What is beyond
#: them is not looked at, and counts as whole.
_DECODED, _PARSED = 32_000_000, 4_000_000
#: Forms and fonts of a page that are looked at, and how deep forms may lie in one another.
_MOST, _DEPTH = 200, 8
_FLATE: Final = frozenset({"/FlateDecode", "/Fl"})
#: The sizes of the two bytes before what is deflated and of the sum after it.
_HEAD, _SUM = 2, 4
#: All operators of ISO 32000-2, annex A, and how pikepdf calls a picture within the stream.
_OPERATORS: Final = frozenset(
    [
        *("b", "b*", "B", "B*", "BDC", "BI", "BMC", "BT", "BX", "c", "cm", "CS", "cs", "d", "d0", "d1", "Do", "DP"),
        *("EI", "EMC", "ET", "EX", "f", "F", "f*", "G", "g", "gs", "h", "i", "ID", "j", "J", "K", "k", "l", "m", "M"),
        *("MP", "n", "q", "Q", "re", "RG", "rg", "ri", "s", "S", "SC", "sc", "SCN", "scn", "sh", "T*", "Tc", "Td"),
        *("TD", "Tf", "Tj", "TJ", "TL", "Tm", "Tr", "Ts", "Tw", "Tz", "v", "w", "W", "W*", "y", "'", '"'),
        "INLINE IMAGE",
    ]
)
#: The operators that may name a pattern.
_COLOURS: Final = frozenset({"scn", "SCN"})
#: Notes that are not looked at, and the flags of those that are not shown.
_SILENT: Final = (Name.Link, Name.Popup, Name.Widget)
_UNSEEN: Final = 0x22
#: Numbers that programs write by mistake; viewers take them for 0.
_NUMBER: Final = re.compile(r"[-+.\d]|nan|inf", re.IGNORECASE)
_CONTENTS: Final = re.compile(rb"/Contents\s*\d+\s+\d+\s+R\b")
#: Bytes that may stand before a document, and bytes of a page's entry that are searched.
_BEFORE, _ENTRY = 1024, 65_536


class _Damaged(Exception):
    """Something that the page draws is not there, or ends early."""


def is_whole(document: pikepdf.Pdf, page: pikepdf.Page, file: BinaryIO, max_pixels: int) -> bool:
    """Return whether all that a page draws can be decoded to its end, as far as it is looked at.

    That is its operators with the pictures within them, forms, fonts, patterns and notes that are shown, and masks, not
    other pictures (:mod:`adapters.imaging.pdf.pictures`). ``file`` is that of the document; it is read only if the page
    seems to draw nothing.
    """
    try:
        _Look(document, max_pixels).at_page(page, file)
    except _Enough:
        return True
    except Exception:  # noqa: BLE001 - a damaged file causes all kinds of errors
        return False
    return True


class _Enough(Exception):
    """There is more than is looked at."""


class _Look:
    """A look at the streams of one page. Raises any error for a damaged one."""

    def __init__(self, document: pikepdf.Pdf, max_pixels: int) -> None:
        self._document = document
        self._inline = InlineLook(max_pixels)
        self._left = _DECODED
        self._seen: set[tuple[int, int]] = set()
        self._pictures: set[tuple[int, int]] = set()

    def at_page(self, page: pikepdf.Page, file: BinaryIO) -> None:
        contents = page.obj.get("/Contents")
        if contents is not None:
            resources = page.obj.get("/Resources", Dictionary())
            streams = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
            self._at(streams, resources, _DEPTH)
        elif _names_contents(self._document, page.obj.objgen, file):
            raise _Damaged
        notes = page.obj.get("/Annots")
        for note in notes if isinstance(notes, pikepdf.Array) else ():
            shown = _appearance(note)
            if shown is not None:
                self._once(shown, Dictionary(), _DEPTH, hidden=True)

    def _at(self, streams: list[Object], resources: Object, depth: int, *, hidden: bool = False) -> None:
        """Look at what these draw; ``hidden`` from PDFium's list of objects."""
        decoded = b"\n".join(map(self._decoded, streams))
        if len(decoded) > _PARSED:
            raise _Enough
        ends_known = all(_FLATE & {str(each) for each in _listed(stream.get("/Filter"))} for stream in streams)
        named, patterns, inline = _read(self._document.make_stream(decoded), ends_known=ends_known)
        self._expect_no_warnings()
        if any(map(self._inline.is_cut, inline)):
            raise _Damaged
        for font in resources.get("/Font", Dictionary()).values():
            self._of_font(font)
        drawn = resources.get("/XObject", Dictionary())
        for name in named:
            found = drawn[name]  # or it is not there
            if not isinstance(found, Stream):
                continue
            if found.get("/Subtype") == Name.Form:
                self._once(found, resources, depth, hidden=hidden)
            else:
                self._of_picture(found, hidden=hidden)
        for name in patterns:
            pattern = resources.get("/Pattern", Dictionary()).get(name)
            if isinstance(pattern, Stream):
                self._once(pattern, Dictionary(), depth, hidden=True)

    def _once(self, form: Stream, resources: Object, depth: int, *, hidden: bool) -> None:
        """Look at a form, or what is like one; without resources of its own it has these."""
        if form.objgen in self._seen:
            return
        self._seen.add(form.objgen)
        if depth and len(self._seen) <= _MOST:
            self._at([form], form.get("/Resources", resources), depth - 1, hidden=hidden)

    def _of_picture(self, found: Stream, *, hidden: bool) -> None:
        for picture in (*([found] if hidden else []), *masks_of(found)):
            if picture.objgen in self._pictures:
                continue
            self._pictures.add(picture.objgen)
            if self._inline.is_cut_stream(picture):
                raise _Damaged
            self._document.get_warnings()  # forget them: what is missing at the end shows in the length

    def _of_font(self, font: Object) -> None:
        program = program_of(font)
        if program is not None and program.objgen not in self._seen:
            self._seen.add(program.objgen)
            self._decoded(program)

    def _decoded(self, stream: Object) -> bytes:
        """Return a stream without its filters."""
        if not isinstance(stream, Stream):
            raise _Damaged
        filters, parameters = (_listed(stream.get(name)) for name in ("/Filter", "/DecodeParms"))
        data = stream.read_raw_bytes()
        self._document.get_warnings()  # forget them: a wrong length was made good
        if not data:  # as of blank pages, with a filter all the same
            return data
        for at, each in enumerate(filters):
            given = parameters[at] if at < len(parameters) else None
            packed = data
            if str(each) in _FLATE:
                data = _inflated(packed, self._left)
                if given is None:
                    continue
            with_one = self._document.make_stream(packed, Filter=each, DecodeParms=given)
            data = with_one.read_bytes()
            if str(each) not in _FLATE:  # of which zlib tells more, and forgives a sum that is missing
                self._expect_no_warnings()
            self._document.get_warnings()
        self._left -= len(data)
        if self._left <= 0:
            raise _Enough
        return data

    def _expect_no_warnings(self) -> None:
        if self._document.get_warnings():
            raise _Damaged


def _listed(found: Object | None) -> list[Object]:
    if found is None:
        return []
    return list(found) if isinstance(found, pikepdf.Array) else [found]


def _inflated(data: bytes, most: int) -> bytes:
    """Raise an error if what is deflated does not come to its end, or is not what its sum says."""
    inflating = zlib.decompressobj(-zlib.MAX_WBITS)
    inflated = inflating.decompress(data[_HEAD:], most)
    if len(inflated) >= most:
        raise _Enough
    told = inflating.unused_data[:_SUM]
    if not inflating.eof or (len(told) == _SUM and int.from_bytes(told) != zlib.adler32(inflated)):
        raise _Damaged
    return inflated


def _read(contents: Stream, *, ends_known: bool) -> tuple[list[str], list[str], list[pikepdf.PdfInlineImage]]:
    """Return the names of what is drawn, those of patterns, and the pictures that have none.

    Raises an error for what is no operator.

    Also for what is open at the end, unless zlib has told the end: programs write it, and viewers draw all of it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of operands without an operator at the end
        instructions = pikepdf.parse_content_stream(contents)
    names, patterns, inline, counted = [], [], [], Counter[str]()
    for instruction in instructions:
        operator = str(instruction.operator)
        counted[operator] += 1
        if operator == "Do":
            names.append(str(instruction.operands[-1]))
        elif operator in _COLOURS and instruction.operands and isinstance(instruction.operands[-1], Name):
            patterns.append(str(instruction.operands[-1]))
        elif isinstance(instruction, pikepdf.ContentStreamInlineImage):
            inline.append(instruction.iimage)
    strange = any(operator not in _OPERATORS and not _NUMBER.match(operator) for operator in counted)
    is_open = not ends_known and (counted["BT"] > counted["ET"] or counted["q"] > counted["Q"])
    if (strange and "BX" not in counted) or is_open:
        raise _Damaged
    return names, patterns, inline


def _appearance(note: Object) -> Stream | None:
    """Return what a note shows, or None. Fields of a form are not looked at, as PDFium draws them from their values."""
    if not isinstance(note, Dictionary) or note.get("/Subtype") in _SILENT:
        return None
    flags: object = note.get("/F", 0)
    looks = note.get("/AP")
    if (isinstance(flags, int) and flags & _UNSEEN) or not isinstance(looks, Dictionary):
        return None
    shown = looks.get("/N")
    if isinstance(shown, Dictionary):
        shown = shown.get(str(note.get("/AS", "/Off")))
    return shown if isinstance(shown, Stream) else None


def _names_contents(document: pikepdf.Pdf, number: tuple[int, int], file: BinaryIO) -> bool:
    """Return whether a page that draws nothing names an object that is not there, of which qpdf tells nothing."""
    match document.get_xref_table().get(number):
        case pikepdf.XrefEntry(offset=int(offset)):
            file.seek(0)
            file.seek(offset + max(0, file.read(_BEFORE).find(b"%PDF-")))
            entry = file.read(_ENTRY).partition(b"endobj")[0]
        case pikepdf.XrefEntry(obj_stream_number=int(stream), obj_stream_index=int(at)):
            objects = document.get_object(stream, 0)
            data, first = objects.read_bytes(), int(objects.First)
            offsets = [*map(int, data[:first].split()[1::2]), len(data) - first]
            entry = data[first + offsets[at] : first + offsets[at + 1]]
        case _:
            return False
    return _CONTENTS.search(entry) is not None
