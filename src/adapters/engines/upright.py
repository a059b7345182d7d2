"""How a page lies: by which quarters it is turned to be read, and how far its lines are slanted then.

The profile of the ink tells whether lines run across or down the page, and their slant. It cannot tell a page from the
same on its head, so the engine reads a strip of it both ways, in all four where the profile does not tell either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image

from adapters.engines.calibration import calibrated
from adapters.engines.reader import Reader
from adapters.imaging.slant import busiest, levelled, slant_of
from adapters.imaging.turning import turned
from ocrcore.domain.layout import Layout
from ocrcore.domain.looks import Doubt, certain_letters, is_sideways
from ocrcore.domain.options import JobOptions

#: How much sharper one profile must be than the other to tell the direction of the lines.
_CLEARLY: Final = 3.0
#: The least height of a strip in pixels, and the share of its width.
_LEAST_STRIP, _STRIP = 200, 5
#: How many times as many certain letters must be read in a turned strip; some words read as others on their head.
_MORE: Final = 1.25
#: Degrees of a slant that do no harm.
_LEVEL: Final = 0.5


@dataclass(frozen=True, slots=True)
class Pose:
    """How a page lies."""

    #: By how many degrees clockwise it is turned to be read: 0, 90, 180 or 270.
    rotation: int = 0
    #: By how many degrees clockwise its lines are slanted after that turn.
    skew: float = 0.0

    def upright(self, page: Image.Image) -> Image.Image:
        """Return a page that lies like this, turned and with level lines."""
        return levelled(turned(page, self.rotation), self.skew)

    def lying(self, layout: Layout, size: tuple[int, int]) -> Layout:
        """Return the layout of an upright page as that of the page as it lies, which has this size."""
        lying = size[::-1] if self.rotation % 180 else size
        slanted = layout.slanted(self.skew, lying) if self.skew else layout
        return slanted.turned(-self.rotation)


def find_pose(page: Image.Image, reader: Reader, options: JobOptions, doubt: Doubt) -> Pose:
    """Return how a page in mode L lies, of which the first reading left this doubt. Raises as the reader does."""
    across = slant_of(page)
    if doubt is Doubt.SLANTED:
        return Pose(0, _harmful(across.degrees))
    down = slant_of(turned(page, 90))
    skews = {0: across.degrees, 90: down.degrees, 180: across.degrees, 270: down.degrees}
    poses = [Pose(turn, _harmful(skews[turn])) for turn in _turns(across.sharpness, down.sharpness, doubt)]
    letters = {pose: _letters_in_strip(pose, page, reader, options) for pose in poses}
    as_it_lies = Pose(0, _harmful(across.degrees))
    best = max(poses, key=lambda pose: letters[pose])
    is_clear = letters[best] > _MORE * letters.get(as_it_lies, 0)
    return best if is_clear else as_it_lies


def _turns(across: float, down: float, doubt: Doubt) -> Sequence[int]:
    """Return the turns that are possible, the likeliest first."""
    if doubt is Doubt.SIDEWAYS or down > _CLEARLY * across:
        return 90, 270
    if across > _CLEARLY * down:
        return 0, 180
    return 0, 90, 180, 270


def _harmful(degrees: float) -> float:
    return degrees if abs(degrees) > _LEVEL else 0.0


def _letters_in_strip(pose: Pose, page: Image.Image, reader: Reader, options: JobOptions) -> int:
    upright = pose.upright(page)
    strip = busiest(upright, max(_LEAST_STRIP, upright.width // _STRIP))
    found = calibrated(reader.read(strip, options))  # whether a letter is certain is a question of its share
    return 0 if is_sideways(found) else certain_letters(found)  # engines also read lines that run down
