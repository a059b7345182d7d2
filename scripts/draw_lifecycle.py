"""Draw the lifecycle of an item, ``docs/lifecycle.svg``, from the table of transitions."""

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Final

from ocrcore.domain.lifecycle import ITEM_TRANSITIONS, ItemEvent, ItemStatus, Rule, When

PICTURE: Final = Path(__file__).parents[1] / "docs" / "lifecycle.svg"

_WIDTH, _HEIGHT = 1220, 560
_BOX: Final = (150, 56)
#: Status -> the centre of its box.
_PLACES: Final[Mapping[ItemStatus, tuple[int, int]]] = {
    ItemStatus.PENDING: (110, 240),
    ItemStatus.PROCESSING: (560, 240),
    ItemStatus.DONE: (1060, 130),
    ItemStatus.ERROR: (1060, 400),
}
_COLOURS: Final[Mapping[ItemStatus, str]] = {
    ItemStatus.PENDING: "#e8eef7",
    ItemStatus.PROCESSING: "#fff3d6",
    ItemStatus.DONE: "#def3e2",
    ItemStatus.ERROR: "#fbe3e0",
}
_P, _W, _D, _E = ItemStatus.PENDING, ItemStatus.PROCESSING, ItemStatus.DONE, ItemStatus.ERROR
#: From, to -> the curve, and the position of its label.
_CURVES: Final[Mapping[tuple[ItemStatus, ItemStatus], tuple[str, int, int]]] = {
    (_P, _W): ("M185 228 C 285 196, 385 196, 483 228", 320, 192),
    (_W, _P): ("M485 254 C 385 290, 285 290, 187 254", 236, 304),
    (_W, _W): ("M530 212 C 500 120, 620 120, 592 210", 470, 118),
    (_W, _D): ("M635 226 C 760 190, 860 150, 983 134", 690, 150),
    (_W, _E): ("M600 268 C 640 370, 820 396, 983 396", 690, 232),
    (_P, _E): ("M110 268 C 130 470, 700 480, 983 418", 420, 416),
    (_E, _P): ("M1020 428 C 900 560, 40 590, 84 270", 560, 540),
    (_D, _D): ("M1030 102 C 1010 40, 1110 40, 1092 100", 960, 40),
    (_E, _E): ("M1050 428 C 1040 490, 1130 490, 1102 430", 1000, 494),
}


def picture() -> str:
    """Return the picture as SVG; the same table gives the same bytes."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        ' aria-label="The life of an item" font-family="system-ui, sans-serif" font-size="13">'
    )
    yield '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8"'
    yield ' orient="auto-start-reverse"><path d="M0 0 L10 5 L0 10 z" fill="#555"/></marker></defs>'
    yield f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>'
    for (source, target), words in _edges().items():
        curve, x, y = _CURVES[source, target]
        yield f'<path d="{curve}" fill="none" stroke="#555" stroke-width="1.6" marker-end="url(#head)"/>'
        for number, line in enumerate(words):
            yield f'<text x="{x}" y="{y + 17 * number}" fill="#333">{escape(line)}</text>'
    for status, (x, y) in _PLACES.items():
        width, height = _BOX
        yield (
            f'<rect x="{x - width // 2}" y="{y - height // 2}" width="{width}" height="{height}" rx="10"'
            f' fill="{_COLOURS[status]}" stroke="#444" stroke-width="1.4"/>'
        )
        yield f'<text x="{x}" y="{y + 5}" text-anchor="middle" font-size="16" font-weight="600">{status}</text>'
    yield "</svg>"


def _edges() -> dict[tuple[ItemStatus, ItemStatus], list[str]]:
    edges: dict[tuple[ItemStatus, ItemStatus], list[str]] = defaultdict(list)
    for (event, source), rules in ITEM_TRANSITIONS.items():
        for rule in rules:
            edges[source, rule.target].append(_words(event, rule))
    return edges


def _words(event: ItemEvent, rule: Rule) -> str:
    return event.value if rule.when is When.ALWAYS else f"{event.value} ({rule.when.value})"


def main() -> int:
    """Write the picture."""
    PICTURE.write_text(picture())
    return 0


if __name__ == "__main__":
    sys.exit(main())
