"""PDFs whose pages have text of their own, made when they are asked for."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import pikepdf
from fontTools.ttLib import TTFont
from pikepdf import Array, Dictionary, Name, Pdf

_EUROPEAN, _LIGATURES = 0x400, range(0xFB00, 0xFB07)
#: A4, in points.
SIZE: Final = (595, 842)
_ROBOTO: Final = files("font_roboto") / "files" / "Roboto-Regular.ttf"
PROSE: Final = (
    "The quarterly report of the northern branch was sent on Monday, 14 March 2026, to every office.",
    "It lists 3,870 invoices, 96 of which were paid late, and explains how the sums were checked.",
    "Questions about Jewish, Quaker or Zoroastrian holidays go to the desk of Mrs Vox in Kyiv.",
)


@dataclass(frozen=True)
class Shown:
    """A line of text on a page."""

    text: str
    #: Of the beginning of its baseline, in points from the lower left.
    x: float
    y: float
    size: float = 12
    #: Operators before it, such as for a colour or a mode.
    before: str = "0 g 0 Tr"
    #: Cosine and sine of its direction.
    direction: tuple[int, int] = (1, 0)
    #: The number of its font on the page.
    font: int = 0


def lines(texts: Iterable[str], x: float = 60, y: float = 760, pitch: float = 18, size: float = 12) -> list[Shown]:
    """Return lines under one another."""
    return [Shown(text, x, y - pitch * at, size) for at, text in enumerate(texts)]


def page(
    shown: Sequence[Shown],
    more: bytes = b"",
    *,
    meanings: Mapping[str, str] | None = None,
    others: Sequence[Mapping[str, str]] = (),
) -> bytes:
    """Return a PDF of one page in Roboto, with further operators before the text.

    ``meanings`` says which letters mean others, as fonts say that are made to mislead, or none at all (an empty text);
    ``others`` the same of further fonts with the same program.
    """
    pdf = Pdf.new()
    pdf.add_blank_page(page_size=SIZE)
    first = pdf.pages[0]
    fonts = {f"/F{number}": _font(pdf, each) for number, each in enumerate([meanings or {}, *others])}
    first.obj.Resources = Dictionary(Font=Dictionary(fonts))
    first.obj.Contents = pdf.make_stream(more + b"\nBT\n" + b"\n".join(map(_show, shown)) + b"\nET")
    return saved(pdf)


def standard_page(name: str) -> bytes:
    """Return a PDF of one page in a font that is not embedded."""
    pdf = Pdf.new()
    pdf.add_blank_page(page_size=SIZE)
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name(f"/{name}"), Encoding=Name.WinAnsiEncoding)
    pdf.pages[0].obj.Resources = Dictionary(Font=Dictionary(F0=font))
    shown = " T* ".join(f"({text}) Tj" for text in PROSE)
    pdf.pages[0].obj.Contents = pdf.make_stream(f"BT /F0 11 Tf 18 TL 60 760 Td {shown} ET".encode())
    return saved(pdf)


def torn_pdf(text: str) -> bytes:
    """Return a PDF of two pages that says that it has one, the first: no page fails, and one is not read."""
    two = changed(page(lines([text])), lambda pdf, _: pdf.add_blank_page(page_size=SIZE))
    return two.replace(b"/Count 2", b"/Count 1")


def saved(pdf: Pdf) -> bytes:
    file = io.BytesIO()
    pdf.save(file)
    return file.getvalue()


def changed(document: bytes, change: object) -> bytes:
    """Return a PDF after a change of its first page."""
    with pikepdf.open(io.BytesIO(document)) as pdf:
        change(pdf, pdf.pages[0])  # type: ignore[operator]
        return saved(pdf)


def _show(shown: Shown) -> bytes:
    cos, sin = shown.direction
    codes = "".join(f"{_glyphs()[ord(letter)]:04x}" for letter in shown.text)
    matrix = f"{cos} {sin} {-sin} {cos} {shown.x} {shown.y}"
    return f"{shown.before} /F{shown.font} {shown.size} Tf {matrix} Tm <{codes}> Tj".encode()


@cache
def _roboto() -> TTFont:
    return TTFont(str(_ROBOTO))


@cache
def _glyphs() -> Mapping[int, int]:
    """Return the number of the glyph of each letter of European scripts, and of ligatures."""
    best = _roboto().getBestCmap()
    return {code: _roboto().getGlyphID(best[code]) for code in best if code < _EUROPEAN or code in _LIGATURES}


def _font(pdf: Pdf, meanings: Mapping[str, str]) -> Dictionary:
    scale = 1000 / _roboto()["head"].unitsPerEm
    metrics, names = _roboto()["hmtx"].metrics, _roboto().getGlyphOrder()
    entries = " ".join(f"{glyph} [{round(metrics[names[glyph]][0] * scale)}]" for glyph in _glyphs().values())
    widths = pikepdf.Object.parse(f"[{entries}]".encode())
    descriptor = Dictionary(
        Type=Name.FontDescriptor, FontName=Name.Roboto, Flags=4, FontBBox=Array([-700, -300, 1200, 1100]),
        ItalicAngle=0, Ascent=930, Descent=-240, CapHeight=710, StemV=80,
        FontFile2=pdf.make_stream(_ROBOTO.read_bytes()),
    )  # fmt: skip
    of_glyphs = Dictionary(
        Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=Name.Roboto, CIDToGIDMap=Name.Identity, W=widths,
        CIDSystemInfo=Dictionary(Registry="Adobe", Ordering="Identity", Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
    )  # fmt: skip
    return Dictionary(
        Type=Name.Font, Subtype=Name.Type0, BaseFont=Name.Roboto, Encoding=Name("/Identity-H"),
        DescendantFonts=Array([pdf.make_indirect(of_glyphs)]), ToUnicode=pdf.make_stream(_to_unicode(meanings)),
    )  # fmt: skip


def _to_unicode(meanings: Mapping[str, str]) -> bytes:
    found = ((glyph, meanings.get(chr(code), chr(code))) for code, glyph in sorted(_glyphs().items()))
    entries = [f"<{glyph:04x}> <{meaning.encode('utf-16-be').hex()}>" for glyph, meaning in found if meaning]
    blocks = [entries[at : at + 100] for at in range(0, len(entries), 100)]
    maps = "\n".join("\n".join([f"{len(block)} beginbfchar", *block, "endbfchar"]) for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        f"1 begincodespacerange <0000> <ffff> endcodespacerange\n{maps}\nendcmap end end"
    ).encode()
