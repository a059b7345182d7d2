"""A page of a file, decoded or drawn."""

from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page as a picture."""

    picture: Image.Image
    #: Dots per inch, if known.
    dpi: float | None = None
