"""Draw pages a second over workers, both on logarithmic scales, as SVG; used by ``capacity.py``."""

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Final

_Points = Sequence[tuple[float, float]]
_WIDTH, _HEIGHT = 900, 520
#: The edges of the plot.
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 640, 30, 450
#: Powers of ten.
_WORKERS: Final = (0, 4)
_PAGES: Final = (1, 6)
_COLOURS: Final = ("#c53030", "#2b6cb0", "#2f855a")


def picture(free: float, lines: Mapping[str, _Points], walls: Sequence[tuple[float, float, str]]) -> str:
    """Return the picture: a straight line of ``free`` pages a second and worker, the lines, and marks at walls.

    The same figures give the same bytes.
    """
    return "\n".join(_drawn(free, lines, walls)) + "\n"


def _drawn(free: float, lines: Mapping[str, _Points], walls: Sequence[tuple[float, float, str]]) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        ' aria-label="Pages a second over workers" font-family="system-ui, sans-serif" font-size="13">'
    )
    yield f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>'
    for power in range(_WORKERS[0], _WORKERS[1] + 1):
        x = _x(10**power)
        yield f'<path d="M{x} {_TOP} V{_BOTTOM}" stroke="#e2e8f0"/>'
        yield f'<text x="{x}" y="{_BOTTOM + 20}" text-anchor="middle">{10**power:,}</text>'
    for power in range(_PAGES[0], _PAGES[1] + 1):
        y = _y(10**power)
        yield f'<path d="M{_LEFT} {y} H{_RIGHT}" stroke="#e2e8f0"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 5}" text-anchor="end">{10**power:,}</text>'
    yield f'<text x="{(_LEFT + _RIGHT) // 2}" y="{_BOTTOM + 45}" text-anchor="middle">workers of four cores</text>'
    yield f'<text x="{_LEFT}" y="{_TOP - 10}" text-anchor="middle">pages a second</text>'
    straight = _path([(10**power, 10**power * free) for power in _WORKERS])
    yield f'<path d="{straight}" stroke="#a0aec0" stroke-dasharray="5 4" fill="none"/>'
    yield from _legend(0, "#a0aec0", "nothing in the way")
    for number, (name, points) in enumerate(lines.items()):
        colour = _COLOURS[number]
        yield f'<path d="{_path(points)}" stroke="{colour}" stroke-width="2" fill="none"/>'
        yield from _legend(number + 1, colour, name)
    for number, (workers, pages, name) in enumerate(walls):
        x, y = _x(workers), _y(pages)
        yield f'<circle cx="{x}" cy="{y}" r="4" fill="white" stroke="{_COLOURS[number]}" stroke-width="2"/>'
        yield f'<text x="{x + 10}" y="{y + 18}" fill="{_COLOURS[number]}">{escape(name)}</text>'
    yield "</svg>"


def _legend(place: int, colour: str, name: str) -> Iterator[str]:
    y = _TOP + 20 + 24 * place
    yield f'<path d="M{_RIGHT + 15} {y - 4} h24" stroke="{colour}" stroke-width="2"/>'
    yield f'<text x="{_RIGHT + 46}" y="{y}">{escape(name)}</text>'


def _path(points: _Points) -> str:
    return "M" + " L".join(f"{_x(workers)} {_y(pages)}" for workers, pages in points if pages > 0)


def _x(workers: float) -> float:
    return round(_LEFT + (_RIGHT - _LEFT) * (math.log10(workers) - _WORKERS[0]) / (_WORKERS[1] - _WORKERS[0]), 1)


def _y(pages: float) -> float:
    return round(_BOTTOM - (_BOTTOM - _TOP) * (math.log10(pages) - _PAGES[0]) / (_PAGES[1] - _PAGES[0]), 1)
