"""Layouts as JSON: in API responses, in stored documents, and in the responses of engine processes."""

from collections.abc import Sequence
from typing import Any, Final, NoReturn, NotRequired, TypedDict, cast
from uuid import UUID

from ocrcore.domain.joining import letters
from ocrcore.domain.layout import Baseline, Box, Layout, Line, Word

_LAYOUT_KEYS: Final = ("width", "height", "engine", "languages", "text", "confidence", "lines")
#: Keys that a layout has only if they are known, and the rotation only if it is not 0.
_MORE_KEYS: Final = ("dpi", "rotation", "skew")
_LINE_KEYS: Final = ("text", "bbox", "confidence", "words")
#: A key that lines of older releases do not have.
_MORE_LINE_KEYS: Final = ("baseline",)
_WORD_KEYS: Final = ("text", "bbox", "confidence")
#: The keys of a layout, of its lines, and of their words; and the key that leads from each to the next.
_KNOWN: Final = (
    ((*_LAYOUT_KEYS, *_MORE_KEYS), "lines"),
    ((*_LINE_KEYS, *_MORE_LINE_KEYS), "words"),
    (_WORD_KEYS, ""),
)
_CORNERS: Final = 4
_SLOPE_AND_OFFSET: Final = 2
_ROTATIONS: Final = (0, 90, 180, 270)
_FULL_CONFIDENCE: Final = 100
_MOST_SKEW: Final = 45
#: Slopes and offsets are below.
_FAR: Final = 1_000_000


class WordFields(TypedDict):
    """A word: its box is x0, y0, x1, y1 in pixels, and its confidence 0 to 100, or None if it is not known."""

    text: str
    bbox: list[int]
    confidence: float | None


class LineFields(TypedDict):
    """A line of words; ``baseline`` is a slope and an offset, and missing in lines that release 0.1 has read."""

    text: str
    bbox: list[int]
    confidence: float | None
    words: list[WordFields]
    baseline: NotRequired[list[float] | None]


class LayoutFields(TypedDict):
    """The layout of a page, as the format ``json`` has it; ``dpi``, ``rotation`` and ``skew`` only where known."""

    item_id: str
    page: int
    width: int
    height: int
    engine: str
    languages: list[str]
    text: str
    confidence: float | None
    lines: list[LineFields]
    dpi: NotRequired[float]
    rotation: NotRequired[int]
    skew: NotRequired[float]


def layout_document(item_id: UUID, page: int, layout: Layout) -> LayoutFields:
    """Return the stored and public form of an item's layout: item id and page number, then the keys of the layout."""
    return cast("LayoutFields", {"item_id": str(item_id), "page": page, **layout_to_dict(layout)})


def layout_of_document(value: object) -> Layout:
    """Return the layout of a document that this or another release of :func:`layout_document` wrote.

    Unknown keys are ignored, those of lines and words too. Raises ``ValueError`` as :func:`layout_from_dict` does.
    """
    return layout_from_dict(_known(value, _KNOWN))


def layout_to_dict(layout: Layout) -> dict[str, Any]:
    """Return the layout as dicts, lists, strings and numbers, with keys in a fixed order.

    Its warnings are left out: they stand in the item's row.
    """
    values = (
        layout.width,
        layout.height,
        layout.engine,
        list(layout.languages),
        layout.text,
        layout.confidence,
        [_line_to_dict(line) for line in layout.lines],
    )
    more = {"dpi": layout.dpi, "rotation": layout.rotation or None, "skew": layout.skew}
    return dict(zip(_LAYOUT_KEYS, values, strict=True)) | {
        key: more[key] for key in _MORE_KEYS if more[key] is not None
    }


def layout_from_dict(value: object) -> Layout:
    """Return the layout that :func:`layout_to_dict` wrote.

    Raises ``ValueError`` for invalid layouts: other keys or types, boxes outside the picture, a line without words, or
    a text or confidence that does not follow from the words.
    """
    fields = _fields(value, _LAYOUT_KEYS, _MORE_KEYS)
    layout = Layout(
        width=_count(fields["width"]),
        height=_count(fields["height"]),
        engine=_text(fields["engine"]),
        languages=tuple(_text(language) for language in _list(fields["languages"])),
        text=_text(fields["text"]),
        lines=tuple(_line(line) for line in _list(fields["lines"])),
        dpi=_dpi(fields.get("dpi")),
        rotation=_rotation(fields.get("rotation", 0)),
        skew=_skew(fields.get("skew")),
    )
    boxes = [line.bbox for line in layout.lines] + [word.bbox for line in layout.lines for word in line.words]
    if any(x1 > layout.width or y1 > layout.height for _, _, x1, y1 in boxes):
        _refuse("a box outside the picture")
    if fields["confidence"] != layout.confidence:
        _refuse("a confidence that does not follow from the words")
    return layout


def _line_to_dict(line: Line) -> dict[str, Any]:
    words = [dict(zip(_WORD_KEYS, (word.text, list(word.bbox), word.confidence), strict=True)) for word in line.words]
    values = (line.text, list(line.bbox), line.confidence, words, line.baseline and list(line.baseline))
    return dict(zip((*_LINE_KEYS, *_MORE_LINE_KEYS), values, strict=True))


def _line(value: object) -> Line:
    fields = _fields(value, _LINE_KEYS, _MORE_LINE_KEYS)
    words = tuple(_word(word) for word in _list(fields["words"]))
    if not words:
        _refuse("a line without words")
    line = Line(_box(fields["bbox"]), words, _baseline(fields.get("baseline")))
    if (letters(_text(fields["text"])), fields["confidence"]) != (letters(line.text), line.confidence):
        _refuse("a text or confidence of a line that does not follow from its words")
    return line


def _baseline(value: object) -> Baseline | None:
    if value is None:
        return None
    parts = [_distance(part) for part in _list(value)]
    if len(parts) != _SLOPE_AND_OFFSET:
        _refuse("a baseline that is not a slope and an offset")
    slope, offset = parts
    return slope, offset


def _distance(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _FAR:
        _refuse("a slope or offset that is no number within bounds")
    return float(value)


def _word(value: object) -> Word:
    fields = _fields(value, _WORD_KEYS)
    return Word(_text(fields["text"]), _box(fields["bbox"]), _confidence(fields["confidence"]))


def _confidence(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        _refuse("a confidence that is no number")
    if not 0 <= value <= _FULL_CONFIDENCE:
        _refuse("a confidence outside 0..100")
    return float(value)


def _dpi(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        _refuse("a resolution that is no number above 0")
    return float(value)


def _rotation(value: object) -> int:
    degrees = _count(value)
    if degrees not in _ROTATIONS:
        _refuse("a rotation that is no multiple of 90 degrees")
    return degrees


def _skew(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _MOST_SKEW:
        _refuse("a skew that is no number of degrees")
    return float(value)


def _box(value: object) -> Box:
    corners = [_count(corner) for corner in _list(value)]
    if len(corners) != _CORNERS:
        _refuse("a box without four corners")
    x0, y0, x1, y1 = corners
    if x0 > x1 or y0 > y1:
        _refuse("a box turned inside out")
    return x0, y0, x1, y1


def _known(value: object, levels: Sequence[tuple[Sequence[str], str]]) -> dict[str, object]:
    """Return an object without unknown keys, at every level."""
    if not isinstance(value, dict):
        _refuse("not an object")
    (keys, within), *deeper = levels
    known = {key: value[key] for key in keys if key in value}
    if within in known:
        known[within] = [_known(part, deeper) for part in _list(known[within])]
    return known


def _fields(value: object, keys: Sequence[str], more: Sequence[str] = ()) -> dict[str, object]:
    if not isinstance(value, dict) or not set(keys) <= value.keys() <= {*keys, *more}:
        _refuse("other keys than a layout has")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        _refuse("not a list")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        _refuse("not a text")
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        _refuse("not a whole number from 0")
    return value


def _refuse(what: str) -> NoReturn:
    msg = f"no layout: {what}"
    raise ValueError(msg)
