"""Where the letters of a line stand: the row under which its ink grows much less."""

from collections.abc import Sequence
from statistics import fmean
from typing import Final

import numpy as np

from adapters.engines.geometry import Quad, reads_down
from adapters.ppocr.crops import HEIGHT
from adapters.ppocr.runtime import Pixels
from ocrcore.domain.layout import Baseline, Box, baseline_through

#: The shares of the pixels that are darker than ink and than paper, and the least distance of these two greys.
_DARK, _LIGHT, _LEAST_CONTRAST = 0.03, 0.97, 25
_GREYS: Final = 256
#: One of so many columns of pixels is looked at.
_STEP: Final = 3
#: The rows among which the letters stand, of a line that was cut out with some room around it.
_ROWS: Final = range(HEIGHT // 2, HEIGHT - 1)
#: Rows over which ink fades where letters end, for the line was enlarged.
_EDGE: Final = 2
#: The height of letters like x, in rows.
_X_HEIGHT: Final = HEIGHT // 4
#: The most ink under the letters, as a share of that in them: descenders have less, another line has more.
_MOST_UNDER: Final = 0.4
#: A row with ink in so much of its width is no row of letters, but a rule.
_RULE: Final = 0.75


def baseline_of(line: Pixels, quad: Quad, box: Box) -> Baseline | None:
    """Return the baseline of the line at ``quad``, which was cut out as ``line``; None if its ink does not show it.

    ``box`` is that of the line. A line that reads down has none.
    """
    share = None if reads_down(quad) else standing(line)
    if share is None:
        return None
    top_left, top_right, bottom_right, bottom_left = quad
    (x0, y0), (x1, y1) = (
        (top[0] + share * (bottom[0] - top[0]), top[1] + share * (bottom[1] - top[1]))
        for top, bottom in ((top_left, bottom_left), (top_right, bottom_right))
    )
    return baseline_through((x0, y0), (y1 - y0) / (x1 - x0), box) if x1 > x0 else None


def standing(line: Pixels) -> float | None:
    """Return where the letters of a line of height 48 stand, as a share of its height from the top, or None."""
    ink = _ink(line)
    if not ink or max(ink) > _RULE:
        return None
    last = max(_ROWS, key=lambda row: sum(ink[row - _EDGE + 1 : row + 1]) - sum(ink[row + 1 : row + 1 + _EDGE]))
    letters, under = ink[last - _X_HEIGHT + 1 : last + 1], ink[last + 1 + _EDGE :]
    if not any(letters) or (under and fmean(under) > _MOST_UNDER * fmean(letters)):
        return None
    return (last + 1) / HEIGHT


def _ink(line: Pixels) -> Sequence[float]:
    """Return the share of each row that is ink; nothing for a line without contrast."""
    seen = np.ascontiguousarray(line[:, ::_STEP])
    darker = np.bincount(seen.ravel(), minlength=_GREYS).cumsum() / seen.size
    dark, light = np.searchsorted(darker, (_DARK, _LIGHT))
    if light - dark <= _LEAST_CONTRAST:
        return []
    ink = np.count_nonzero(seen < (dark + light) // 2, axis=1) / seen.shape[1]
    return [float(share) for share in (1 - ink if ink.mean() > 1 / 2 else ink)]
