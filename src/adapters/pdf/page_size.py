"""The size of a page that is made of a picture."""

from typing import Final

from adapters.imaging.headers.exif import is_on_its_side
from adapters.pdf.picture import EmbeddedPicture

_POINTS: Final = 72
#: Without a resolution in the file, the longer side is as long as that of A4, at a resolution within bounds.
_LONGER: Final = 11.7
_LEAST, _MOST = 150.0, 300.0
#: The longest side that viewers accept, in points (ISO 32000-1, annex C).
_LONGEST: Final = 14_400.0


def page_size(picture: EmbeddedPicture) -> tuple[float, float]:
    """Return the width and height of the page, in points, as the picture is shown."""
    usual = min(max(max(picture.width, picture.height) / _LONGER, _LEAST), _MOST)
    across, down = picture.dpi or (usual, usual)
    stored = picture.width, picture.height
    shown = stored[::-1] if is_on_its_side(picture.orientation) else stored
    width, height = shown[0] / across * _POINTS, shown[1] / down * _POINTS
    fit = min(1.0, _LONGEST / max(width, height))
    return width * fit, height * fit
