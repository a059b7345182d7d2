"""A page of a file, decoded or drawn."""

from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page as a picture."""

    picture: Image.Image
    #: Dots per inch, if known.
    dpi: float | None = None
    #: False if something that belongs on the page is damaged, and not on the picture, as far as that is known.
    is_whole: bool = True
