"""The header of a picture."""

from dataclasses import dataclass

from adapters.imaging.headers.bounded import HeaderDamaged


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """What a header announces; only decoding verifies it."""

    #: The extension of its kind, see :mod:`ocrcore.domain.media`.
    extension: str
    width: int
    height: int
    #: Whether the file holds a second picture that is a page; :mod:`adapters.imaging.pages` counts them.
    several: bool = False


def require(condition: object) -> None:
    """Raise ``HeaderDamaged`` unless the condition holds."""
    if not condition:
        raise HeaderDamaged
